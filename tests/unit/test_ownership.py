"""Whose things are: what a host's owner makes carries its name, and makes way for it."""

import pulumi
import pulumi_docker as docker

from components import BridgeNetworks, DockerHost
from components._ownership import LABEL
from tests.unit.recorder import STASH, Deploy, Engine


def _owner(engine: Engine, network: str) -> str | None:
    labels = engine[network].inputs["labels"]
    return {each["label"]: each["value"] for each in labels}.get(LABEL)


def test_what_is_made_on_a_host_carries_its_owners_name(deploy: Deploy, engine: Engine) -> None:
    def program() -> None:
        one, two = DockerHost("one", {}), DockerHost("two", {"endpoint": "unix:///two.sock"})
        for host, name in ((one, "a"), (one, "b"), (two, "c")):
            opts = pulumi.ResourceOptions(provider=host.provider)
            BridgeNetworks(name, {"networks": {"net": {"name": name}}}, opts)

    deploy(program)
    first, second, other = (_owner(engine, f"{name}-net") for name in "abc")
    assert first == second
    assert first != other
    assert first == engine["one-owner"].inputs["input"]


def test_the_owners_name_is_made_up_once(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: DockerHost("one", {}))
    assert engine["one-owner"].type == STASH
    assert list(engine["one-owner"].request.ignoreChanges) == ["input"]


def test_leftovers_are_looked_for_before_a_thing_is_created_and_never_on_a_destroy(
    deploy: Deploy, engine: Engine
) -> None:
    def program() -> None:
        opts = pulumi.ResourceOptions(provider=DockerHost("one", {}).provider)
        BridgeNetworks("nets", {"networks": {"net": {}}}, opts)

    deploy(program)
    hooks = engine["nets-net"].request.hooks
    assert list(hooks.before_create) == ["nets-leftovers"]
    assert not hooks.before_delete


def test_on_a_provider_of_the_callers_own_nothing_is_owned_or_removed(
    deploy: Deploy, engine: Engine
) -> None:
    def program() -> None:
        opts = pulumi.ResourceOptions(provider=docker.Provider("own", host="unix:///own.sock"))
        BridgeNetworks("nets", {"networks": {"net": {}}}, opts)

    deploy(program)
    assert _owner(engine, "nets-net") is None
    assert not engine["nets-net"].request.hooks.before_create
