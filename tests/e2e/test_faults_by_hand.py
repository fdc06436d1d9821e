"""Somebody changes with Docker's own commands what a stack has deployed."""

from collections.abc import Callable

import docker
import pytest

from tests.e2e.page import Page
from tests.e2e.stack import Stack
from tests.e2e.whole_application import assert_whole, container, network_name, prefix_of


@pytest.fixture
def page(reddit: Stack) -> Page:
    """The page of the deployed stack."""
    page = Page(reddit.outputs()["url"])
    page.wait()
    return page


def _remove(stack: Stack, role: str, engine: docker.DockerClient) -> None:
    container(stack, role, engine).remove(force=True)


def _stop(stack: Stack, role: str, engine: docker.DockerClient) -> None:
    container(stack, role, engine).stop(timeout=1)


@pytest.mark.parametrize(
    ("role", "harm", "word"), [("database", _remove, "gone"), ("ui", _stop, "stopped")]
)
def test_a_missing_container_fails_a_plain_up_and_a_refreshing_one_brings_it_back(
    reddit: Stack,
    page: Page,
    engine: docker.DockerClient,
    role: str,
    harm: Callable[[Stack, str, docker.DockerClient], None],
    word: str,
) -> None:
    post = page.submit(f"{role} {word}")
    harm(reddit, role, engine)
    refused = reddit.up(check=False)
    assert refused.code != 0
    assert f"{prefix_of(reddit)}-{role} is {word}: that was done by hand" in refused.output
    assert "`pulumi up --refresh`" in refused.output
    reddit.up("--refresh")
    assert_whole(reddit, engine)
    page.wait()
    assert page.find(f"{role} {word}") == post


@pytest.mark.parametrize(("role", "network"), [("post", "front"), ("database", "back")])
def test_a_disconnected_network_is_connected_again(
    reddit: Stack, page: Page, engine: docker.DockerClient, role: str, network: str
) -> None:
    post = page.submit(f"{role} off {network}")
    before = container(reddit, role, engine).id
    name = network_name(reddit, network)
    engine.networks.get(name).disconnect(container(reddit, role, engine))
    said = reddit.up().output
    assert f"Connecting {prefix_of(reddit)}-{role} to the network {name}" in said
    assert_whole(reddit, engine)
    page.wait()
    assert page.find(f"{role} off {network}") == post
    # In place: nobody's connection to the container was lost.
    assert container(reddit, role, engine).id == before


def test_a_network_too_many_is_disconnected(
    reddit: Stack, page: Page, engine: docker.DockerClient
) -> None:
    name = network_name(reddit, "back")
    engine.networks.get(name).connect(container(reddit, "ui", engine))
    said = reddit.up().output
    assert f"Disconnecting {prefix_of(reddit)}-ui from the network {name}" in said
    assert_whole(reddit, engine)


def test_a_network_removed_by_hand_comes_back_with_its_containers(
    reddit: Stack, page: Page, engine: docker.DockerClient
) -> None:
    post = page.submit("without a network")
    back = engine.networks.get(network_name(reddit, "back"))
    for role in ("database", "post", "comment"):
        back.disconnect(container(reddit, role, engine))
    back.remove()
    refused = reddit.up(check=False)
    assert refused.code != 0
    assert "`pulumi up --refresh`" in refused.output
    reddit.up("--refresh")
    assert_whole(reddit, engine)
    page.wait()
    assert page.find("without a network") == post
