"""What a resource takes, and what a change of each input does.

A plugin's ``table`` module states this as data; checking and diffing read the data.
"""

import dataclasses
import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airgap.providers._values import Properties


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


def inside(
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
