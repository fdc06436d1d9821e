"""New versions go live while people use the page, and none of them notices."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import docker
import pytest
from docker.models.containers import Container

from airgap.gateway_image import IMAGE
from app import images
from tests.e2e.conftest import MakeStack
from tests.e2e.load import Load, missing
from tests.e2e.page import Page
from tests.e2e.stack import STACK_LABEL, Stack

_PREFIX = "reddit-updates-e2e"
_PORT = 19400
_PAGE = Page(f"http://127.0.0.1:{_PORT}")
# What any machine can serve beside a deployment; see Strain for what is asked of it at most.
_RATE = 10
# So that the load is there before the change, and sees what comes after it.
_MARGIN_SECONDS = 1
_IMPATIENT: dict[str, object] = {"startTimeoutSeconds": 10}
_PATIENT: dict[str, object] = {"startTimeoutSeconds": 120}
# The services wait a few seconds for the database before they say that it is gone.
_NOTICE_SECONDS = 60


class Strain(NamedTuple):
    """How much is asked of the application while it is updated.

    Attributes:
        rate: requests a second.
        updates: in a row.
    """

    rate: int
    updates: int


@pytest.fixture(
    params=[Strain(_RATE, 3), pytest.param(Strain(50, 10), marks=pytest.mark.endurance)],
    ids=lambda strain: f"{strain.rate} a second",
)
def strain(request: pytest.FixtureRequest) -> Strain:
    """Little on every run, and as much as is promised on the long one."""
    chosen: Strain = request.param
    return chosen


class Versions:
    """Images of services that differ from the ones built from ``app/`` in little.

    Args:
        folder: an empty folder to build in.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.made: list[str] = []

    def make(self, role: str, version: str, *instructions: str) -> str:
        """Build an image and return its reference."""
        reference = f"dockyard/{role}:{version}"
        (self._folder / "VERSION").write_text(version)
        lines = [
            f"FROM {images.reference(role)}",
            f"COPY VERSION /app/{role}/VERSION",
            *instructions,
        ]
        (self._folder / "Dockerfile").write_text("\n".join(lines))
        subprocess.run(  # noqa: S603
            ["docker", "build", "--quiet", "--tag", reference, self._folder],  # noqa: S607
            check=True,
            capture_output=True,
        )
        self.made.append(reference)
        return reference


@pytest.fixture(scope="module")
def versions(
    tmp_path_factory: pytest.TempPathFactory, engine: docker.DockerClient
) -> Iterator[Versions]:
    made = Versions(tmp_path_factory.mktemp("versions"))
    yield made
    for reference in made.made:
        engine.images.remove(reference, force=True)


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack) -> Stack:
    """The application behind a gateway, deployed once; each test leaves it healthy."""
    stack = make_stack(
        "dev-updates-e2e",
        uiPort=_PORT,
        gatewayImage=IMAGE,
        frontSubnet="10.234.1.0/24",
        backSubnet="10.234.2.0/24",
        **_PATIENT,
    )
    stack.up()
    _PAGE.wait()
    return stack


def _update(
    stack: Stack,
    load: Load,
    config: dict[str, object],
    *,
    check: bool = True,
    refresh: bool = False,
) -> str:
    """Deploy with another configuration and return what the CLI said."""
    load.wait(_MARGIN_SECONDS)
    stack.configure(**config)
    run = stack.up(*(["--refresh"] if refresh else []), check=check)
    assert check or run.code != 0, run.output
    load.wait(_MARGIN_SECONDS)
    return run.output


def test_updates_of_the_ui_in_a_row_lose_no_request(
    stack: Stack, versions: Versions, strain: Strain
) -> None:
    wanted = [f"2.0.{strain.rate}-{number}" for number in range(strain.updates)]
    references = [versions.make("ui", version) for version in wanted]
    with Load(_PAGE.url, rate=strain.rate) as load:
        for reference in references:
            _update(stack, load, {"uiImage": reference})
    load.assert_nothing_lost()
    assert [each for each in load.versions if each in wanted] == wanted
    stack.preview("--refresh", "--expect-no-changes")


@pytest.mark.parametrize("role", ["post", "comment"])
def test_an_update_of_a_service_behind_the_page_loses_no_request(
    stack: Stack, versions: Versions, role: str
) -> None:
    reference = versions.make(role, "2.1.0")
    with Load(_PAGE.url, rate=_RATE) as load:
        _update(stack, load, {f"{role}Image": reference})
    load.assert_nothing_lost()
    assert reference in stack.images()
    assert load.acknowledged
    assert not missing(load.acknowledged, _PAGE.posts)


def test_a_version_that_never_gets_healthy_gets_no_request_and_the_old_one_serves_on(
    stack: Stack, versions: Versions, engine: docker.DockerClient, strain: Strain
) -> None:
    good = versions.make("ui", "2.2.0")
    stack.configure(uiImage=good)
    stack.up()
    # It listens where it should, and answers everything, wrongly.
    bad = versions.make("ui", "2.2.1", 'CMD ["python3", "-m", "http.server", "9292"]')
    with Load(_PAGE.url, rate=strain.rate) as load:
        errors = _update(stack, load, {"uiImage": bad, **_IMPATIENT}, check=False)
        assert f"{_PREFIX}-ui did not become healthy" in errors
        # Not even a refresh makes the next run take it for good, and delete the old one.
        errors = _update(stack, load, {}, check=False, refresh=True)
        assert f"{_PREFIX}-ui-old stays and serves on" in errors
        _update(stack, load, {"uiImage": versions.make("ui", "2.2.2"), **_PATIENT})
    load.assert_nothing_lost()
    assert set(load.versions) == {"2.2.0", "2.2.2"}
    assert _containers(engine) == _expected(gateway=True)
    stack.preview("--refresh", "--expect-no-changes")


@pytest.mark.endurance
def test_a_version_that_never_got_healthy_can_be_taken_back(
    stack: Stack, versions: Versions, engine: docker.DockerClient
) -> None:
    before = versions.make("ui", "2.3.0")
    stack.configure(uiImage=before)
    stack.up()
    bad = versions.make("ui", "2.3.1", 'CMD ["python3", "-m", "http.server", "9292"]')
    with Load(_PAGE.url, rate=_RATE) as load:
        _update(stack, load, {"uiImage": bad, **_IMPATIENT}, check=False)
        _update(stack, load, {"uiImage": before, **_PATIENT})
    load.assert_nothing_lost()
    assert set(load.versions) == {"2.3.0"}
    assert _containers(engine) == _expected(gateway=True)


def test_a_run_killed_while_it_takes_the_old_one_away_costs_no_request(
    stack: Stack, versions: Versions, engine: docker.DockerClient
) -> None:
    stack.configure(uiImage=versions.make("ui", "2.4.0"))
    stack.up()
    old = engine.containers.get(f"{_PREFIX}-ui")
    # Longer than the gateway has patience for: somebody has to serve until it is there.
    slow = versions.make("ui", "2.4.1", 'CMD ["sh", "-c", "sleep 10; exec python3 -m ui"]')
    with Load(_PAGE.url, rate=_RATE) as load:
        load.wait(_MARGIN_SECONDS)
        stack.configure(uiImage=slow)
        updating = stack.start(*stack.up_command())
        _wait_until_told_to_stop(old, engine)
        _kill_with_descendants(updating.pid)
        updating.communicate()
        old.wait(timeout=_NOTICE_SECONDS)
        stack.unlock()
        _update(stack, load, {})
    load.assert_nothing_lost()
    assert _containers(engine) == _expected(gateway=True)
    stack.preview("--refresh", "--expect-no-changes")


def _wait_until_told_to_stop(container: Container, engine: docker.DockerClient) -> None:
    wanted = {"container": str(container.id), "event": "kill"}
    now = datetime.now(tz=UTC)
    events = engine.events(
        since=now, until=now + timedelta(seconds=_NOTICE_SECONDS), filters=wanted
    )
    assert next(events, None), f"{container.name} was not told to stop"


def _kill_with_descendants(pid: int) -> None:
    # A process is the child of the thread that started it.
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    os.kill(pid, signal.SIGKILL)
    for child in children:
        _kill_with_descendants(child)


def test_the_page_outlives_the_services_behind_it(
    stack: Stack, engine: docker.DockerClient
) -> None:
    database = engine.containers.get(f"{_PREFIX}-database")
    database.pause()
    try:
        deadline = time.monotonic() + _NOTICE_SECONDS
        while "Can&#39;t show blog posts" not in _PAGE.front():
            assert time.monotonic() < deadline
    finally:
        database.unpause()
    _PAGE.wait()


@pytest.mark.endurance
def test_the_gateway_is_taken_out_and_put_in_by_one_up_each(
    stack: Stack, engine: docker.DockerClient
) -> None:
    for image in ("", IMAGE):
        stack.configure(gatewayImage=image)
        stack.up()
        _PAGE.wait()
        assert _containers(engine) == _expected(gateway=bool(image))
        stack.preview("--refresh", "--expect-no-changes")


def _containers(engine: docker.DockerClient) -> list[str]:
    mine: dict[str, str | list[str] | bool] = {"label": f"{STACK_LABEL}=dev-updates-e2e"}
    return sorted(str(each.name) for each in engine.containers.list(all=True, filters=mine))


def _expected(*, gateway: bool) -> list[str]:
    roles = ["comment", "database", "post", "ui", *(["gateway"] if gateway else [])]
    return sorted(f"{_PREFIX}-{role}" for role in roles)


def test_haproxy_accepts_the_configuration_without_a_warning(
    stack: Stack, engine: docker.DockerClient
) -> None:
    gateway = engine.containers.get(f"{_PREFIX}-gateway")
    code, output = gateway.exec_run(["haproxy", "-c", "-V", "-f", "/tmp/haproxy.cfg"])  # noqa: S108
    assert code == 0
    assert isinstance(output, bytes)
    assert output.decode().split() == ["Configuration", "file", "is", "valid"]
