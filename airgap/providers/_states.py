"""The state of a resource: as it is foretold, and as it is after an operation."""

from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from airgap.providers._changes import is_same, is_zero
from airgap.providers._schema import Field, Kind, Schema, inside
from airgap.providers._values import UNKNOWN, Properties


def planned(schema: Schema, inputs: Mapping[str, Any]) -> Properties:
    """The outputs of a resource that is still to be created."""
    return _planned(schema.inputs, schema.outputs, inputs)


def _planned(
    fields: Mapping[str, Field], outputs: Sequence[str], values: Mapping[str, Any]
) -> Properties:
    later = [name for name, field in fields.items() if field.computed and field.read]
    return dict.fromkeys([*later, *outputs], UNKNOWN) | inside(
        fields, values, lambda field, item: _planned(field.fields, field.outputs, item)
    )


def merged(schema: Schema, inputs: Mapping[str, Any], read: Mapping[str, Any]) -> Properties:
    """The state of a resource: its inputs, with what was read back in place of what can be."""
    state = dict(inputs)
    for name, value in read.items():
        if name not in schema.inputs or name in inputs or not is_zero(value):
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
            if name in state and not is_zero(state[name])
        }
    return {
        name: value
        if name not in schema.inputs or is_same(schema.inputs[name], state.get(name), value)
        else state.get(name)
        for name, value in old.items()
    }
