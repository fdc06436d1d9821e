"""The gitlab provider: what it foretells, what it refuses, and that it does nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from airgap.providers._values import UNKNOWN, Unknown
from airgap.providers.gitlab.provider import GitlabProvider
from tests.airgap_providers.driver import Aborted, Driver

BRANCH = "gitlab:index/branchProtection:BranchProtection"
DEPLOY_TOKEN = "gitlab:index/projectDeployToken:ProjectDeployToken"  # noqa: S105 - a type
ENVIRONMENT = "gitlab:index/projectEnvironment:ProjectEnvironment"
GROUP = "gitlab:index/group:Group"
PROJECT = "gitlab:index/project:Project"
RUNNER = "gitlab:index/userRunner:UserRunner"
SCHEDULE = "gitlab:index/pipelineSchedule:PipelineSchedule"
SLACK = "gitlab:index/integrationSlack:IntegrationSlack"
TAG = "gitlab:index/tagProtection:TagProtection"
VARIABLE = "gitlab:index/projectVariable:ProjectVariable"

RUNNING: dict[str, Any] = {
    "runnerType": "project_type",
    "projectId": 42,
    "description": "ci",
    "tagLists": ["docker", "linux"],
    "untagged": False,
    "locked": True,
    "paused": False,
    "accessLevel": "not_protected",
    "maximumTimeout": 3600,
    "token": "glrt-known-to-the-state",
}


@pytest.fixture
def gitlab() -> Driver:
    """The provider of a GitLab."""
    driver = Driver(GitlabProvider())
    driver.configure(baseUrl="https://gitlab.example/api/v4/", token="t", earlyAuthCheck="false")  # noqa: S106
    return driver


def test_whatever_gitlab_chooses_is_unknown_before_it_exists(gitlab: Driver) -> None:
    resource_id, planned = gitlab.create(PROJECT, {"name": "app"}, preview=True)
    assert resource_id == ""
    for name in ("path", "namespaceId", "webUrl", "pathWithNamespace", "httpUrlToRepo"):
        assert isinstance(planned[name], Unknown), name
    _, planned = gitlab.create(
        RUNNER, {"runnerType": "project_type", "projectId": UNKNOWN}, preview=True
    )
    assert isinstance(planned["token"], Unknown)


def test_an_update_keeps_the_token(gitlab: Driver) -> None:
    inputs = {"runnerType": "project_type", "projectId": 42, "tagLists": ["build"]}
    planned = gitlab.update(RUNNER, "1", RUNNING, inputs, preview=True)
    assert planned["tagLists"] == ["build"]
    assert planned["token"] == RUNNING["token"]
    assert planned["maximumTimeout"] == 3600


def test_the_defaults_are_the_real_plugins(gitlab: Driver) -> None:
    variable = {"project": "42", "key": "K", "value": "v"}
    assert gitlab.check(VARIABLE, variable).inputs == {**variable, "environmentScope": "*"}
    schedule = {"project": "42", "description": "n", "ref": "refs/heads/main", "cron": "0 3 * * *"}
    assert gitlab.check(SCHEDULE, schedule).inputs == {
        **schedule,
        "cronTimezone": "UTC",
        "active": True,
    }


def test_names_are_made_up_where_the_real_plugin_does(gitlab: Driver) -> None:
    assert gitlab.check(GROUP, {"path": "reddit"}).inputs["name"].startswith("it-")
    assert "name" not in gitlab.check(RUNNER, {"runnerType": "instance_type"}).inputs


def test_a_runner_as_gitlab_describes_it_is_the_one_of_the_program(gitlab: Driver) -> None:
    inputs = {"runnerType": "project_type", "projectId": 42, "tagLists": ["linux", "docker"]}
    assert gitlab.diff(RUNNER, RUNNING, inputs).kinds == {}


@pytest.mark.parametrize(
    ("token", "old", "new", "replaces"),
    [
        (GROUP, {"path": "a"}, {"path": "b"}, False),
        (PROJECT, {"namespaceId": 1}, {"namespaceId": 2}, False),
        (PROJECT, {"initializeWithReadme": True}, {"initializeWithReadme": False}, False),
        (VARIABLE, {"value": "a"}, {"value": "b"}, False),
        (VARIABLE, {"masked": True}, {"masked": False}, False),
        (VARIABLE, {"hidden": False}, {"hidden": True}, True),
        (VARIABLE, {"environmentScope": "a"}, {"environmentScope": "b"}, True),
        (TAG, {"tag": "v*"}, {"tag": "*"}, True),
        (TAG, {"createAccessLevel": "maintainer"}, {"createAccessLevel": "no one"}, True),
        (BRANCH, {"pushAccessLevel": "maintainer"}, {"pushAccessLevel": "no one"}, True),
        (BRANCH, {"allowForcePush": False}, {"allowForcePush": True}, False),
        (DEPLOY_TOKEN, {"scopes": ["read_registry"]}, {"scopes": ["read_repository"]}, True),
        (ENVIRONMENT, {"externalUrl": "https://a"}, {"externalUrl": "https://b"}, False),
        (SLACK, {"pipelineChannel": "a"}, {"pipelineChannel": "b"}, False),
        (SCHEDULE, {"cron": "0 3 * * *"}, {"cron": "0 4 * * *"}, False),
        (RUNNER, {"maximumTimeout": 600}, {"maximumTimeout": 3600}, False),
        (RUNNER, {"projectId": 42}, {"projectId": 43}, True),
    ],
)
def test_a_change_replaces_only_what_gitlab_cannot_change(
    gitlab: Driver, token: str, old: dict[str, Any], new: dict[str, Any], *, replaces: bool
) -> None:
    (changed,) = new
    found = gitlab.diff(token, gitlab.check(token, old).inputs, new)
    assert list(found.kinds) == [changed]
    assert found.replaces == ([changed] if replaces else [])


def test_what_only_the_real_plugin_can_is_refused(gitlab: Driver) -> None:
    inputs = {"project": "42", "branch": "main", "codeOwnerApprovalRequired": True}
    refused = gitlab.check(BRANCH, inputs).refused
    assert list(refused) == ["codeOwnerApprovalRequired"]
    assert (
        "stand-in gitlab provider doesn't support the input" in refused["codeOwnerApprovalRequired"]
    )
    with pytest.raises(Aborted, match="doesn't support the resource 'gitlab:index/user:User'"):
        gitlab.check("gitlab:index/user:User", {})
    with pytest.raises(Aborted, match="doesn't support the function"):
        gitlab.invoke("gitlab:index/getMetadata:getMetadata")


def test_nothing_is_ever_created_read_changed_or_deleted(gitlab: Driver) -> None:
    inputs = {"name": "reddit", "path": "reddit"}
    operations: list[Callable[[], object]] = [
        lambda: gitlab.create(GROUP, inputs),
        lambda: gitlab.read(GROUP, "7", inputs, inputs),
        lambda: gitlab.update(GROUP, "7", inputs, {**inputs, "path": "other"}),
        lambda: gitlab.delete(GROUP, "7", inputs),
    ]
    for operation in operations:
        with pytest.raises(Aborted) as failed:
            operation()
        assert "pulumi plugin install resource gitlab 10.4.0" in str(failed.value)


def test_settings_that_are_not_supported_are_refused(gitlab: Driver) -> None:
    assert not gitlab.check_config(version="10.4.0", token=UNKNOWN, retries="3")
    refused = gitlab.check_config(earlyAuthCheck="maybe", configFile="/x")
    assert "must be true or false" in refused["earlyAuthCheck"]
    assert "doesn't support the input 'configFile'" in refused["configFile"]
