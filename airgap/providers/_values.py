"""Between the engine's property values and plain Python ones."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, final

from google.protobuf.struct_pb2 import Struct, Value

_UNKNOWN_ON_THE_WIRE: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (marks one, is none)
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


@final
class Unknown:
    """The type of a value that only the real run will know."""

    def __repr__(self) -> str:
        """Show where a value is not known yet."""
        return "<unknown>"


UNKNOWN: Final = Unknown()

Properties = dict[str, Any]


def from_struct(struct: Struct) -> Properties:
    """The properties in ``struct``; secrets are unwrapped, whole numbers become ``int``."""
    return {
        name: value
        for name, raw in struct.fields.items()
        if (value := _from_value(raw)) is not None
    }


def to_struct(properties: Mapping[str, Any]) -> Struct:
    """The wire form of ``properties``; ``None`` is left out, as an unset property is."""
    struct = Struct()
    for name, value in properties.items():
        if value is not None:
            _fill(struct.fields[name], value)
    return struct


def contains_unknown(value: object) -> bool:
    """Whether ``value`` or anything inside it is unknown."""
    return any(isinstance(leaf, Unknown) for leaf in leaves(value))


def leaves(value: object) -> Iterator[object]:
    """Every value inside ``value`` that holds no others."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def _from_value(value: Value) -> Any:  # noqa: ANN401 (a property value is any JSON value)
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text == _UNKNOWN_ON_THE_WIRE else text
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _from_object(value.struct_value)
    return None


def _from_object(struct: Struct) -> Any:  # noqa: ANN401 (a wrapped value is any JSON value)
    signature = struct.fields[_SIGNATURE_KEY].string_value if _SIGNATURE_KEY in struct else ""
    if signature in {_SECRET, _OUTPUT}:
        return _from_value(struct.fields["value"]) if "value" in struct else UNKNOWN
    return from_struct(struct)


def _fill(target: Value, value: object) -> None:
    match value:
        case Unknown():
            target.string_value = _UNKNOWN_ON_THE_WIRE
        case bool():
            target.bool_value = value
        case int() | float():
            target.number_value = value
        case str():
            target.string_value = value
        case Mapping():
            target.struct_value.CopyFrom(to_struct(value))
        case list() | tuple():
            target.list_value.values.extend(_value(item) for item in value)
        case None:
            target.null_value = 0  # type: ignore[assignment]
        case _:
            message = f"a {type(value).__name__} can't be sent to the engine"
            raise TypeError(message)


def _value(value: object) -> Value:
    filled = Value()
    _fill(filled, value)
    return filled
