"""A project in a GitLab that isn't there, is there or is down: the real engine and the real SDK."""

import json
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airgap import launcher
from tests.airgap.conftest import ROOT, Project
from tests.gitlab_api.server import GitlabApi, Token

TOKEN = "glpat-a-token-of-the-tests"  # noqa: S105 - opens nothing
SECRET = "s3cret-of-the-tests"  # noqa: S105 - opens nothing

_PROGRAM = """
import sys

sys.path.insert(0, {root!r})

import pulumi
from components.gitlab_api import gitlab_provider
from components.gitlab_project import GitlabProject

token = pulumi.Output.secret({token!r})
provider = gitlab_provider("gitlab", {url!r}, token, timeout_seconds={timeout})
project = GitlabProject(
    "ci",
    {{
        "group": "reddit",
        "project": "app",
        "variables": [{{"key": "PASSWORD", "value": {secret!r}}}],
        "environments": {{"production": {{}}}},
        "schedules": {{"nightly": {{"cron": "0 3 * * *"}}}},
        "slack": {{"webhook": "https://hooks.slack.example/x", "channels": {{"pipeline": "ci"}}}},
        "runner": {{"tags": {tags!r}}},
    }},
    pulumi.ResourceOptions(provider=provider),
)
pulumi.export("project", project.project_id)
pulumi.export("token", project.runner_token)
pulumi.export("command", pulumi.Output.concat("clone ", project.web_url))
"""
_TYPES = 11


@pytest.fixture
def trial(project: Project, tmp_path: Path) -> Project:
    """A project whose gitlab plugin is the stand-in, whatever else is installed."""
    plugin = launcher.text(Path(sys.executable), ROOT, "airgap.providers.gitlab")
    launcher.write(tmp_path / "bin" / "pulumi-resource-gitlab", plugin)
    return project


@pytest.fixture
def dead() -> Iterator[str]:
    """An address at which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def write(
    trial: Project, url: str, *, tags: tuple[str, ...] = ("linux",), timeout: int = 1
) -> None:
    given = {"root": str(ROOT), "token": TOKEN, "secret": SECRET}
    trial.program(_PROGRAM.format(url=url, tags=list(tags), timeout=timeout, **given))


def preview(trial: Project) -> str:
    """What a preview shows."""
    done = trial.pulumi("preview", "--diff")
    assert done.returncode == 0, done.stdout
    assert TOKEN not in done.stdout
    assert SECRET not in done.stdout
    return done.stdout


def test_a_project_in_a_gitlab_that_does_not_exist_is_planned_as_a_whole(
    trial: Project, dead: str
) -> None:
    write(trial, dead)
    shown = preview(trial)
    assert len(re.findall(r"\+ gitlab:index/\w+:\w+: \(create\)", shown)) == _TYPES
    assert "project: [unknown]" in shown
    assert "command: [unknown]" in shown
    assert "None" not in shown
    # The plugin isn't asked: it would ask GitLab.
    assert "only previews" not in shown


def test_a_gitlab_that_answers_is_planned_with(trial: Project) -> None:
    with GitlabApi(tokens={TOKEN: Token()}).serving() as api:
        write(trial, api.url)
        shown = preview(trial)
    assert api.asked == ["/api/v4/version"]
    assert "gitlab: a stand-in for the plugin only previews" in shown
    assert len(re.findall(r"\+ gitlab:index/\w+:\w+: \(create\)", shown)) == _TYPES
    assert "None" not in shown


def test_nothing_is_made_in_a_gitlab_that_never_answers(trial: Project, dead: str) -> None:
    write(trial, dead)
    done = trial.pulumi("up", "--yes", "--skip-preview")
    assert done.returncode != 0
    assert f"{dead}/api/v4/: waited 1 s for GitLab in vain" in done.stdout
    assert "Nothing was made in GitLab." in done.stdout
    assert TOKEN not in done.stdout
    exported = trial.pulumi("stack", "export").stdout
    assert "gitlab:index" not in exported
    assert "pulumi:providers:gitlab" not in exported


def test_the_state_after_the_wait_holds_no_token_in_plain_text(trial: Project) -> None:
    with GitlabApi(tokens={TOKEN: Token()}, boot_answers=1).serving() as api:
        write(trial, api.url, timeout=60)
        done = trial.pulumi("up", "--yes", "--skip-preview")
    # The stand-in makes nothing; what comes before it is done.
    assert "it can't create" in done.stdout
    exported = trial.pulumi("stack", "export").stdout
    made = {each["urn"].rpartition("::")[2] for each in _resources(exported)}
    assert {"gitlab-ready", "gitlab"} <= made
    assert TOKEN not in exported + done.stdout
    assert SECRET not in exported + done.stdout


def test_while_gitlab_is_down_a_preview_says_that_it_does_not_know_and_replaces_nothing(
    trial: Project, dead: str
) -> None:
    _import_project_and_runner(trial, dead)
    write(trial, dead)
    shown = preview(trial)
    assert "has inputs that are not known during preview" in shown
    assert "~ gitlab:index/userRunner:UserRunner: (update)" in shown
    assert "replace" not in shown
    assert "only previews" not in shown


def _resources(exported: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(exported)["deployment"]["resources"]
    return found


def _import_project_and_runner(trial: Project, url: str) -> None:
    """Put a part of the project into the state, as the real plugin leaves it there."""
    urn = "urn:pulumi:trial::trial::"
    component = f"{urn}dockyard:index:GitlabProject::ci"
    settings = {"baseUrl": f"{url}/api/v4/", "earlyAuthCheck": "false", "version": "10.4.0"}
    provider = {
        "urn": f"{urn}pulumi:providers:gitlab::gitlab",
        "custom": True,
        "id": "0f7a3a1e-0d0a-4f3e-8a53-6f6f3f0f4c55",
        "type": "pulumi:providers:gitlab",
        "inputs": settings,
        "outputs": settings,
    }

    def child(token: str, name: str, number: str, inputs: dict[str, Any]) -> dict[str, Any]:
        return {
            "urn": f"{urn}dockyard:index:GitlabProject${token}::{name}",
            "custom": True,
            "id": number,
            "type": token,
            "parent": component,
            "provider": f"{provider['urn']}::{provider['id']}",
            "inputs": inputs,
            "outputs": inputs,
        }

    group = {"name": "reddit", "path": "reddit", "visibilityLevel": "private"}
    project = {
        "name": "app",
        "path": "app",
        "namespaceId": 7,
        "visibilityLevel": "private",
        "defaultBranch": "main",
        "initializeWithReadme": True,
    }
    runner = {
        "runnerType": "project_type",
        "projectId": 42,
        "description": "ci",
        "tagLists": ["linux"],
        "untagged": False,
        "locked": True,
        "accessLevel": "not_protected",
        "maximumTimeout": 3600,
    }
    resources = [
        provider,
        {"urn": component, "custom": False, "type": "dockyard:index:GitlabProject"},
        child("gitlab:index/group:Group", "ci-group", "7", group),
        child("gitlab:index/project:Project", "ci-project", "42", project),
        child("gitlab:index/userRunner:UserRunner", "ci-runner", "1", runner),
    ]
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    file = trial.folder / "state.json"
    file.write_text(
        json.dumps({"version": 3, "deployment": {"manifest": manifest, "resources": resources}})
    )
    done = trial.pulumi("stack", "import", "--file", str(file))
    assert done.returncode == 0, done.stdout
