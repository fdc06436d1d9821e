"""A RunnerPool of real containers, on an image that says what it was given and how it stopped."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from tests.e2e.project import Project
from tests.e2e.stack import REPOSITORY, Run

TOKEN = "glrt-e2e_5f0c7c1be7a14c3e9b7d"  # noqa: S105 - nobody's
PREFIX = "runners-e2e"
JOB = "/tmp/job"  # noqa: S108 - inside the container
_IMAGE_FOLDER = Path(__file__).parent / "stand_in_images" / "runner"
_BASE_IMAGE = (REPOSITORY / ".dockyard/base-image").read_text().strip()
_WAIT_SECONDS = 300
_NANOSECONDS = 10**9

PROGRAM = """
import pulumi

from components import BridgeNetworks, DockerHost, RunnerPool

config = pulumi.Config()
host = DockerHost("here", {})
on_host = pulumi.ResourceOptions(provider=host.provider)
networks = BridgeNetworks(
    "networks", {"networks": {"runners-e2e-net": {"subnet": "10.218.31.0/24"}}}, on_host
)
pool = RunnerPool(
    "runners",
    {
        "prefix": "runners-e2e",
        "gitlab_url": "http://gitlab.invalid",
        "token": config.require_secret("token"),
        "network_id": networks.network_ids["runners-e2e-net"],
        "image": config.require("image"),
        "health_interval_seconds": 1,
        "jobs": {"image": "alpine:3.22"},
        **config.require_object("pool"),
    },
    on_host,
)
pulumi.export("system_ids", pool.system_ids)
"""


class Pool(Project):
    """A project whose one stack is a pool."""

    def __init__(self, folder: Path, image: str) -> None:
        super().__init__(folder, "runners", PROGRAM)
        self.set("image", image)
        self.pulumi("config", "set", "--secret", "token", TOKEN)

    def deploy(self, *arguments: str, **pool: object) -> Run:
        """Deploy the pool with these arguments."""
        self.set("pool", pool)
        return self.up(*arguments)


@pytest.fixture(scope="module")
def image(engine: docker.DockerClient) -> str:
    """The stand-in's image, named by its sources."""
    sources = b"".join(file.read_bytes() for file in sorted(_IMAGE_FOLDER.iterdir()))
    tag = f"dockyard/stand-in-runner:{hashlib.sha256(sources).hexdigest()[:12]}"
    engine.images.build(
        path=str(_IMAGE_FOLDER), tag=tag, buildargs={"BASE_IMAGE": _BASE_IMAGE}, rm=True
    )
    return tag


@pytest.fixture(scope="module")
def pool(
    tmp_path_factory: pytest.TempPathFactory, engine: docker.DockerClient, image: str
) -> Iterator[Pool]:
    """A pool that each test brings to the size it wants; it is gone at the end."""
    pool = Pool(tmp_path_factory.mktemp("runners"), image)
    yield pool
    for manager in engine.containers.list(filters={"name": f"^/{PREFIX}-runner-"}):
        _end_job(manager)
    pool.destroy()


def _managers(engine: docker.DockerClient) -> dict[str, Container]:
    found = engine.containers.list(all=True, filters={"name": f"^/{PREFIX}-runner-"})
    return {str(each.name): each for each in found}


def _ids(engine: docker.DockerClient) -> dict[str, str]:
    return {name: str(each.id) for name, each in _managers(engine).items()}


def _named(*numbers: int) -> set[str]:
    return {f"{PREFIX}-runner-{number}" for number in numbers}


def _log(container: Container) -> list[dict[str, Any]]:
    return [json.loads(line) for line in container.logs().splitlines()]


def _started(container: Container) -> dict[str, Any]:
    return next(each for each in _log(container) if each["event"] == "started")


def _begin_job(container: Container) -> None:
    assert container.exec_run(["touch", JOB]).exit_code == 0


def _end_job(container: Container) -> None:
    assert container.exec_run(["rm", "-f", JOB]).exit_code == 0


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


@contextmanager
def _ending(engine: docker.DockerClient, container: Container) -> Iterator[dict[str, Any]]:
    """Record, by the engine's own word, which signals a container gets and how it ends."""
    seen: dict[str, Any] = {"signals": [], "times": []}
    since = int(time.time())
    yield seen
    events = engine.events(
        since=since,
        # The end of the second that it is now.
        until=int(time.time()) + 1,
        decode=True,
        filters={"container": container.id, "event": ["kill", "die"]},
    )
    for event in events:
        attributes = event["Actor"]["Attributes"]
        if event["Action"] == "kill":
            seen["signals"].append(int(attributes["signal"]))
            seen["times"].append(event["timeNano"] / _NANOSECONDS)
        else:
            seen["code"] = int(attributes["exitCode"])


def test_each_manager_has_its_files_with_the_right_modes(
    engine: docker.DockerClient, pool: Pool
) -> None:
    pool.deploy(count=3)
    managers = _managers(engine)
    assert set(managers) == _named(1, 2, 3)
    for name, manager in managers.items():
        started = _started(manager)
        assert started["name"] == name
        assert started["arguments"] == ["run"]
        assert started["engine"], "it has to make the jobs' containers"
        modes = {path: (each["mode"], each["user"]) for path, each in started["files"].items()}
        assert modes == {
            "/etc/gitlab-runner/config.toml": ("0600", 0),
            "/etc/gitlab-runner/.runner_system_id": ("0600", 0),
        }


def test_nobody_who_looks_at_a_manager_or_the_state_sees_the_token(
    engine: docker.DockerClient, pool: Pool
) -> None:
    pool.deploy(count=3)
    seen = {
        "state": pool.pulumi("stack", "export").output,
        "preview": pool.pulumi("preview", "--json").output,
        "outputs": pool.pulumi("stack", "output", "--json").output,
        **{name: json.dumps(each.attrs) for name, each in _managers(engine).items()},
        **{f"{name}'s log": str(each.logs()) for name, each in _managers(engine).items()},
    }
    assert [where for where, text in seen.items() if TOKEN in text] == []


@pytest.mark.parametrize("refresh", [[], ["--refresh"]])
def test_a_second_run_changes_nothing(
    engine: docker.DockerClient, pool: Pool, refresh: list[str]
) -> None:
    pool.deploy(count=3)
    before = _ids(engine)
    pool.pulumi("preview", "--expect-no-changes", *refresh)
    pool.deploy("--expect-no-changes", *refresh, count=3)
    assert _ids(engine) == before


def test_a_pool_grows_and_shrinks_without_touching_the_rest(
    engine: docker.DockerClient, pool: Pool
) -> None:
    pool.deploy(count=3)
    three = _ids(engine)
    pool.deploy(count=5)
    five = _ids(engine)
    assert set(five) == _named(1, 2, 3, 4, 5)
    assert {name: five[name] for name in three} == three
    pool.deploy(count=2)
    two = _ids(engine)
    assert two == {name: three[name] for name in _named(1, 2)}


def test_a_manager_that_goes_finishes_its_job_first(
    engine: docker.DockerClient, pool: Pool
) -> None:
    pool.deploy(count=2)
    leaving = _managers(engine)[f"{PREFIX}-runner-2"]
    _begin_job(leaving)
    pool.set("pool", {"count": 1})
    with _ending(engine, leaving) as end:
        up = pool.start("up", "--yes", "--skip-preview")
        _wait(lambda: _log(leaving)[-1]["event"] == "draining")
        assert up.poll() is None, "the deployment waits for the job"
        _end_job(leaving)
        pool.finish(up)
    assert (end["signals"], end["code"]) == ([3], 0)
    assert set(_ids(engine)) == _named(1)


def test_a_job_that_outlasts_the_grace_is_ended(engine: docker.DockerClient, pool: Pool) -> None:
    pool.deploy(count=2, grace_seconds=2)
    leaving = _managers(engine)[f"{PREFIX}-runner-2"]
    _begin_job(leaving)
    with _ending(engine, leaving) as end:
        pool.deploy(count=1, grace_seconds=2)
    assert (end["signals"], end["code"]) == ([3, 9], 137)
    asked, killed = end["times"]
    assert killed - asked >= 2


def test_a_manager_is_the_same_to_gitlab_after_its_replacement(
    engine: docker.DockerClient, pool: Pool
) -> None:
    def identities() -> dict[str, str]:
        file = "/etc/gitlab-runner/.runner_system_id"
        return {
            name: str(_started(manager)["files"][file]["sha256"])
            for name, manager in _managers(engine).items()
        }

    pool.deploy(count=2)
    before, containers = identities(), _ids(engine)
    pool.deploy(count=2, concurrent=5)
    assert set(containers.values()).isdisjoint(_ids(engine).values())
    assert identities() == before
    assert len(set(before.values())) == 2
    published = json.loads(pool.pulumi("stack", "output", "--json").output)["system_ids"]
    assert [hashlib.sha256(each.encode()).hexdigest() for each in published] == [
        before[f"{PREFIX}-runner-{number}"] for number in (1, 2)
    ]


def test_the_token_goes_with_the_manager(engine: docker.DockerClient, pool: Pool) -> None:
    pool.deploy(count=2)
    leaving = _managers(engine)[f"{PREFIX}-runner-2"]
    volumes = {each["Name"] for each in leaving.attrs["Mounts"] if each["Type"] == "volume"}
    assert volumes, "the image keeps the manager's files in a volume"
    pool.deploy(count=1)
    assert volumes.isdisjoint(each.name for each in engine.volumes.list())
