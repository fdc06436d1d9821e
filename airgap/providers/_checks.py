"""What must be refused of the values that a program gives, and what is filled in."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final

from airgap.providers._schema import Field, Kind, inside
from airgap.providers._values import Properties, Unknown, contains_unknown


@dataclass(frozen=True, slots=True)
class Failure:
    """One refused input."""

    path: str
    reason: str


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
    return filled | inside(fields, values, lambda field, item: with_defaults(field.fields, item))


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
