"""Whose things are: what a host's owner makes carries its name, and makes way for it."""

import asyncio
from typing import Any

import pulumi
import pulumi_docker as docker
import pytest

from components import BridgeNetworks, DockerHost
from components._machine import Machine
from components._ownership import LABEL, remove_leftovers
from components._process import Finished
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


_OWNED = {"name": "web", "labels": [{"label": LABEL, "value": "me"}]}


def _removed(monkeypatch: pytest.MonkeyPatch, type_: str, inputs: Any, *listed: str) -> list[str]:
    """Return what Docker is told to do, where it has listed one thing after the other."""
    lists, calls = iter(listed), []

    async def call(_machine: Machine, *arguments: str) -> Finished:
        if "ls" in arguments:
            assert f"label={LABEL}=me" in arguments
            return Finished(code=0, output=next(lists), errors="")
        calls.append(" ".join(arguments))
        return Finished(code=0, output="", errors="")

    monkeypatch.setattr("components._docker_cli.call", call)
    machine = Machine(name="here", endpoint="unix:///here.sock", address="", place="", identity="")
    asyncio.run(remove_leftovers(machine, type_, inputs))
    assert list(lists) == []
    return calls


@pytest.mark.parametrize(
    ("type_", "command"),
    [
        ("docker:index/container:Container", "container rm --force 2"),
        ("docker:index/network:Network", "network rm 2"),
        ("docker:index/service:Service", "service rm 2"),
    ],
)
def test_a_leftover_of_the_same_name_is_removed(
    monkeypatch: pytest.MonkeyPatch, type_: str, command: str
) -> None:
    assert _removed(monkeypatch, type_, _OWNED, "1 web-old\n2 web\n") == [command]


def test_a_thing_without_an_owner_makes_nothing_go(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _removed(monkeypatch, "docker:index/network:Network", {"name": "web"}) == []


@pytest.mark.parametrize(
    ("published", "commands"),
    [
        ("127.0.0.1:80->8080/tcp", ["container rm --force gate"]),
        ("0.0.0.0:80->8080/tcp", ["container rm --force gate"]),
        ("10.0.0.9:80->8080/tcp", []),
    ],
)
def test_a_container_that_publishes_the_same_port_is_removed(
    monkeypatch: pytest.MonkeyPatch, published: str, commands: list[str]
) -> None:
    inputs = {**_OWNED, "ports": [{"external": 80.0, "ip": "127.0.0.1"}]}
    listed = ("", f"gate {published}\n")
    assert _removed(monkeypatch, "docker:index/container:Container", inputs, *listed) == commands
