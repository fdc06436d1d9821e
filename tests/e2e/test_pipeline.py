"""The pipeline's jobs run as they stand in .gitlab-ci.yml: in their image, on a real engine."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
import yaml

from stacks import review_names
from tests.e2e import registry
from tests.e2e.page import Page
from tests.e2e.pipeline import job_images
from tests.e2e.pipeline.local_pipeline import REPOSITORY, Event, Job, LocalPipeline, push, tag
from tests.e2e.registry import LocalRegistry
from tests.e2e.stack import STACK_LABEL, things_of

_BRANCH = "feature/Größe"
_STACK = review_names.stack_name(_BRANCH)
_PASSPHRASE = "of the trial"  # noqa: S105 - of a state that lives as long as the tests
_PUSHED = push(_BRANCH)


@dataclass(frozen=True)
class Trial:
    """A pipeline with a registry, a state and images for its jobs."""

    pipeline: LocalPipeline
    registry: LocalRegistry
    state: Path
    images: job_images.JobImages

    def run(self, job: str, event: Event = _PUSHED, *, only: str = "") -> Job:
        """Run a job as a runner does whose jobs have the engine's socket and the host's network.

        Args:
            job: its name.
            event: what started its pipeline.
            only: which of its tests to run, as pytest's option ``-k`` takes it.
        """
        variables = {"DOCKYARD_TOOLBOX": self.images.toolbox, "DOCKYARD_BUILDER": "docker"}
        variables["BASE_IMAGE"] = (REPOSITORY / ".dockyard/base-image").read_text().strip()
        variables["DATABASE_IMAGE"] = "dockyard/ferretdb:1.24.2"
        variables["CI_REGISTRY"] = self.registry.address
        variables["CI_REGISTRY_IMAGE"] = f"{self.registry.address}/dockyard"
        variables["PULUMI_BACKEND_URL"] = "file:///state"
        if only:
            variables["PYTEST_ADDOPTS"] = f"--junitxml={job}.xml -k {only}"
        options = ["--pull-policy", "if-not-present", "--helper-image", self.images.helper]
        options += [word for each in variables.items() for word in ("--variable", "=".join(each))]
        options += ["--volume", "/var/run/docker.sock:/var/run/docker.sock"]
        options += ["--volume", f"{self.state}:/state"]
        # One network or the other: a job's services have a network of their own.
        options += [] if "services" in self.pipeline.definition[job] else ["--network", "host"]
        return self.pipeline.run(job, event=event, options=options)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a person at home who works on the same state."""
        return {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{self.state}",
            "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
        }

    def references(self) -> dict[str, str]:
        """Return what the last build wrote down."""
        file = self.pipeline.artifacts("build") / "images.json"
        return dict(json.loads(file.read_text()))


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory, engine: docker.DockerClient) -> Iterator[Trial]:
    """What a project on GitLab has: a registry, a state, and its variables."""
    home = tmp_path_factory.mktemp("pipeline")
    state = home / "state"
    state.mkdir()
    secrets = {
        "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
        "CI_REGISTRY_USER": registry.USERNAME,
        "CI_REGISTRY_PASSWORD": registry.PASSWORD,
    }
    (home / ".gitlab-ci-local").mkdir()
    (home / ".gitlab-ci-local/variables.yml").write_text(yaml.safe_dump({"global": secrets}))
    (home / "registry").mkdir()
    with registry.running(home / "registry") as running:
        trial = Trial(LocalPipeline(home / "clone"), running, state, job_images.made())
        _tell_of_registry(trial)
        trial.pipeline.commit()
        yield trial
        _forget_images(engine, running)


@pytest.fixture(scope="module")
def built(trial: Trial) -> Trial:
    """The same, after the job build."""
    trial.run("build")
    return trial


def _forget_images(engine: docker.DockerClient, running: LocalRegistry) -> None:
    for image in engine.images.list():
        for digest in image.attrs["RepoDigests"] or []:
            if digest.startswith(f"{running.address}/"):
                engine.images.remove(digest)


def _tell_of_registry(trial: Trial) -> None:
    """Configure the review stacks' host as docs/delivery.md says."""

    def pulumi(*arguments: str, stdin: str | None = None) -> None:
        subprocess.run(  # noqa: S603
            ["pulumi", *arguments, "--stack", "review", "--non-interactive"],  # noqa: S607
            cwd=trial.pipeline.folder,
            env=trial.environment,
            input=stdin,
            text=True,
            check=True,
            capture_output=True,
        )

    pulumi("stack", "init")
    pulumi("config", "set", "registryAddress", trial.registry.address)
    pulumi("config", "set", "registryUsername", registry.USERNAME)
    pulumi("config", "set", "--secret", "registryPassword", stdin=registry.PASSWORD)
    pulumi("stack", "rm", "--yes", "--preserve-config")


def _images(engine: docker.DockerClient) -> set[str]:
    """Return the digests that the engine knows the running review containers' images by."""
    mine: dict[str, str | list[str] | bool] = {"label": f"{STACK_LABEL}={_STACK}"}
    images = [each.image for each in engine.containers.list(filters=mine)]
    return {digest for image in images if image for digest in image.attrs["RepoDigests"]}


@pytest.mark.endurance
def test_lint_finds_nothing(trial: Trial) -> None:
    trial.run("lint")


def test_units_are_tested_without_an_engine(trial: Trial) -> None:
    said = trial.run("unit", only="test_stacks").output
    assert " passed" in said


def test_services_are_tested_against_the_database_beside_the_job(trial: Trial) -> None:
    said = trial.run("test", only="test_comment").output
    assert " passed" in said


def test_what_is_built_is_pushed_and_known_by_its_digest(built: Trial) -> None:
    references = built.references()
    assert set(references) == {"ui", "post", "comment", "backup"}
    for service, reference in references.items():
        assert reference.startswith(f"{built.registry.address}/dockyard/{service}@sha256:")
        assert "latest" not in built.registry.tags(f"dockyard/{service}")


def test_a_branch_gets_a_page_and_leaves_nothing(built: Trial, engine: docker.DockerClient) -> None:
    try:
        built.run("review")
        dotenv = built.pipeline.artifacts("review") / ".gitlab-ci-reports/dotenv/review.env"
        page = Page(dotenv.read_text().strip().removeprefix("REVIEW_URL="))
        page.wait()
        page.submit("From the review environment")
        assert _STACK in page.front()
        assert _images(engine) >= {built.references()[each] for each in ("ui", "post", "comment")}
    finally:
        said = built.run("stop_review").output
    assert f"{_STACK} is gone." in said
    assert things_of(_STACK, engine) == []
    assert not list(built.state.rglob(f"{_STACK}.json"))


def test_what_the_stop_job_gets_is_enough_to_run_it(built: Trial) -> None:
    built.run("review")
    try:
        stopped = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "delivery", "review", "stop", "--branch", _BRANCH],
            cwd=built.pipeline.artifacts("review"),
            env=built.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert stopped.returncode == 0, stopped.stderr
        assert stopped.stdout.endswith(f"{_STACK} is gone.\n")
    finally:
        built.run("stop_review")


def test_a_release_is_built_under_its_tag_and_planned(built: Trial) -> None:
    released = tag("v1.2.3")
    built.run("build", released)
    for service in built.references():
        assert "v1.2.3" in built.registry.tags(f"dockyard/{service}")
    built.run("plan:staging", released)
    plan = built.pipeline.artifacts("plan:staging") / "plan"
    kept = "".join(each.read_text() for each in plan.rglob("*") if each.is_file())
    assert all(reference in kept for reference in built.references().values())
    assert registry.PASSWORD not in kept
