"""Bad input: one clear error each, and nothing created."""

import socket
from collections.abc import Iterator

import docker
import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.stack import Stack, things_of

NAME = "dev-bad-e2e"
# Follows any error of a provider or a hook.
ENGINES_VERDICT = "update failed"
FREE = {"uiPort": 19294, "frontSubnet": "10.216.21.0/24", "backSubnet": "10.216.22.0/24"}


@pytest.fixture(scope="module")
def bad(make_stack: MakeStack) -> Stack:
    """A stack that is never deployed."""
    return make_stack(NAME, **FREE)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that another program, this one, listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _assert_refused(stack: Stack, engine: docker.DockerClient, message: str) -> None:
    run = stack.up(check=False)
    assert run.code != 0
    said = [line for line in run.errors if line != ENGINES_VERDICT]
    assert len(said) == 1, run.output
    assert message in said[0]
    assert "Traceback" not in run.output
    assert things_of(NAME, engine) == []


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"uiPrt": 1}, "'dockyard:uiPrt' is an unknown key; did you mean uiPort?"),
        ({"uiPort": "http"}, "uiPort"),
        ({"keepData": "maybe"}, "keepData"),
        ({"uiPort": 0}, "dockyard:uiPort: 0 is not a whole number from 1 to 65535"),
        ({"uiPort": 70000}, "dockyard:uiPort: 70000 is not a whole number from 1 to 65535"),
        ({"frontSubnet": "10.216.22.0/25"}, "overlaps 10.216.22.0/24 (dockyard:backSubnet)"),
        ({"uiImage": "ui:latest"}, "dockyard:uiImage: 'ui:latest' means another image tomorrow"),
        ({"uiImage": "dockyard.invalid/ui:9.9.9"}, "dockyard.invalid/ui:9.9.9"),
        ({"dockerHost": "unix:///nowhere/docker.sock"}, "unix:///nowhere/docker.sock"),
    ],
)
def test_a_bad_value_is_one_error_and_nothing_is_created(
    bad: Stack, engine: docker.DockerClient, config: dict[str, object], message: str
) -> None:
    bad.configure(**config)
    try:
        _assert_refused(bad, engine, message)
    finally:
        bad.configure(**{key: FREE.get(key) for key in config})
        bad.destroy()


def test_a_port_in_use_is_refused_in_the_preview_too(
    bad: Stack, engine: docker.DockerClient, taken_port: int
) -> None:
    bad.configure(uiPort=taken_port)
    try:
        message = f"Port 127.0.0.1:{taken_port} can't be published: another program listens on it"
        assert message in bad.preview(check=False).output
        _assert_refused(bad, engine, message)
    finally:
        bad.configure(uiPort=FREE["uiPort"])


def test_an_unknown_stack_lists_the_known_ones(make_stack: MakeStack) -> None:
    stack = make_stack("develop-e2e")
    run = stack.up(check=False)
    assert run.code != 0
    assert run.errors == [
        "stack: 'develop-e2e' is of no known kind; name it dev or dev-<anything>, "
        "prod or prod-<anything>, ci or ci-<anything>, review or review-<anything>"
    ]
