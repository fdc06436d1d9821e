"""What a resource takes, and what a change of each input does.

A plugin's ``table`` module states this as data; checking and diffing read the data.
"""

import dataclasses
import enum
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from types import UnionType
from typing import Any, Final

from airgap.providers._values import UNKNOWN, Properties, Unknown, contains_unknown


class Kind(enum.Enum):
    """The shape of an input; what counts as a change follows from it."""

    TEXT = "text"
    FLAG = "true or false"
    WHOLE = "a whole number"
    NUMBER = "a number"
    TEXTS = "a list of texts"
    TEXT_SET = "a list of texts, in any order"
    TEXT_MAP = "an object of texts"
    RECORD = "an object"
    RECORDS = "a list of objects"
    RECORD_SET = "a list of objects, in any order"
    ANY = "any value"


class OnChange(enum.Enum):
    """What the real plugin does when an input changes."""

    REPLACE = "the resource is replaced"
    UPDATE = "the running resource is changed"
    REMEMBER = "only the state changes; it steers what the plugin does later"
    IGNORE = "the plan shows an update, and the running resource stays as it is"
    INSIDE = "each field inside says it for itself; one record more or less replaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input.

    Attributes:
        kind: Its shape.
        on_change: What a change of it does.
        replaces: Whether a change from one value to another replaces, where that depends on both;
            an update otherwise.
        same: Whether the real plugin takes two different values, state and program, for one.
        required: Whether Check refuses its absence.
        default: What Check fills in when it is absent.
        computed: Absent from the program, it may have any value in the state: no change.
        read: Whether a refresh reads it back from the engine.
        only: The values supported here; others are refused with the advice to take the real plugin.
        pattern: What a text must match, and the rule in words.
        check: Says what is wrong with a value, or ``None``.
        fields: The fields of an object, for the record kinds.
        outputs: What an object has besides them once the resource exists.
    """

    kind: Kind
    on_change: OnChange = OnChange.REPLACE
    replaces: Callable[[Any, Any], bool] | None = None
    same: Callable[[Any, Any], bool] | None = None
    required: bool = False
    default: str | int | float | bool | None = None
    computed: bool = False
    read: bool = False
    only: tuple[object, ...] = ()
    pattern: tuple[str, str] | None = None
    check: Callable[[Any], str | None] | None = None
    fields: Mapping[str, "Field"] = dataclasses.field(default_factory=dict)
    outputs: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """One resource type.

    Attributes:
        inputs: What a program may set.
        outputs: What is only known once the resource exists.
        auto_named: Whether an absent ``name`` becomes the logical name and seven random digits.
        delete_before_replace: Whether old and new can't exist side by side.
    """

    inputs: Mapping[str, Field]
    outputs: Sequence[str]
    auto_named: bool = True
    delete_before_replace: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """One refused input."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """One input that differs from the state."""

    name: str
    replaces: bool
    old_present: bool
    new_present: bool


_PYTHON_TYPES: Final[Mapping[Kind, type | UnionType]] = {
    Kind.TEXT: str,
    Kind.FLAG: bool,
    Kind.WHOLE: int,
    Kind.NUMBER: int | float,
    Kind.TEXTS: list,
    Kind.TEXT_SET: list,
    Kind.TEXT_MAP: dict,
    Kind.RECORD: dict,
    Kind.RECORDS: list,
    Kind.RECORD_SET: list,
    Kind.ANY: object,
}


def with_defaults(fields: Mapping[str, Field], values: Mapping[str, Any]) -> Properties:
    """``values`` and the defaults of what is absent from them, at every depth."""
    filled = {name: field.default for name, field in fields.items() if field.default is not None}
    return filled | _inside(fields, values, lambda field, item: with_defaults(field.fields, item))


def _inside(
    fields: Mapping[str, Field],
    values: Mapping[str, Any],
    change: Callable[[Field, Properties], Properties],
) -> Properties:
    """``values`` with each object that a field of a record kind holds changed."""

    def changed(field: Field | None, value: Any) -> Any:  # noqa: ANN401 (whatever the program gave)
        if field is None:
            return value
        match field.kind, value:
            case Kind.RECORD, dict():
                return change(field, value)
            case Kind.RECORDS | Kind.RECORD_SET, list():
                return [change(field, item) if isinstance(item, dict) else item for item in value]
        return value

    return {name: changed(fields.get(name), value) for name, value in values.items()}


def failures(
    plugin: str, fields: Mapping[str, Field], values: Mapping[str, Any], at: str = ""
) -> Iterator[Failure]:
    """Everything about ``values`` that must be refused; ``plugin`` is the real plugin's name."""
    for name, value in values.items():
        path = f"{at}{name}"
        if name not in fields:
            yield Failure(path, unsupported(plugin, f"the input '{path}'"))
        elif not isinstance(value, Unknown):
            yield from _value_failures(plugin, fields[name], value, path)
    for name, field in fields.items():
        if field.required and name not in values:
            path = f"{at}{name}"
            yield Failure(path, f"{path} is missing; it must be {field.kind.value}")


def unsupported(plugin: str, what: str) -> str:
    """The refusal of something only the real plugin can do."""
    return (
        f"the stand-in {plugin} provider doesn't support {what}; install the real plugin "
        f"(`pulumi plugin install resource {plugin}`) to use it, or leave it out"
    )


def _value_failures(
    plugin: str,
    field: Field,
    value: Any,  # noqa: ANN401 (whatever the program gave)
    path: str,
) -> Iterator[Failure]:
    if not _fits(field.kind, value):
        # A text where a list or an object belongs may be a whole environment, secrets included.
        hidden = isinstance(value, str) and _PYTHON_TYPES[field.kind] in {list, dict}
        shown = "text" if hidden else _show(value)
        yield Failure(path, f"{path} is {shown}; it must be {field.kind.value}")
        return
    match field.kind:
        case Kind.TEXTS | Kind.TEXT_SET:
            yield from _text_failures(enumerate(value), path)
        case Kind.TEXT_MAP:
            yield from _text_failures(value.items(), path)
        case Kind.RECORD:
            yield from failures(plugin, field.fields, value, f"{path}.")
        case Kind.RECORDS | Kind.RECORD_SET:
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield from failures(plugin, field.fields, item, f"{path}[{index}].")
                elif not isinstance(item, Unknown):
                    where = f"{path}[{index}]"
                    yield Failure(where, f"{where} is {_show(item)}; it must be an object")
    yield from _rule_failures(plugin, field, value, path)


def _fits(kind: Kind, value: object) -> bool:
    # Python takes true for 1.
    return isinstance(value, _PYTHON_TYPES[kind]) and (
        kind not in {Kind.WHOLE, Kind.NUMBER} or not isinstance(value, bool)
    )


def _rule_failures(plugin: str, field: Field, value: object, path: str) -> Iterator[Failure]:
    if field.only and value not in field.only:
        yield Failure(path, unsupported(plugin, f"{path} = {_show(value)}"))
    if field.pattern and isinstance(value, str) and not re.fullmatch(field.pattern[0], value):
        yield Failure(path, f"{path} is {value!r}; it must be {field.pattern[1]}")
    if field.check and not contains_unknown(value) and (wrong := field.check(value)):
        yield Failure(path, f"{path} {wrong}")


def _text_failures(items: Iterable[tuple[object, object]], path: str) -> Iterator[Failure]:
    for key, item in items:
        if not isinstance(item, str | Unknown):
            yield Failure(f"{path}[{key}]", f"{path}[{key}] is {_show(item)}; it must be text")


def _show(value: object) -> str:
    """A value as an error may print it; texts inside objects and lists may be secrets."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return repr(value)
    return "a list" if isinstance(value, list) else "an object"


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
        return field.computed or _is_zero(old)
    if contains_unknown(new):
        return False
    if field.same is not None and old is not None and field.same(old, new):
        return True
    return (_is_zero(new) and _is_zero(old)) or _is_same_value(field, old, new)


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


def _is_zero(value: object) -> bool:
    """Whether a value means 'not set': absent, empty, zero and false are one to the real plugin."""
    return value is None or (not isinstance(value, Unknown) and not value)


def planned(schema: Schema, inputs: Mapping[str, Any]) -> Properties:
    """The outputs of a resource that is still to be created."""
    return _planned(schema.inputs, schema.outputs, inputs)


def _planned(
    fields: Mapping[str, Field], outputs: Sequence[str], values: Mapping[str, Any]
) -> Properties:
    later = [name for name, field in fields.items() if field.computed and field.read]
    return dict.fromkeys([*later, *outputs], UNKNOWN) | _inside(
        fields, values, lambda field, item: _planned(field.fields, field.outputs, item)
    )


def merged(schema: Schema, inputs: Mapping[str, Any], read: Mapping[str, Any]) -> Properties:
    """The state of a resource: its inputs, with what was read back in place of what can be."""
    state = dict(inputs)
    for name, value in read.items():
        if name not in schema.inputs or name in inputs or not _is_zero(value):
            state[name] = value
    return state


def updated(schema: Schema, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> Properties:
    """The state that an update leads to: what the program says, and what nobody changed."""
    return _updated(schema.inputs, state, inputs)


def _updated(
    fields: Mapping[str, Field], state: Mapping[str, Any], values: Mapping[str, Any]
) -> Properties:
    kept = {
        name: value for name, value in state.items() if name not in fields or fields[name].computed
    }
    return kept | {
        name: _updated_value(fields[name], state.get(name), value) if name in fields else value
        for name, value in values.items()
    }


def _updated_value(field: Field, old: Any, new: Any) -> Any:  # noqa: ANN401 (any JSON value)
    match field.kind, new:
        case Kind.RECORD, dict():
            return _updated_record(field, old, new)
        case Kind.RECORDS, list():
            # One more than there were is a new one.
            return [
                _updated_record(field, before, item)
                for before, item in zip(chain(old or [], repeat(None)), new, strict=False)
            ]
    return new


def _updated_record(field: Field, old: Any, new: Any) -> Any:  # noqa: ANN401
    match old, new:
        case dict(), dict():
            return _updated(field.fields, old, new)
        case _, dict():
            return _planned(field.fields, field.outputs, new)
    return new


def refreshed_inputs(
    schema: Schema, old: Mapping[str, Any], state: Mapping[str, Any]
) -> Properties:
    """The inputs that describe the state after a refresh; all that is set, on an import."""
    if not old:
        return {
            name: state[name]
            for name in schema.inputs
            if name in state and not _is_zero(state[name])
        }
    return {
        name: value
        if name not in schema.inputs or is_same(schema.inputs[name], state.get(name), value)
        else state.get(name)
        for name, value in old.items()
    }
