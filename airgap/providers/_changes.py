"""How what a program asks for differs from the state, as the real plugin sees it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airgap.providers._schema import Field, Kind, OnChange
from airgap.providers._values import Unknown, contains_unknown


@dataclass(frozen=True, slots=True)
class Change:
    """One input that differs from the state."""

    name: str
    replaces: bool
    old_present: bool
    new_present: bool


def changes(
    fields: Mapping[str, Field], state: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Iterator[Change]:
    """The inputs that differ from the state, as the real plugin sees it."""
    for name, field in fields.items():
        old, new = state.get(name), inputs.get(name)
        if not is_same(field, old, new):
            yield Change(name, _replaces(field, old, new), old is not None, new is not None)


def _replaces(field: Field, old: object, new: object) -> bool:
    """Whether the change from ``old`` to ``new`` replaces the resource."""
    if field.replaces is not None:
        known = old is not None and new is not None and not contains_unknown(new)
        return known and field.replaces(old, new)
    if field.on_change is not OnChange.INSIDE:
        return field.on_change is OnChange.REPLACE
    match old, new:
        case dict(), dict():
            pairs = [(old, new)]
        case list(), list() if len(old) == len(new):
            pairs = list(zip(old, new, strict=True))
        case _:
            return True
    return any(
        isinstance(then, Unknown)
        or any(change.replaces for change in changes(field.fields, before, then))
        for before, then in pairs
    )


def is_same(field: Field, old: object, new: object) -> bool:
    """Whether the input ``new`` asks for what the state ``old`` has."""
    if new is None:
        return field.computed or is_zero(old)
    if contains_unknown(new):
        return False
    if field.same is not None and old is not None and field.same(old, new):
        return True
    return (is_zero(new) and is_zero(old)) or _is_same_value(field, old, new)


def _is_same_value(field: Field, old: object, new: object) -> bool:
    match field.kind, old, new:
        case Kind.TEXT_SET, list(), list():
            return set(old) == set(new)
        case Kind.RECORD, dict(), dict():
            return _is_same_record(field.fields, old, new)
        case Kind.RECORDS, list(), list():
            return len(old) == len(new) and all(
                _is_same_record(field.fields, before, then)
                for before, then in zip(old, new, strict=True)
            )
        case Kind.RECORD_SET, list(), list():
            return _pair_up(field.fields, old, new)
        case Kind.ANY, _, _:
            # As JSON, because Python takes true for 1.
            return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
        case _:
            return old == new


def _is_same_record(
    fields: Mapping[str, Field], old: Mapping[str, Any], new: Mapping[str, Any]
) -> bool:
    return all(is_same(field, old.get(name), new.get(name)) for name, field in fields.items())


def _pair_up(
    fields: Mapping[str, Field], old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> bool:
    """Whether every new record has an old one of its own that it equals."""
    left = list(old)
    for record in new:
        match = next((item for item in left if _is_same_record(fields, item, record)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def is_zero(value: object) -> bool:
    """Whether a value means 'not set': absent, empty, zero and false are one to the real plugin."""
    return value is None or (not isinstance(value, Unknown) and not value)
