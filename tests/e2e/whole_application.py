"""The application is whole: after a fault, this is what has to be true again."""

import subprocess
import time
from typing import Any

import docker

from tests.e2e.stack import Stack, things_of

ROLES = ("comment", "database", "post", "ui")
_FRONT, _BACK = "front_net", "back_net"
_NETWORKS = {
    "ui": {_FRONT},
    "post": {_FRONT, _BACK},
    "comment": {_FRONT, _BACK},
    "database": {_BACK},
}
_WAIT_SECONDS = 60


def prefix_of(stack: Stack) -> str:
    """Return what the names of a stack's things begin with."""
    return f"reddit-{stack.name.partition('-')[2]}"


def container(stack: Stack, role: str, engine: docker.DockerClient) -> Any:
    """Return a container of a stack."""
    return engine.containers.get(f"{prefix_of(stack)}-{role}")


def network_name(stack: Stack, role: str) -> str:
    """Return Docker's name of a network of a stack: ``front`` or ``back``."""
    return f"{prefix_of(stack)}-{role}_net"


def assert_whole(stack: Stack, engine: docker.DockerClient) -> None:
    """Check that all of a stack is there, connected and healthy, and nothing else of it.

    The state says the same, so that there is nothing left to do.
    """
    prefix = prefix_of(stack)
    names = [*ROLES, _FRONT, _BACK, "ferretdb-data"]
    assert things_of(stack.name, engine) == sorted(f"{prefix}-{each}" for each in names)
    for role in ROLES:
        networks = container(stack, role, engine).attrs["NetworkSettings"]["Networks"]
        assert set(networks) == {f"{prefix}-{each}" for each in _NETWORKS[role]}, role
        _wait_until_healthy(stack, role, engine)
    stack.preview("--refresh", "--expect-no-changes")


def wait_for_things(
    stack: Stack,
    engine: docker.DockerClient,
    count: int,
    *,
    deploying: subprocess.Popen[str],
    seconds: float = _WAIT_SECONDS,
) -> None:
    """Wait until a deployment that is under way has made so many things."""
    deadline = time.monotonic() + seconds
    while len(things_of(stack.name, engine)) < count:
        assert deploying.poll() is None, deploying.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _wait_until_healthy(stack: Stack, role: str, engine: docker.DockerClient) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while (
        status := container(stack, role, engine).attrs["State"]["Health"]["Status"]
    ) != "healthy":
        assert time.monotonic() < deadline, (role, status)
        time.sleep(0.1)
