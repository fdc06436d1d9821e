"""The gcp provider's table against the SDK that programs are written with."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pulumi_gcp
import pytest
from pulumi_gcp import compute, projects, serviceaccount

from airgap.providers._schema import Field, Kind, OnChange
from airgap.providers.gcp.table import PROVIDER, RESOURCES

_MODULES = {"compute": compute, "projects": projects, "serviceaccount": serviceaccount}
_SAYS_THAT_IT_REPLACES = re.compile(
    r"forces a new|must be\s+recreated|a recreate|to recreate|only at resource\s+creation"
)
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


def _properties(sdk_class: type) -> dict[str, Callable[..., Any]]:
    """The getters of a class of the SDK, by the names that Pulumi knows."""
    getters = [found.fget for found in vars(sdk_class).values() if isinstance(found, property)]
    return {
        getattr(getter, "_pulumi_name", getter.__name__): getter for getter in getters if getter
    }


def _sdk(token: str) -> tuple[Any, str]:
    """The SDK's module and the name of its class."""
    _, module, name = token.split(":")
    return _MODULES[module.partition("/")[0]], name


def _entries(module: Any, name: str, fields: Any, at: str) -> Iterator[Entry]:
    known = _properties(getattr(module, f"{name}Args"))
    assert set(fields) <= set(known), f"{at} has inputs that the SDK hasn't"
    for field_name, field in fields.items():
        entry = Entry(f"{at}.{field_name}", field, known[field_name])
        yield entry
        if field.fields:
            inner = _record_class(entry)
            yield from _entries(module, inner, field.fields, entry.path)


def _record_class(entry: Entry) -> str:
    found = re.search(r"'(\w+)Args'", entry.annotation)
    assert found, f"{entry.path} holds no objects in the SDK"
    return found[1]


def _all_entries() -> list[Entry]:
    return [
        entry
        for token, schema in RESOURCES.items()
        for entry in _entries(*_sdk(token), schema.inputs, token.rpartition(":")[2])
    ]


def test_every_input_is_one_of_the_sdk_and_of_its_type() -> None:
    entries = _all_entries()
    assert len(entries) > 100
    for entry in entries:
        shape = re.search(r"Sequence|Mapping|Args|\b(?:str|bool|int|float)\b", entry.annotation)
        assert shape, entry.path
        assert shape[0] == _IN_THE_SDK[entry.field.kind], entry.path


def test_what_the_sdks_docs_say_replaces_is_replaced() -> None:
    said = {
        entry.path: entry for entry in _all_entries() if _SAYS_THAT_IT_REPLACES.search(entry.docs)
    }
    assert set(said) == {
        "Account.accountId",
        "Instance.hostname",
        "Instance.metadataStartupScript",
        "Instance.name",
        "Instance.resourcePolicies",
        "Network.description",
        "Subnetwork.description",
    }
    for path, entry in said.items():
        assert entry.field.on_change is OnChange.REPLACE, path


def test_what_the_sdk_requires_is_required() -> None:
    for entry in _all_entries():
        assert "NoneType" in entry.annotation or entry.field.required, entry.path


@pytest.mark.parametrize("token", RESOURCES)
def test_every_output_of_the_sdk_is_foretold_and_no_other(token: str) -> None:
    module, name = _sdk(token)
    schema = RESOURCES[token]
    resource = set(_properties(getattr(module, name)))
    only_outputs = resource - set(_properties(getattr(module, f"{name}Args")))
    assert only_outputs <= set(schema.outputs)
    assert set(schema.outputs) <= resource - set(schema.inputs)


def test_every_output_inside_an_object_is_one_of_the_sdk() -> None:
    checked = 0
    for entry in _all_entries():
        if entry.field.outputs:
            known = set(_properties(getattr(compute.outputs, _record_class(entry))))
            assert set(entry.field.outputs) <= known - set(entry.field.fields), entry.path
            checked += 1
    assert checked


def test_every_setting_of_the_provider_is_one_of_the_sdk() -> None:
    # These are read from the stack's configuration alone.
    configured = {"skipRegionValidation", "disableGlobalProjectWarning"}
    assert set(PROVIDER) - configured <= set(_properties(pulumi_gcp.ProviderArgs))
