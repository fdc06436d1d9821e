"""What .gitlab-ci.yml promises, whoever runs it, and that docs/delivery.md says the same."""

import argparse
import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from delivery.__main__ import COMMANDS
from tests.pipeline_definition import definition

ROOT = Path(__file__).parents[2]
PIPELINE = definition(ROOT)
_KEYWORDS = {"default", "stages", "variables", "workflow"}
_SECRETS = re.compile(r"PASSWORD|PASSPHRASE|TOKEN|WEBHOOK|SECRET")


def _merged(name: str) -> dict[str, Any]:
    """Return a job with what it extends, variables merged, as GitLab does."""
    job = dict(PIPELINE[name])
    parent = _merged(job.pop("extends")) if "extends" in job else {}
    variables = {**parent.get("variables", {}), **job.get("variables", {})}
    return {**parent, **job, "variables": variables}


JOBS = {
    name: _merged(name) for name in PIPELINE if not name.startswith(".") and name not in _KEYWORDS
}
_ON_HOSTS = [name for name, job in JOBS.items() if "resource_group" in job]


def _section(title: str) -> str:
    text = (ROOT / "docs/delivery.md").read_text()
    return text.partition(f"\n{title}\n")[2]


def _rows(text: str) -> list[list[str]]:
    table = text[text.index("\n| ") :].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")[3:]]


def test_gitlab_accepts_the_file() -> None:
    checked = subprocess.run(  # noqa: S603
        [
            *(Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema"),
            *("vendor.gitlab-ci", "--data-transform", "gitlab-ci", ROOT / ".gitlab-ci.yml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_table_of_jobs_is_the_pipeline() -> None:
    listed = [(name.strip("`"), stage) for name, stage, *_ in _rows(_section("## Jobs"))]
    assert listed == [(name, job["stage"]) for name, job in JOBS.items()]


def test_the_table_of_variables_is_the_pipelines() -> None:
    section = _section("What the pipeline itself declares, to be overridden in the project:")
    listed = {name.strip("`"): default.strip("`") for name, default, _ in _rows(section)}
    assert listed == PIPELINE["variables"]


def test_every_stage_has_jobs_in_its_order() -> None:
    stages = [job["stage"] for job in JOBS.values()]
    assert list(dict.fromkeys(stages)) == PIPELINE["stages"]


@pytest.mark.parametrize("name", JOBS)
def test_a_job_runs_one_command_that_exists(name: str) -> None:
    (line,) = JOBS[name]["script"]
    program, *words = shlex.split(line)
    if program == "make":
        targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(words) <= set(targets)
        return
    assert [program, *words[:2]] == ["python", "-m", "delivery"]
    assert words[2] in COMMANDS
    command = importlib.import_module(f"delivery.commands.{words[2]}")
    parser = argparse.ArgumentParser(exit_on_error=False)
    command.add_arguments(parser)
    given = [re.sub(r"^\$DOCKYARD_BUILDER$", "buildkit", word) for word in words[3:]]
    parser.parse_args(given)


@pytest.mark.parametrize("name", JOBS)
def test_no_secret_is_an_argument(name: str) -> None:
    job = JOBS[name]
    for line in [*job["script"], *job.get("after_script", [])]:
        assert not _SECRETS.search(line)


@pytest.mark.parametrize("name", ["preview", "build", "review", "stop_review"])
def test_code_of_forks_gets_no_job_with_secrets(name: str) -> None:
    rules = JOBS[name]["rules"]
    apart = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID != $CI_MERGE_REQUEST_PROJECT_ID"
    (refusal,) = [number for number, rule in enumerate(rules) if apart in rule.get("if", "")]
    assert rules[refusal]["when"] == "never"
    assert all(rule.get("when") == "never" for rule in rules[:refusal])


def test_what_works_on_hosts_takes_turns_and_is_never_cut_short() -> None:
    assert set(_ON_HOSTS) == {
        *("review", "stop_review", "drift", "sweep"),
        *("plan:staging", "deploy:staging", "plan:production", "deploy:production"),
    }
    for name in _ON_HOSTS:
        assert JOBS[name]["interruptible"] is False
        assert JOBS[name]["retry"] == 0


def test_a_deployments_script_ends_in_time_for_its_message() -> None:
    minutes = int(PIPELINE["default"]["timeout"].removesuffix(" minutes"))
    script = int(JOBS["deploy:production"]["variables"]["RUNNER_SCRIPT_TIMEOUT"].removesuffix("m"))
    assert minutes - script >= 5


@pytest.mark.parametrize(
    ("environment", "stack"), [("staging", "prod-staging"), ("production", "prod")]
)
def test_a_deployment_applies_the_plan_of_its_own_stack(environment: str, stack: str) -> None:
    plan, deploy = JOBS[f"plan:{environment}"], JOBS[f"deploy:{environment}"]
    assert plan["variables"]["STACK"] == deploy["variables"]["STACK"] == stack
    assert (ROOT / f"Pulumi.{stack}.yaml").exists()
    assert deploy["needs"] == [f"plan:{environment}"]
    assert plan["resource_group"] == deploy["resource_group"] == environment
    assert plan["environment"]["name"] == deploy["environment"]["name"] == environment
    # Or the plan would count as a deployment.
    assert plan["environment"]["action"] == "prepare"
    assert {"lint", "unit", "build", "test"} == set(plan["needs"])


@pytest.mark.parametrize("name", ["preview", "plan:staging", "plan:production", "drift", "review"])
def test_what_tells_of_the_stacks_is_for_developers(name: str) -> None:
    assert JOBS[name]["artifacts"]["access"] == "developer"


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if "artifacts" in job])
def test_artifacts_expire(name: str) -> None:
    assert JOBS[name]["artifacts"]["expire_in"]


def test_the_review_environment_is_stopped_by_the_job_that_stops_it() -> None:
    review, stop = JOBS["review"], JOBS["stop_review"]
    assert review["environment"]["on_stop"] == "stop_review"
    assert stop["environment"]["action"] == "stop"
    assert stop["environment"]["name"] == review["environment"]["name"]
    assert stop["resource_group"] == review["resource_group"]
    # GitLab stops an environment only where its stop job exists in the very same cases.
    assert stop["rules"][:-1] == review["rules"][:-1]
    # Without the latter the pipeline would wait for somebody to press the button.
    assert stop["rules"][-1] == {"when": "manual", "allow_failure": True}


def test_a_review_environment_can_be_stopped_without_its_branch() -> None:
    assert JOBS["stop_review"]["variables"]["GIT_STRATEGY"] == "none"
    assert JOBS["stop_review"]["needs"] == ["review"]
    kept = JOBS["review"]["artifacts"]["paths"]
    listing = (
        "import sys; import delivery.__main__, delivery.commands.review;"
        "print(*(m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', '')))"
    )
    said = subprocess.run(  # noqa: S603
        [sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    loaded = [Path(file).relative_to(ROOT) for file in said.split() if file.startswith(f"{ROOT}/")]
    needed = {f"{file.parts[0]}/" for file in loaded if file.parts[0] != ".dockyard"}
    assert "delivery/" in needed
    assert {*needed, "Pulumi.yaml"} <= set(kept)


def test_nothing_is_called_latest() -> None:
    assert "latest" not in (ROOT / ".gitlab-ci.yml").read_text()
    assert "latest" not in (ROOT / "delivery/toolbox/Dockerfile").read_text()
