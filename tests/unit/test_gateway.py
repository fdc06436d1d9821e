"""A gateway before the services of an application."""

from copy import deepcopy
from typing import Any

import pulumi
import pytest

from components import ContainerApp, ContainerAppArgs, DockerHost
from components.checks import ArgumentError
from tests.unit.recorder import CONTAINER, Deploy, Engine

ARGS: ContainerAppArgs = {
    "prefix": "shop",
    "network_ids": {"outside": "outside-id", "inside": "inside-id"},
    "services": {
        "web": {
            "image": "web:1",
            "networks": {"outside": []},
            "health_command": ["true"],
            "after": ["store"],
            "ports": [{"internal": 80, "external": 8000, "bind_address": "0.0.0.0"}],  # noqa: S104
        },
        "store": {
            "image": "store:1",
            "networks": {"outside": ["store"], "inside": []},
            "health_command": ["true"],
            "after": ["cache"],
        },
        "cache": {
            "image": "cache:1",
            "networks": {"inside": ["cache"]},
            "health_command": ["true"],
        },
    },
    "gateway": {
        "image": "haproxy:3.2",
        "network": "outside",
        "routes": {"web": {"port": 80}, "store": {"port": 8080, "health_path": "/ready"}},
    },
}


@pytest.fixture(autouse=True)
def _nothing_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mocks say that all is deployed, and no engine has any of it."""
    monkeypatch.setattr("components._handover.refuse_failed", lambda *_: None)


def _deploy(deploy: Deploy, args: ContainerAppArgs = ARGS) -> None:
    def program() -> None:
        opts = pulumi.ResourceOptions(provider=DockerHost("here", {}).provider)
        ContainerApp("shop", args, opts)

    deploy(program)


def _aliases(engine: Engine, name: str) -> dict[str, list[str]]:
    joined = engine[name].inputs["networksAdvanced"]
    return {each["name"]: each.get("aliases", []) for each in joined}


def test_the_gateway_takes_the_ports_and_aliases_of_the_services_behind_it(
    deploy: Deploy, engine: Engine
) -> None:
    _deploy(deploy)
    assert _aliases(engine, "shop-gateway") == {"outside-id": ["store"]}
    (port,) = engine["shop-gateway"].inputs["ports"]
    assert (port["external"], port["ip"]) == (8000, "0.0.0.0")  # noqa: S104
    assert _aliases(engine, "shop-web") == {"outside-id": ["web-server"]}
    assert _aliases(engine, "shop-store") == {"outside-id": ["store-server"], "inside-id": []}
    assert "ports" not in engine["shop-web"].inputs


def test_what_is_not_behind_the_gateway_stays_as_it_is(deploy: Deploy, engine: Engine) -> None:
    _deploy(deploy)
    assert _aliases(engine, "shop-cache") == {"inside-id": ["cache"]}
    assert engine["shop-cache"].request.deleteBeforeReplace


def test_a_new_container_comes_before_the_old_one_goes(deploy: Deploy, engine: Engine) -> None:
    _deploy(deploy)
    for name in ("shop-web", "shop-store"):
        request = engine[name].request
        assert request.deleteBeforeReplaceDefined
        assert not request.deleteBeforeReplace
        assert list(request.hooks.before_create) == ["shop-keep-old"]
        assert list(request.hooks.after_create) == ["shop-retire-old"]
        # A hook before a deletion would ask for the program on every destroy.
        assert not request.hooks.before_delete
        assert engine[name].inputs["destroyGraceSeconds"] == 13


def test_a_service_that_needs_one_behind_the_gateway_waits_for_the_gateway(
    deploy: Deploy, engine: Engine
) -> None:
    _deploy(deploy)
    waits = {name: each.depends_on for name, each in engine.of_type(CONTAINER).items()}
    assert {name: depends & set(waits) for name, depends in waits.items()} == {
        "shop-cache": set(),
        "shop-store": {"shop-cache"},
        "shop-gateway": {"shop-store"},
        "shop-web": {"shop-store", "shop-gateway"},
    }


def test_without_a_known_machine_a_gateway_is_refused(deploy: Deploy) -> None:
    with pytest.raises(pulumi.RunError, match="provider of a DockerHost"):
        deploy(lambda: ContainerApp("shop", ARGS))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"routes": {"shop": {"port": 80}}}, "routes.'shop'.: 'shop' is not among the services"),
        ({"routes": {"cache": {"port": 80}}}, "'outside' is the gateway's network"),
        ({"routes": {"web": {"port": 81}}}, "81 is not the port that the service publishes"),
        ({"routes": {"web": {"port": 0}}}, "0 is not a whole number"),
        ({"routes": {"web": {"port": 80, "health_path": "up"}}}, "'up' is not an absolute path"),
        ({"image": "haproxy"}, "gateway.image: 'haproxy' means another image tomorrow"),
    ],
)
def test_a_gateway_that_could_not_work_is_refused_before_anything_is_created(
    deploy: Deploy, engine: Engine, changes: dict[str, Any], message: str
) -> None:
    args: Any = deepcopy(ARGS)
    args["gateway"] |= changes
    with pytest.raises(ArgumentError, match=message):
        deploy(lambda: ContainerApp("shop", args))
    assert not engine.of_type(CONTAINER)
