"""SwarmApp: how each service is run on a Swarm, and what can't be."""

from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from components import DockerHost, SwarmApp
from components.checks import ArgumentError
from tests.unit.hosts import ssh_host
from tests.unit.recorder import Deploy, Engine, Registration, Value

SERVICE = "docker:index/service:Service"
HEALTH = ["true"]


def _args(**changes: Any) -> Any:
    services = {
        "page": {
            "image": "page:1",
            "networks": {"front": ["page"]},
            "health_command": HEALTH,
            "after": ["data"],
            "environment": {"A": "1"},
        },
        "data": {
            "image": "data:1",
            "networks": {"back": []},
            "health_command": HEALTH,
            "volumes": {"files": "/data"},
        },
    }
    app = {
        "prefix": "shop",
        "network_ids": {"front": "front-id", "back": "back-id"},
        "services": services,
        "volumes": {"files": {}},
    }
    return {"app": app, "replicas": {"page": 3}, **changes}


def _program(args: Any) -> SwarmApp:
    provider = DockerHost("host", {"ssh": [ssh_host(name="first")]}).provider
    return SwarmApp("shop", args, pulumi.ResourceOptions(provider=provider))


def _container(service: Registration) -> Any:
    return service.inputs["taskSpec"]["containerSpec"]


def test_every_service_is_one_of_the_swarm_in_the_order_of_health(
    deploy: Deploy, engine: Engine, value: Value
) -> None:
    app = deploy(lambda: _program(_args()))
    services = engine.of_type(SERVICE)
    assert set(services) == {"shop-page", "shop-data"}
    assert {each.parent for each in services.values()} == {"shop"}
    assert services["shop-page"].inputs["mode"] == {"replicated": {"replicas": 3}}
    assert "shop-data" in services["shop-page"].depends_on
    assert value(pulumi.Output.all(**app.service_names))["page"] == "shop-page"


def test_nothing_depends_on_virtual_addresses_or_a_routing_mesh(
    deploy: Deploy, engine: Engine
) -> None:
    args = _args()
    args["app"]["services"]["page"]["ports"] = [
        {"internal": 80, "external": 8080, "bind_address": "0.0.0.0"}  # noqa: S104
    ]
    deploy(lambda: _program(args))
    assert {each.inputs["endpointSpec"]["mode"] for each in engine.of_type(SERVICE).values()} == {
        "dnsrr"
    }
    (port,) = engine["shop-page"].inputs["endpointSpec"]["ports"]
    assert (port["publishMode"], port["publishedPort"], port["targetPort"]) == ("host", 8080, 80)


def test_an_update_starts_the_new_one_first_and_goes_back_by_itself(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: _program(_args(monitor_seconds=60)))
    update = engine["shop-page"].inputs["updateConfig"]
    assert (update["order"], update["failureAction"], update["parallelism"]) == (
        "start-first",
        "rollback",
        1,
    )
    assert update["maxFailureRatio"] == "0.0"
    # As the provider reads it back.
    assert update["monitor"] == "1m"


def test_two_containers_never_share_a_volume_or_a_port_during_an_update(
    deploy: Deploy, engine: Engine
) -> None:
    args = _args()
    args["app"]["services"]["page"]["ports"] = [
        {"internal": 80, "external": 8080, "bind_address": "0.0.0.0"}  # noqa: S104
    ]
    deploy(lambda: _program(args))
    for name in ("shop-page", "shop-data"):
        assert engine[name].inputs["updateConfig"]["order"] == "stop-first"
        assert engine[name].inputs["rollbackConfig"]["order"] == "stop-first"
    assert engine["shop-page"].inputs["taskSpec"]["placement"]["maxReplicas"] == 1


def test_a_service_stays_on_the_host_of_its_volume(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: _program(_args()))
    placement = engine["shop-data"].inputs["taskSpec"]["placement"]
    assert placement["constraints"] == ["node.labels.org.dockyard.host==first"]
    assert not engine["shop-page"].inputs["taskSpec"]["placement"].get("constraints")
    assert engine["shop-files"].provider == engine["shop-data"].provider


def test_containers_are_without_privileges_and_limited(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: _program(_args()))
    services = engine.of_type(SERVICE)
    assert len(services) == 2
    for service in services.values():
        container = _container(service)
        assert container["capDrops"] == ["ALL"]
        assert container["readOnly"]
        assert {each["type"] for each in container["mounts"]} <= {"tmpfs", "volume"}
        limits = service.inputs["taskSpec"]["resources"]["limits"]
        assert limits == {"memoryBytes": 128 * 1024 * 1024, "nanoCpus": 1_000_000_000}
        assert service.inputs["taskSpec"]["logDriver"]["options"]["max-size"] == "10m"


def test_a_secret_stays_one_in_the_environment(deploy: Deploy, engine: Engine) -> None:
    args = _args()
    args["app"]["services"]["page"]["environment"]["B"] = "plain"
    deploy(lambda: _program(args))
    assert not rpc.is_rpc_secret(engine["shop-page"].inputs["taskSpec"])

    def program() -> SwarmApp:
        args["app"]["services"]["page"]["environment"]["C"] = pulumi.Output.secret("hidden")
        return _program(args)

    engine.registrations.clear()
    deploy(program)
    assert rpc.is_rpc_secret(engine["shop-page"].inputs["taskSpec"])


def test_a_gateway_takes_ports_and_aliases_and_may_be_on_every_host(
    deploy: Deploy, engine: Engine
) -> None:
    args = _args(replicas={"page": 2, "gateway": 3})
    args["app"]["services"]["page"]["ports"] = [
        {"internal": 80, "external": 8080, "bind_address": "0.0.0.0"}  # noqa: S104
    ]
    args["app"]["gateway"] = {
        "image": "haproxy:3.2.10",
        "network": "front",
        "routes": {"page": {"port": 80}},
    }
    deploy(lambda: _program(args))
    gateway, page = engine["shop-gateway"], engine["shop-page"]
    assert gateway.inputs["mode"] == {"replicated": {"replicas": 3}}
    assert gateway.inputs["endpointSpec"]["ports"]
    assert not page.inputs["endpointSpec"].get("ports")
    assert page.inputs["updateConfig"]["order"] == "start-first"
    # One more than there are while nothing is updated, and those that a failure leaves.
    assert "server-template page- 5 page-server:80" in _container(gateway)["env"]["GATEWAY_CONFIG"]


def _changed(args: Any, path: str, new: Any) -> Any:
    *way, last = path.split(".")
    inner = args
    for step in way:
        inner = inner[step]
    inner[last] = new
    return args


@pytest.mark.parametrize(
    ("path", "new", "said"),
    [
        ("replicas", {"pgae": 2}, r"replicas\['pgae'\]: 2 belongs to no service"),
        ("replicas", {"page": 0}, "is not a whole number from 1"),
        ("replicas", {"data": 2}, "one volume from several containers"),
        ("monitor_seconds", 0, "monitor_seconds: 0"),
        ("app.services.page.image", "page:latest", r"app.services\['page'\].image"),
        ("app.services.page.ports", [{"internal": 80, "external": 80}], "every address"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_created(
    deploy: Deploy, engine: Engine, path: str, new: Any, said: str
) -> None:
    args = _changed(_args(), path, new)
    with pytest.raises(ArgumentError, match=said):
        deploy(lambda: SwarmApp("shop", args))
    assert engine.registrations == []
