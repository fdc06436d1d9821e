"""Fixtures of the end-to-end tests: the real engine, a real Docker Engine, whole stacks."""

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import docker
import pytest

from tests.e2e import installation
from tests.e2e.stack import Stack, remove_leftovers

MakeStack = Callable[..., Stack]
Install = Callable[..., Path]


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """The Docker Engine that the stacks under test run on."""
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="module")
def make_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeStack]:
    """Make stacks, which share a state; they are destroyed with their data after the module.

    Not later: the health checks of what runs on would slow down all that follows.
    """
    home = tmp_path_factory.mktemp("stacks")
    made: list[Stack] = []

    def make(name: str, *, prefix_command: Sequence[str] = (), **config: object) -> Stack:
        remove_leftovers(name)
        stack = Stack(name, home, config, prefix_command)
        made.append(stack)
        return stack

    yield make
    for stack in made:
        stack.remove()


@pytest.fixture(scope="module")
def reddit(make_stack: MakeStack) -> Stack:
    """The dev stack, deployed once for a module; each test leaves it as healthy as it found it."""
    stack = make_stack(
        "dev-e2e", uiPort=19292, frontSubnet="10.216.1.0/24", backSubnet="10.216.2.0/24"
    )
    stack.up()
    return stack


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library as others get it, built once for all tests."""
    return installation.build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Return a virtualenv with the wheel and extras in it, made once for all tests."""

    @functools.cache
    def with_extras(*extras: str) -> Path:
        folder = tmp_path_factory.mktemp("-".join(["installed", *extras]))
        return installation.install(wheel, folder / "venv", extras)

    return with_extras
