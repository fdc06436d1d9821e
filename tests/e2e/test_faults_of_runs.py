"""A run of Pulumi is killed, interrupted, or loses its way to the host."""

import signal

import docker
import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.page import Page
from tests.e2e.stack import Stack
from tests.e2e.whole_application import assert_whole, wait_for_things

_WAIT_SECONDS = 120


def _interrupt(stack: Stack, engine: docker.DockerClient, things: int, number: int) -> str:
    """Send the CLI a signal once an `up` has made so many things; return what it said."""
    deploying = stack.start(*stack.up_command())
    wait_for_things(stack, engine, things, deploying=deploying, seconds=_WAIT_SECONDS)
    deploying.send_signal(number)
    output, _ = deploying.communicate(timeout=_WAIT_SECONDS)
    assert deploying.returncode != 0, output
    return output


@pytest.mark.parametrize("things", [3, pytest.param(5, marks=pytest.mark.endurance)])
def test_a_killed_run_leaves_a_lock_and_nothing_that_the_next_one_stumbles_over(
    make_stack: MakeStack, engine: docker.DockerClient, things: int
) -> None:
    stack = make_stack(
        f"dev-cut{things}-e2e",
        uiPort=19553,
        frontSubnet="10.236.11.0/24",
        backSubnet="10.236.12.0/24",
    )
    _interrupt(stack, engine, things, signal.SIGKILL)
    refused = stack.up(check=False)
    assert refused.code != 0
    assert "currently locked" in refused.output
    assert "pulumi cancel" in refused.output
    stack.unlock()
    stack.up()
    # Else every further run would warn of what became of them.
    assert not stack.state()["deployment"].get("pending_operations")
    Page(stack.outputs()["url"]).wait()
    assert_whole(stack, engine)
    stack.remove()


def test_an_interrupted_run_ends_in_order_and_the_next_one_goes_on(
    make_stack: MakeStack, engine: docker.DockerClient
) -> None:
    stack = make_stack(
        "dev-ctrlc-e2e", uiPort=19554, frontSubnet="10.236.13.0/24", backSubnet="10.236.14.0/24"
    )
    _interrupt(stack, engine, 4, signal.SIGINT)
    # No lock, and nothing in doubt.
    assert not stack.state()["deployment"].get("pending_operations")
    stack.up()
    Page(stack.outputs()["url"]).wait()
    assert_whole(stack, engine)
    stack.remove()
