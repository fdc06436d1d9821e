"""GitlabProject: what is made in GitLab, what stays secret, and what GitLab would refuse."""

from collections.abc import Callable
from typing import Any, cast

import pulumi
import pulumi_gitlab as gitlab
import pytest

from components._gitlab_project_args import (
    GitlabAccess,
    GitlabApiScope,
    GitlabProjectArgs,
    GitlabRunnerAccess,
    GitlabRunnerScope,
    GitlabTier,
    GitlabTokenScope,
    GitlabVisibility,
    SlackBranches,
)
from components.checks import ArgumentError
from components.gitlab_project import GitlabProject
from tests.unit.recorder import Deploy, Engine, Value

SECRET = "s3cret-of-the-tests"  # noqa: S105 - opens nothing
SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the SDK's sign of a secret
KEY_FILE = "-----BEGIN KEY-----\nline\n"

PROTECTED_TAG = "gitlab:index/tagProtection:TagProtection"
VARIABLE = "gitlab:index/projectVariable:ProjectVariable"

# What the recording engine can't know: GitLab's ids are numbers.
NUMBERS = {"ci-group-id": 7, "ci-project-id": 42}


@pytest.fixture(autouse=True)
def _numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "components._gitlab_project_parts.number",
        lambda resource: resource.id.apply(NUMBERS.__getitem__),
    )


def _args(**changes: Any) -> GitlabProjectArgs:
    return cast("GitlabProjectArgs", {"group": "reddit", "project": "app", **changes})


def _project(**changes: Any) -> Callable[[], GitlabProject]:
    return lambda: GitlabProject("ci", _args(**changes))


_NOTES: dict[str, Any] = {"notes": {"variable": "NOTE_TOKEN", "scopes": [GitlabApiScope.API]}}


def _variable(**changes: Any) -> dict[str, Any]:
    return {"variables": [{"key": "PASSWORD", "value": SECRET, **changes}]}


def test_a_private_project_in_a_group_of_its_own(deploy: Deploy, engine: Engine) -> None:
    deploy(_project())
    group, project = engine["ci-group"].inputs, engine["ci-project"].inputs
    assert group == {"name": "reddit", "path": "reddit", "visibilityLevel": "private"}
    assert project == {
        "name": "app",
        "path": "app",
        "namespaceId": 7,
        "visibilityLevel": "private",
        "defaultBranch": "main",
        "initializeWithReadme": True,
    }


def test_every_child_belongs_to_the_project_and_goes_through_its_provider(
    deploy: Deploy, engine: Engine
) -> None:
    def program() -> None:
        provider = gitlab.Provider("there", base_url="https://gitlab.example/api/v4/")
        first = pulumi.Stash("first", input="")
        GitlabProject(
            "ci",
            _args(
                **_variable(),
                environments={"production": {}},
                access_tokens=_NOTES,
                schedules={"nightly": {"cron": "0 3 * * *"}},
                slack={"webhook": "https://hooks.slack.example/x", "channels": {"push": ""}},
            ),
            pulumi.ResourceOptions(provider=provider, depends_on=[first]),
        )

    deploy(program)
    children = [each for each in engine.registrations if each.type.startswith("gitlab:index")]
    assert len(children) == 13
    for child in children:
        assert child.parent == "ci"
        assert child.provider == "there"
        assert "first" in child.depends_on


def test_the_default_branch_and_the_tags_of_versions_are_protected(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(_project(push_access=GitlabAccess.NOBODY))
    assert engine["ci-branch"].inputs == {
        "project": "ci-project-id",
        "branch": "main",
        "pushAccessLevel": "no one",
        "mergeAccessLevel": "maintainer",
        "allowForcePush": False,
    }
    tags = engine.of_type(PROTECTED_TAG).values()
    assert {each.inputs["tag"] for each in tags} == {"v*", "*.*.*"}
    assert {each.inputs["createAccessLevel"] for each in tags} == {"maintainer"}


def test_a_protection_that_is_replaced_is_not_undone_by_its_predecessors_end(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(_project(**_variable(), environments={"production": {}}))
    for name in ("ci-branch", "ci-tag-v*", "ci-variable-PASSWORD", "ci-environment-production"):
        assert engine[name].request.deleteBeforeReplace, name


def test_a_repository_that_is_pushed_from_elsewhere_makes_the_first_branch(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(_project(readme=False, default_branch="trunk"))
    assert engine["ci-project"].inputs["initializeWithReadme"] is False
    assert "defaultBranch" not in engine["ci-project"].inputs
    assert engine["ci-branch"].inputs["branch"] == "trunk"


def test_a_variable_is_masked_protected_raw_and_for_all_jobs(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(_project(**_variable()))
    inputs = dict(engine["ci-variable-PASSWORD"].inputs)
    inputs.pop("value")
    assert inputs == {
        "project": "ci-project-id",
        "key": "PASSWORD",
        "masked": True,
        "hidden": False,
        "protected": True,
        "raw": True,
        "environmentScope": "*",
        "variableType": "env_var",
    }


def test_a_key_may_come_again_for_another_environment(deploy: Deploy, engine: Engine) -> None:
    key = {"key": "SSH_KEY", "value": KEY_FILE, "file": True, "protected": False}
    scopes = [{}, {"environment_scope": "review/*"}]
    deploy(_project(variables=[{**key, **scope} for scope in scopes]))
    found = engine.of_type(VARIABLE)
    assert set(found) == {"ci-variable-SSH_KEY", "ci-variable-SSH_KEY-review/*"}
    inputs = found["ci-variable-SSH_KEY-review/*"].inputs
    assert inputs["environmentScope"] == "review/*"
    assert inputs["variableType"] == "file"
    assert (inputs["masked"], inputs["protected"]) == (False, False)


def test_a_hidden_variable_is_masked(deploy: Deploy, engine: Engine) -> None:
    deploy(_project(**_variable(hidden=True)))
    inputs = engine["ci-variable-PASSWORD"].inputs
    assert (inputs["masked"], inputs["hidden"]) == (True, True)


@pytest.mark.parametrize("given_as", [str, pulumi.Output.from_input])
def test_values_and_the_webhook_are_secret_and_nowhere_else(
    deploy: Deploy, engine: Engine, given_as: Callable[[str], pulumi.Input[str]]
) -> None:
    webhook = f"https://hooks.slack.example/{SECRET}"

    def program() -> None:
        slack = {"webhook": given_as(webhook), "channels": {"pipeline": "ci"}}
        GitlabProject("ci", _args(**_variable(value=given_as(SECRET)), slack=slack))

    deploy(program)
    for name, field in (("ci-variable-PASSWORD", "value"), ("ci-slack", "webhook")):
        found = engine[name].request.object.fields.pop(field)
        assert SECRET in str(found)
        assert SECRET_MARK in str(found)
    assert not [each.name for each in engine.registrations if SECRET in str(each.request)]


def test_the_tokens_are_secret_outputs(deploy: Deploy, value: Value) -> None:
    project = deploy(_project())
    for token in (project.runner_token, project.deploy_token):
        assert value(pulumi.Output.from_input(token.is_secret())) is True
    assert value(project.group_id) == 7
    assert value(project.project_id) == 42


def test_the_deploy_token_pulls_images_and_no_more(deploy: Deploy, engine: Engine) -> None:
    deploy(_project())
    assert engine["ci-deploy-token"].inputs["scopes"] == ["read_registry"]


def test_the_deploy_token_may_do_what_it_is_asked_to(deploy: Deploy, engine: Engine) -> None:
    deploy(_project(deploy_token_scopes=[GitlabTokenScope.READ_REPOSITORY]))
    assert engine["ci-deploy-token"].inputs["scopes"] == ["read_repository"]


def test_an_access_token_may_do_little_and_is_renewed_in_time(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(_project(access_tokens=_NOTES))
    assert engine["ci-token-notes"].inputs == {
        "project": "ci-project-id",
        "name": "notes",
        "scopes": ["api"],
        "accessLevel": "reporter",
        "rotationConfiguration": {"expirationDays": 180, "rotateBeforeDays": 90},
    }


def test_jobs_get_an_access_token_as_a_masked_secret(deploy: Deploy, engine: Engine) -> None:
    deploy(_project(access_tokens={"notes": {**_NOTES["notes"], "protected": False}}))
    variable = engine["ci-variable-NOTE_TOKEN"]
    assert variable.inputs["masked"]
    assert not variable.inputs["protected"]
    assert SECRET_MARK in str(variable.request.object["value"])
    assert "ci-token-notes" in variable.depends_on


def test_environments_can_be_deleted_while_they_run(deploy: Deploy, engine: Engine) -> None:
    production = {"tier": GitlabTier.PRODUCTION, "url": "https://reddit.example"}
    deploy(_project(environments={"production": production, "review/x": {}}))
    assert engine["ci-environment-production"].inputs == {
        "project": "ci-project-id",
        "name": "production",
        "tier": "production",
        "externalUrl": "https://reddit.example",
        "stopBeforeDestroy": True,
    }
    assert "tier" not in engine["ci-environment-review/x"].inputs


def test_a_schedule_names_its_branch_in_full(deploy: Deploy, engine: Engine) -> None:
    deploy(_project(schedules={"nightly": {"cron": "30 4 * * 1"}}, default_branch="trunk"))
    assert engine["ci-schedule-nightly"].inputs == {
        "project": "ci-project-id",
        "description": "nightly",
        "ref": "refs/heads/trunk",
        "cron": "30 4 * * 1",
        "cronTimezone": "UTC",
        "active": True,
    }


def test_slack_hears_of_the_named_events_alone(deploy: Deploy, engine: Engine) -> None:
    slack = {
        "webhook": "https://hooks.slack.example/x",
        "channels": {"pipeline": "ci", "push": ""},
        "branches": SlackBranches.ALL,
    }
    deploy(_project(slack=slack))
    inputs = engine["ci-slack"].inputs
    events = {name: on for name, on in inputs.items() if name.endswith("Events")}
    assert len(events) == 9
    assert {name for name, on in events.items() if on} == {"pipelineEvents", "pushEvents"}
    assert {name for name in inputs if name.endswith("Channel")} == {"pipelineChannel"}
    assert inputs["pipelineChannel"] == "ci"
    assert inputs["branchesToBeNotified"] == "all"
    assert inputs["notifyOnlyBrokenPipelines"] is True


def test_a_runner_takes_the_projects_untagged_jobs(deploy: Deploy, engine: Engine) -> None:
    deploy(_project())
    assert engine["ci-runner"].inputs == {
        "runnerType": "project_type",
        "projectId": 42,
        "description": "ci",
        "tagLists": [],
        "untagged": True,
        "locked": True,
        "accessLevel": "not_protected",
        "maximumTimeout": 3600,
    }


def test_a_runner_of_the_group_with_tags(deploy: Deploy, engine: Engine) -> None:
    runner = {
        "scope": GitlabRunnerScope.GROUP,
        "tags": ["linux", "docker"],
        "access": GitlabRunnerAccess.PROTECTED,
        "timeout_seconds": 7200.0,
        "description": "deploys",
    }
    deploy(_project(runner=runner))
    assert engine["ci-runner"].inputs == {
        "runnerType": "group_type",
        "groupId": 7,
        "description": "deploys",
        "tagLists": ["linux", "docker"],
        "untagged": False,
        "accessLevel": "ref_protected",
        "maximumTimeout": 7200,
    }


def test_what_holds_code_is_protected_only_if_asked(deploy: Deploy, engine: Engine) -> None:
    deploy(_project(protect_data=True, visibility=GitlabVisibility.INTERNAL))
    assert engine["ci-group"].request.protect
    assert engine["ci-project"].request.protect
    assert not engine["ci-branch"].request.protect
    assert engine["ci-group"].inputs["visibilityLevel"] == "internal"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"group": "-reddit"}, "group: '-reddit' is not a path in GitLab"),
        ({"group": "a/b"}, "group: 'a/b' is not a path in GitLab"),
        ({"project": "app.git"}, "project: 'app.git' is not a path in GitLab"),
        ({"project": ""}, "project: '' is not a path in GitLab"),
        ({"default_branch": "a b"}, "default_branch: 'a b' is not a branch's name"),
        ({"default_branch": "-x"}, "default_branch: '-x' is not a branch's name"),
        ({"protected_tags": ["v*", "v*"]}, "protected_tags[1]: 'v*' is given twice"),
        ({"protected_tags": [""]}, "protected_tags[0]: '' is empty"),
        (_variable(key="a-b"), "variables[0].key: 'a-b' is not a variable's name"),
        (_variable(environment_scope=""), "variables[0].environment_scope: '' is empty"),
        (_variable(masked=False, hidden=True), "variables[0].masked: False can't be"),
        (_variable(file=True, hidden=True), "variables[0].masked: False can't be"),
        (_variable(value="seven77"), "variables[0].value: '(hidden)' has fewer than 8"),
        (_variable(value=f"{SECRET} x"), "variables[0].value: '(hidden)' has fewer than 8"),
        (_variable(value=f"{SECRET}\nx"), "variables[0].value: '(hidden)' has fewer than 8"),
        (_variable(value=f"{SECRET}$x", raw=False), "without being raw"),
        ({"variables": 2 * _variable()["variables"]}, "'PASSWORD for *' is given twice"),
        ({"deploy_token_scopes": []}, "deploy_token_scopes: [] allow nothing"),
        (
            {"access_tokens": {"notes": {"variable": "A-B", "scopes": ["api"]}}},
            "access_tokens['notes'].variable: 'A-B' is not a variable's name",
        ),
        (
            {"access_tokens": {"notes": {"variable": "A", "scopes": []}}},
            "access_tokens['notes'].scopes: [] allow nothing",
        ),
        ({"access_tokens": {"": {"variable": "A", "scopes": ["api"]}}}, "access_tokens: '' is"),
        (
            {"access_tokens": {"notes": {**_NOTES["notes"], "lifetime_days": 366}}},
            "access_tokens['notes'].lifetime_days: 366 is not a whole number",
        ),
        (
            {**_variable(key="NOTE_TOKEN"), "access_tokens": _NOTES},
            "access_tokens['notes'].variable: 'NOTE_TOKEN' is another variable, too",
        ),
        ({"environments": {"a:b": {}}}, "environments['a:b']: 'a:b' is not an environment's name"),
        ({"environments": {"/a": {}}}, "is not an environment's name"),
        (
            {"slack": {"webhook": SECRET, "channels": {"push": ""}}},
            "slack.webhook: '(hidden)' is not a webhook's address",
        ),
        (
            {"slack": {"webhook": "https://x", "channels": {"deploy": "ci"}}},
            "slack.channels: 'deploy' is no event; name one of push,",
        ),
        ({"slack": {"webhook": "https://x", "channels": {}}}, "slack.channels: {} tell about"),
        ({"schedules": {"n": {"cron": "@daily"}}}, "schedules['n'].cron: '@daily' is not a time"),
        ({"schedules": {" ": {"cron": "0 3 * * *"}}}, "schedules: ' ' is empty"),
        (
            {"schedules": {"n": {"cron": "0 3 * * *", "branch": "a..b"}}},
            "schedules['n'].branch: 'a..b' is not a branch's name",
        ),
        ({"runner": {"tags": ["a", "a"]}}, "runner.tags[1]: 'a' is given twice"),
        ({"runner": {"untagged": False}}, "runner.tags: [] leave a runner"),
        ({"runner": {"timeout_seconds": 599}}, "runner.timeout_seconds: 599 is not a whole"),
    ],
)
def test_what_gitlab_would_refuse_is_refused_before_anything_is_registered(
    deploy: Deploy, engine: Engine, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        deploy(_project(**changes))
    assert message in str(refusal.value)
    assert SECRET not in str(refusal.value)
    assert engine.registrations == []


@pytest.mark.parametrize(
    "changes",
    [
        _variable(value="pa$$w0rd!%^&"),
        _variable(value="Abc_+=/@:.~-9", raw=False),
        _variable(value="short", masked=False),
        _variable(value=KEY_FILE, file=True),
    ],
)
def test_what_gitlab_takes_is_taken(deploy: Deploy, engine: Engine, changes: Any) -> None:
    deploy(_project(**changes))
    assert engine.of_type(VARIABLE)


def test_a_variable_whose_value_is_not_known_yet_is_taken(deploy: Deploy, engine: Engine) -> None:
    deploy(_project(**_variable(value=pulumi.Output.from_input("short"))))
    assert engine.of_type(VARIABLE)
