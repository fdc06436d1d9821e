"""The gcp provider's table against the SDK that programs are written with."""

import re
from typing import Any

import pulumi_gcp
import pytest
from pulumi_gcp import compute, projects, serviceaccount

from airgap.providers._schema import OnChange
from airgap.providers.gcp.table import PROVIDER, RESOURCES
from tests.airgap_providers.sdk_table import (
    Entry,
    differing_outputs,
    entries,
    is_of_its_type,
    is_required_where_it_must_be,
    properties,
    record_class,
)

_MODULES = {"compute": compute, "projects": projects, "serviceaccount": serviceaccount}
_SAYS_THAT_IT_REPLACES = re.compile(
    r"forces a new|must be\s+recreated|a recreate|to recreate|only at resource\s+creation"
)


def _sdk(token: str) -> tuple[Any, str]:
    """The SDK's module and the name of its class."""
    _, module, name = token.split(":")
    return _MODULES[module.partition("/")[0]], name


def _all_entries() -> list[Entry]:
    return [
        entry
        for token, schema in RESOURCES.items()
        for entry in entries(*_sdk(token), schema.inputs, token.rpartition(":")[2])
    ]


def test_every_input_is_one_of_the_sdk_and_of_its_type() -> None:
    found = _all_entries()
    assert len(found) > 100
    assert [entry.path for entry in found if not is_of_its_type(entry)] == []


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
    wrong = [each.path for each in _all_entries() if not is_required_where_it_must_be(each)]
    assert wrong == []


@pytest.mark.parametrize("token", RESOURCES)
def test_every_output_of_the_sdk_is_foretold_and_no_other(token: str) -> None:
    assert differing_outputs(*_sdk(token), RESOURCES[token]) == set()


def test_every_output_inside_an_object_is_one_of_the_sdk() -> None:
    checked = 0
    for entry in _all_entries():
        if entry.field.outputs:
            known = set(properties(getattr(compute.outputs, record_class(entry))))
            assert set(entry.field.outputs) <= known - set(entry.field.fields), entry.path
            checked += 1
    assert checked


def test_every_setting_of_the_provider_is_one_of_the_sdk() -> None:
    # These are read from the stack's configuration alone.
    configured = {"skipRegionValidation", "disableGlobalProjectWarning"}
    assert set(PROVIDER) - configured <= set(properties(pulumi_gcp.ProviderArgs))
