"""The stack with GitLab: what it registers, in which order, and what it refuses."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

import stacks
from tests.unit.hosts import HOST_KEY
from tests.unit.project import configure
from tests.unit.recorder import CONTAINER, PROVIDER, STASH, Deploy, Engine

ROOT = Path(stacks.__file__).parents[1]
SHIPPED = yaml.safe_load((ROOT / "Pulumi.ci.yaml").read_text())["config"]
CI: dict[str, Any] = {key.partition(":")[2]: value for key, value in SHIPPED.items()}
SECRET = "s3cret-of-the-tests"  # noqa: S105 - opens nothing
GITLAB_PROVIDER = "pulumi:providers:gitlab"


def _hosts(*numbers: int) -> list[dict[str, Any]]:
    return [
        {
            "address": f"ssh://deploy@198.51.100.{number}",
            "hostKeys": [HOST_KEY],
            "name": f"h{number}",
        }
        for number in numbers
    ]


@pytest.fixture(autouse=True)
def _ids_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the recording engine can't know of GitLab's ids."""
    monkeypatch.setattr(
        "components._gitlab_project_parts.number", lambda resource: resource.id.apply(len)
    )


@pytest.fixture
def ci(deploy: Deploy, engine: Engine) -> Engine:
    """The shipped stack."""
    configure(**CI)
    deploy(lambda: stacks.run("ci"))
    return engine


def test_it_is_a_server_a_project_and_three_runners(ci: Engine) -> None:
    containers = ci.of_type(CONTAINER)
    assert sorted(each.inputs["name"] for each in containers.values()) == [
        "ci-gitlab",
        "ci-runner-1",
        "ci-runner-2",
        "ci-runner-3",
    ]
    assert len(ci.of_type("gitlab:index/project:Project")) == 1
    assert len(ci.of_type(GITLAB_PROVIDER)) == 1


def _before(engine: Engine, name: str) -> set[str]:
    """Return all that has to be there before a resource, however indirectly."""
    found: set[str] = set()
    pending = [name]
    while pending:
        each = engine[pending.pop()]
        needed = each.depends_on | ({each.provider} if each.provider else set())
        pending += [more for more in needed - found if more]
        found |= needed
    return found


def test_the_order_is_server_readiness_provider_project_runners(ci: Engine) -> None:
    assert "gitlab-server" in _before(ci, "gitlab-api-ready")
    assert "gitlab-api-ready" in _before(ci, "gitlab-api")
    (project,) = ci.of_type("gitlab:index/project:Project")
    assert {"gitlab-api", "gitlab-api-ready", "gitlab-server"} <= _before(ci, project)
    (runner,) = ci.of_type("gitlab:index/userRunner:UserRunner")
    for number in (1, 2, 3):
        assert {runner, "gitlab-api", "gitlab-server"} <= _before(ci, f"runners-{number}")


def test_runners_are_on_hosts_of_their_own_where_there_are_any(
    deploy: Deploy, engine: Engine
) -> None:
    configure(**{**CI, "sshHosts": _hosts(11, 12, 13), "runnerCount": 2})
    deploy(lambda: stacks.run("ci"))
    hosts = {
        each.inputs["name"]: engine.of_type(PROVIDER)[each.provider].inputs["host"]
        for name, each in engine.of_type(CONTAINER).items()
        if "gitlab" in name
    }
    assert hosts == {"ci-gitlab": "ssh://deploy@198.51.100.11"}
    runners = [
        engine.of_type(PROVIDER)[each.provider].inputs["host"]
        for name, each in engine.of_type(CONTAINER).items()
        if "runners" in name
    ]
    assert sorted(runners) == [
        *["ssh://deploy@198.51.100.12"] * 2,
        *["ssh://deploy@198.51.100.13"] * 2,
    ]


def test_one_more_runner_touches_no_other(deploy: Deploy, engine: Engine) -> None:
    def registered(count: int) -> dict[str, dict[str, Any]]:
        engine.registrations.clear()
        configure(**{**CI, "runnerCount": count})
        deploy(lambda: stacks.run("ci"))
        return {name: each.inputs for name, each in engine.of_type(CONTAINER).items()}

    three, four = registered(3), registered(4)
    assert set(four) - set(three) == {"runners-4"}
    for name in three:
        assert four[name]["name"] == three[name]["name"]


def test_the_data_of_gitlab_is_protected(ci: Engine) -> None:
    for name in ("gitlab-config", "gitlab-data", "gitlab-logs", "gitlab-backups"):
        assert ci[name].request.protect, name


def test_the_instance_is_hardened_before_anybody_can_come(ci: Engine) -> None:
    settings = ci["gitlab-settings"]
    assert settings.provider == "gitlab-api"
    assert settings.inputs["signupEnabled"] is False
    assert settings.inputs["allowRunnerRegistrationToken"] is False
    assert settings.inputs["restrictedVisibilityLevels"] == ["public"]
    assert settings.inputs["dsaKeyRestriction"] == -1
    assert settings.inputs["requireTwoFactorAuthentication"] is True


def test_the_token_is_made_up_once(ci: Engine) -> None:
    assert ci["gitlab-token"].type == STASH
    assert list(ci["gitlab-token"].request.ignoreChanges) == ["input"]


def test_merge_requests_get_a_token_for_their_notes_and_the_clock_starts_pipelines(
    ci: Engine,
) -> None:
    token = ci["project-token-merge-request-notes"].inputs
    assert (token["accessLevel"], token["scopes"]) == ("reporter", ["api"])
    assert not ci["project-variable-DOCKYARD_NOTE_TOKEN"].inputs["protected"]
    assert ci["project-schedule-drift and sweep"].inputs["cron"] == "30 4 * * *"


def test_jobs_get_the_secrets_that_the_configuration_holds(deploy: Deploy, engine: Engine) -> None:
    secrets = {
        "slackWebhook": "https://hooks.slack.example/T/B/x",
        "pipelineVariables": {"PULUMI_BACKEND_URL": "gs://bucket"},
        "pipelineProtectedVariables": {"DEPLOY_KEY": "-----BEGIN KEY-----\nline\n"},
    }
    configure(**CI, **secrets, slackChannels={"pipeline": ""}, secret=secrets)
    deploy(lambda: stacks.run("ci"))
    given = {
        name.removeprefix("project-variable-"): each.inputs
        for name, each in engine.of_type("gitlab:index/projectVariable:ProjectVariable").items()
    }
    assert {
        name: (each["protected"], each["masked"], each["variableType"])
        for name, each in given.items()
    } == {
        "DOCKYARD_NOTE_TOKEN": (False, True, "env_var"),
        "SLACK_WEBHOOK_URL": (True, True, "env_var"),
        "PULUMI_BACKEND_URL": (False, True, "env_var"),
        "DEPLOY_KEY": (True, False, "file"),
    }


@pytest.mark.parametrize(
    ("changes", "secret", "message"),
    [
        ({"pipelineVariables": {"A": SECRET}}, [], "dockyard:pipelineVariables: '…' is not encryp"),
        ({"pipelineVariables": [SECRET]}, ["pipelineVariables"], "is not a set of texts by name"),
        (
            {"pipelineProtectedVariables": {"A": "short"}},
            ["pipelineProtectedVariables"],
            "dockyard:pipelineProtectedVariables.A: '(hidden)' has fewer than 8",
        ),
        (
            {"pipelineVariables": {"A-B": SECRET}},
            ["pipelineVariables"],
            "dockyard:pipelineVariables.A-B: 'A-B' is not a variable's name",
        ),
    ],
)
def test_a_bad_secret_is_refused_without_being_told(
    deploy: Deploy, engine: Engine, changes: Any, secret: list[str], message: str
) -> None:
    configure(**CI, **changes, secret=secret)
    with pytest.raises(pulumi.RunError) as refusal:
        deploy(lambda: stacks.run("ci"))
    assert message in str(refusal.value)
    assert SECRET not in str(refusal.value)
    assert engine.registrations == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gitlabUrl": "gitlab"}, "dockyard:gitlabUrl: 'gitlab'"),
        ({"gitlabImage": "gitlab/gitlab-ce:latest"}, "dockyard:gitlabImage: "),
        ({"gitlabProfile": "huge"}, "dockyard:gitlabProfile: 'huge' is no profile"),
        ({"gitlabSshPort": 0}, "dockyard:gitlabSshPort: 0 is not a whole number"),
        ({"gitlabStartTimeoutSeconds": 0}, "dockyard:gitlabStartTimeoutSeconds: 0 is not a whole"),
        ({"gitlabLetsEncryptEmails": ["a@b.c"]}, "dockyard:gitlabLetsEncryptEmails: "),
        ({"gitlabBindAddress": "x"}, "dockyard:gitlabBindAddress: 'x' is not an IPv4 address"),
        ({"gitlabSubnet": "x"}, "dockyard:gitlabSubnet: 'x' is not an IPv4 range"),
        ({"networkMtuBytes": 20}, "dockyard:networkMtuBytes: 20 is not a whole number from 68"),
        ({"avoidRanges": ["x"]}, "dockyard:avoidRanges[0]: 'x' is not an IPv4 range"),
        (
            {"avoidRanges": ["10.0.0.0/8"]},
            "dockyard:gitlabSubnet: '10.0.3.0/24' overlaps 10.0.0.0/8 (dockyard:avoidRanges[0])",
        ),
        ({"gitlabGroup": "a b"}, "dockyard:gitlabGroup: 'a b'"),
        ({"pipelineSchedule": "@daily"}, "dockyard:pipelineSchedule: '@daily' is not a time"),
        ({"runnerCount": 0}, "dockyard:runnerCount: 0 is not a whole number"),
        ({"runnerImage": "x:latest"}, "dockyard:runnerImage: 'x:latest' means another image"),
        ({"runnerConcurrent": 0}, "dockyard:runnerConcurrent: 0 is not a whole number"),
        ({"runnerTags": [""]}, "dockyard:runnerTags[0]: ''"),
        ({"slackChannels": {"pipeline": "#x"}}, "needs dockyard:slackWebhook"),
        ({"uiPort": 8080}, "'dockyard:uiPort' says nothing to this kind of stack"),
        ({"gitlabUlr": "x"}, "'dockyard:gitlabUlr' is an unknown key; did you mean gitlabUrl?"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_key(
    deploy: Deploy, engine: Engine, changes: dict[str, Any], message: str
) -> None:
    configure(**{**CI, **changes})
    with pytest.raises(pulumi.RunError) as refusal:
        deploy(lambda: stacks.run("ci"))
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert engine.registrations == []
