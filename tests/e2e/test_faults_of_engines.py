"""The engine dies in the middle of a deployment, or its whole host; the application moves."""

import os
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.image_copy import of_application
from tests.e2e.page import Page
from tests.e2e.private_engine import PrivateEngine
from tests.e2e.stack import Stack, things_of
from tests.e2e.whole_application import ROLES, assert_whole, prefix_of, wait_for_things

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an engine of one's own needs root")

_WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def private_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[PrivateEngine]]:
    """Two engines that hold the application's images and nothing else."""
    references = of_application()
    home = tmp_path_factory.mktemp("engines")
    with PrivateEngine(home / "one") as one, PrivateEngine(home / "two") as two:
        one.load(references)
        two.load(references)
        yield [one, two]


def _assert_whole(engine: PrivateEngine, stack: Stack) -> None:
    client = engine.client
    assert_whole(stack, client)
    # Nothing without our label either: no leftover of a half-made resource.
    assert len(client.containers.list(all=True)) == len(ROLES)
    assert {each.name for each in client.networks.list()} == {
        *("bridge", "host", "none"),
        *(f"{prefix_of(stack)}-{each}" for each in ("front_net", "back_net")),
    }
    assert len(client.volumes.list()) == 1
    client.close()


@pytest.mark.parametrize(
    "things",
    [pytest.param(3, marks=pytest.mark.endurance), 4, pytest.param(7, marks=pytest.mark.endurance)],
)
def test_an_engine_killed_in_the_middle_of_an_up_is_healed_by_the_next(
    private_engines: list[PrivateEngine], make_stack: MakeStack, things: int
) -> None:
    engine = private_engines[0]
    stack = make_stack(f"dev-killed{things}-e2e", dockerHost=engine.endpoint, uiPort=19300 + things)
    deploying = stack.start(*stack.up_command())
    client = engine.client
    wait_for_things(stack, client, things, deploying=deploying)
    client.close()
    engine.kill()
    output, _ = deploying.communicate(timeout=_WAIT_SECONDS)
    engine.start()
    assert deploying.returncode != 0, output
    stack.up()
    _assert_whole(engine, stack)
    stack.remove(engine.client)


def test_a_host_that_loses_its_power_comes_back_by_itself_with_every_post(
    private_engines: list[PrivateEngine], make_stack: MakeStack
) -> None:
    engine = private_engines[0]
    stack = make_stack("dev-power-e2e", dockerHost=engine.endpoint, uiPort=19550)
    stack.up()
    page = Page(stack.outputs()["url"])
    posts = {title: engine.inside(page.submit, title) for title in ("first", "last")}
    engine.lose_power()
    engine.start()
    engine.inside(page.wait)
    assert {title: engine.inside(page.find, title) for title in posts} == posts
    stack.up("--expect-no-changes")
    _assert_whole(engine, stack)
    stack.remove(engine.client)


@pytest.mark.endurance
def test_another_engine_takes_everything_along(
    private_engines: list[PrivateEngine], make_stack: MakeStack
) -> None:
    old, new = private_engines
    stack = make_stack("dev-moving-e2e", dockerHost=old.endpoint, uiPort=19399)
    stack.up()
    stack.configure(dockerHost=new.endpoint)
    stack.up()
    _assert_whole(new, stack)
    left = old.client
    # The data is not destroyed with its host's role; moving it is the operator's decision.
    assert things_of(stack.name, left) == ["reddit-moving-e2e-ferretdb-data"]
    left.close()
    stack.remove(new.client)
