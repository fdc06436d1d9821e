"""The gitlab provider's table against the SDK that programs are written with."""

import re

import pulumi_gitlab
import pytest

from airgap.providers._schema import OnChange
from airgap.providers.gitlab.table import PROVIDER, RESOURCES
from tests.airgap_providers.sdk_table import (
    Entry,
    differing_outputs,
    entries,
    is_of_its_type,
    is_required_where_it_must_be,
    properties,
)

# The docs say of few inputs what a change does. These lists are terraform-provider-gitlab's plan.
_REPLACING = {
    "BranchProtection": {"project", "branch", "mergeAccessLevel", "pushAccessLevel"},
    "Group": set[str](),
    "IntegrationSlack": {"project"},
    "PipelineSchedule": {"project"},
    "Project": set[str](),
    "ProjectAccessToken": {"project", "name", "scopes", "accessLevel"},
    "ProjectDeployToken": {"project", "name", "scopes", "username", "expiresAt"},
    "ProjectEnvironment": {"project", "name"},
    "ProjectVariable": {"project", "key", "environmentScope", "hidden"},
    "TagProtection": {"project", "tag", "createAccessLevel"},
    "UserRunner": {"runnerType", "groupId", "projectId"},
}
_SAYS_ITS_DEFAULT = re.compile(
    r"Default(?:s| value)? (?:to all environment \()?(?:of |is )?`([^`]+)`"
)


def _class(token: str) -> str:
    return token.rpartition(":")[2]


def _all_entries() -> list[Entry]:
    return [
        entry
        for token, schema in RESOURCES.items()
        for entry in entries(pulumi_gitlab, _class(token), schema.inputs, _class(token))
    ]


def test_every_input_is_one_of_the_sdk_and_of_its_type() -> None:
    found = _all_entries()
    assert len(found) > 70
    assert [entry.path for entry in found if not is_of_its_type(entry)] == []


def test_what_the_sdk_requires_is_required() -> None:
    wrong = [each.path for each in _all_entries() if not is_required_where_it_must_be(each)]
    assert wrong == []


@pytest.mark.parametrize("token", RESOURCES)
def test_every_output_of_the_sdk_is_foretold_and_no_other(token: str) -> None:
    assert differing_outputs(pulumi_gitlab, _class(token), RESOURCES[token]) == set()


@pytest.mark.parametrize("token", RESOURCES)
def test_what_the_real_plugin_replaces_is_replaced(token: str) -> None:
    inputs = RESOURCES[token].inputs
    replacing = {name for name, each in inputs.items() if each.on_change is OnChange.REPLACE}
    assert replacing == _REPLACING[_class(token)]


def test_the_defaults_that_the_sdks_docs_name_are_filled_in() -> None:
    said = {
        entry.path: found[1]
        for entry in _all_entries()
        if (found := _SAYS_ITS_DEFAULT.search(entry.docs))
    }
    assert said == {
        "ProjectAccessToken.accessLevel": "maintainer",
        "ProjectDeployToken.username": "gitlab+deploy-token-{n}",
        "ProjectVariable.environmentScope": "*",
        "TagProtection.createAccessLevel": "maintainer",
    }
    defaults = {entry.path: entry.field for entry in _all_entries()}
    assert defaults["ProjectDeployToken.username"].computed
    for path in said.keys() - {"ProjectDeployToken.username"}:
        assert defaults[path].default == said[path]


@pytest.mark.parametrize("token", RESOURCES)
def test_a_name_is_made_up_where_the_sdk_asks_for_none(token: str) -> None:
    assert RESOURCES[token].auto_named == ("name" in RESOURCES[token].inputs)


def test_every_setting_of_the_provider_is_one_of_the_sdk() -> None:
    assert set(PROVIDER) <= set(properties(pulumi_gitlab.ProviderArgs))
