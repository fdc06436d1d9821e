"""A preview-only provider's table beside the SDK that programs are written with."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from airgap.providers._schema import Field, Kind, Schema

_IN_THE_SDK = {
    Kind.TEXT: "str",
    Kind.FLAG: "bool",
    Kind.WHOLE: "int",
    Kind.NUMBER: "float",
    Kind.TEXTS: "Sequence",
    Kind.TEXT_SET: "Sequence",
    Kind.TEXT_MAP: "Mapping",
    Kind.RECORD: "Args",
    Kind.RECORDS: "Sequence",
    Kind.RECORD_SET: "Sequence",
}


@dataclass(frozen=True)
class Entry:
    """One input of the table beside the same one of the SDK."""

    path: str
    field: Field
    getter: Callable[..., Any]

    @property
    def docs(self) -> str:
        """What the SDK says of it."""
        return self.getter.__doc__ or ""

    @property
    def annotation(self) -> str:
        """The types that the SDK takes for it."""
        return str(self.getter.__annotations__["return"])


def properties(sdk_class: type) -> dict[str, Callable[..., Any]]:
    """The getters of a class of the SDK, by the names that Pulumi knows."""
    getters = [found.fget for found in vars(sdk_class).values() if isinstance(found, property)]
    return {
        getattr(getter, "_pulumi_name", getter.__name__): getter for getter in getters if getter
    }


def entries(module: Any, name: str, fields: Any, at: str) -> Iterator[Entry]:
    """Each input of a class in a module of the SDK, those inside objects too."""
    known = properties(getattr(module, f"{name}Args"))
    assert set(fields) <= set(known), f"{at} has inputs that the SDK hasn't"
    for field_name, field in fields.items():
        entry = Entry(f"{at}.{field_name}", field, known[field_name])
        yield entry
        if field.fields:
            inner = record_class(entry)
            yield from entries(module, inner, field.fields, entry.path)


def record_class(entry: Entry) -> str:
    """The SDK's class of the objects that an input holds."""
    found = re.search(r"'(\w+)Args'", entry.annotation)
    assert found, f"{entry.path} holds no objects in the SDK"
    return found[1]


def is_of_its_type(entry: Entry) -> bool:
    """Whether the table and the SDK agree on the shape of an input."""
    shape = re.search(r"Sequence|Mapping|Args|\b(?:str|bool|int|float)\b", entry.annotation)
    return shape is not None and shape[0] == _IN_THE_SDK[entry.field.kind]


def is_required_where_it_must_be(entry: Entry) -> bool:
    """Whether an input that the SDK insists on is required."""
    return "NoneType" in entry.annotation or entry.field.required


def differing_outputs(module: Any, name: str, schema: Schema) -> set[str]:
    """The outputs of a class that the table lacks, and those that the class hasn't."""
    resource = set(properties(getattr(module, name)))
    only_outputs = resource - set(properties(getattr(module, f"{name}Args")))
    return (only_outputs - set(schema.outputs)) | (
        set(schema.outputs) - (resource - set(schema.inputs))
    )
