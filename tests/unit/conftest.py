"""Fixtures of the unit tests: components and stacks, on Pulumi's mocks."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, settings

from tests.unit.recorder import Answers, Deploy, Engine, Value


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A fresh engine, with an event loop of its own, in which the deployment is real."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    settings.reset_options()
    pulumi.runtime.set_all_config({}, [])
    recorder = Engine()
    mocks.set_mocks(Answers(), project="dockyard", stack="dev", preview=False, monitor=recorder)
    yield recorder
    # A program that was refused leaves the registration of its stack behind.
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()


@pytest.fixture
def deploy(engine: Engine) -> Deploy:
    """Run a program to its end, so that all it registers has landed; return what it returned."""

    def run(program: Callable[[], Any]) -> Any:
        returned: list[Any] = []

        @pulumi.runtime.test  # type: ignore[untyped-decorator]
        def everything() -> None:
            returned.append(program())

        everything()
        return returned[0]

    return run


@pytest.fixture
def value() -> Value:
    """Resolve an output of a program that has run."""

    def resolve(output: pulumi.Output[Any]) -> Any:
        return asyncio.get_event_loop().run_until_complete(output.future())

    return resolve


@pytest.fixture(autouse=True)
def _no_docker_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings fall back on this variable, which a developer's machine may have."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)


@pytest.fixture(autouse=True)
def _nothing_to_look_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mocks say that all is deployed, and no engine has any of it."""
    monkeypatch.setattr("components._presence.look_after", lambda *_: None)
