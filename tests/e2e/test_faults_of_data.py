"""The database is killed under load, or its disk is full; what was acknowledged is there."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import httpx2
import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.load import Load, missing
from tests.e2e.page import Page
from tests.e2e.stack import Stack
from tests.e2e.whole_application import assert_whole, container, prefix_of

_KILLS = 3
_RATE = 20
_POST_EVERY = 5
_WAIT_SECONDS = 120
_DISK_BYTES = 24 * 1024 * 1024
_DATABASE_USER = 10001


def _page_text(stack: Stack, number: int) -> str:
    return httpx2.get(f"{stack.outputs()['url']}/?page={number}", timeout=10).text


def _kill_database(stack: Stack, engine: docker.DockerClient) -> None:
    # Not `docker kill`: that is an order, after which the engine leaves it stopped.
    process = container(stack, "database", engine).attrs["State"]["Pid"]
    assert process > 0, "the database doesn't run"
    os.kill(process, signal.SIGKILL)


def _restarts(stack: Stack, engine: docker.DockerClient) -> int:
    return int(container(stack, "database", engine).attrs["RestartCount"])


def test_a_database_killed_under_load_comes_back_with_every_acknowledged_post(
    reddit: Stack, engine: docker.DockerClient
) -> None:
    page = Page(reddit.outputs()["url"])
    page.wait()
    before = _restarts(reddit, engine)
    with Load(page.url, rate=_RATE, post_every=_POST_EVERY) as load:
        for _ in range(_KILLS):
            load.wait(1)
            _kill_database(reddit, engine)
            load.wait(1)
            page.wait(_WAIT_SECONDS)
    assert load.acknowledged, load.summary
    # Requests may have failed, or waited until it was back.
    assert _restarts(reddit, engine) == before + _KILLS
    assert missing(load.acknowledged, lambda number: _page_text(reddit, number)) == []
    reddit.up("--expect-no-changes")
    assert_whole(reddit, engine)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for a new database and little else."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = f"size={_DISK_BYTES},uid={_DATABASE_USER},gid={_DATABASE_USER}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], check=True)  # noqa: S603, S607
    yield disk
    subprocess.run(["umount", disk], check=True)  # noqa: S603, S607


def _fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


@pytest.mark.skipif(os.geteuid() != 0, reason="a disk of one's own needs root")
def test_a_full_disk_refuses_posts_and_loses_none(
    small_disk: Path, make_stack: MakeStack, engine: docker.DockerClient
) -> None:
    stack = make_stack(
        "dev-full-e2e", uiPort=19552, frontSubnet="10.236.5.0/24", backSubnet="10.236.6.0/24"
    )
    # The stack takes a volume that is there for its own.
    engine.volumes.create(
        f"{prefix_of(stack)}-ferretdb-data",
        driver_opts={"type": "none", "o": "bind", "device": str(small_disk)},
        labels={"org.dockyard.stack": stack.name},
    )
    stack.up()
    page = Page(stack.outputs()["url"])
    ballast = None
    with Load(page.url, rate=_RATE, post_every=_POST_EVERY) as load:
        load.wait(1)
        ballast = _fill(small_disk)
        load.wait(3)
        full = httpx2.post(
            f"{page.url}/new", data={"title": "no room", "link": "https://example.com/"}
        )
        log = container(stack, "ui", engine).logs().decode()
        ballast.unlink()
        page.wait(_WAIT_SECONDS)
        load.wait(1)
    assert full.headers["location"].startswith("/new?title=no+room")
    assert "answered 503: the database has no room left on its disk" in log
    assert load.acknowledged, load.summary
    assert "POST not saved" in {reason for _, reason in load.failures}, load.summary
    assert missing(load.acknowledged, lambda number: _page_text(stack, number)) == []
    # No `up`: this disk is one that no program makes, and there is nothing to repair.
    page.submit("room again")
    assert page.find("room again")
    stack.remove()
