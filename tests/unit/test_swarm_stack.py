"""The stacks with the key `swarm`: one Swarm of all hosts, the application on it once."""

from typing import Any

import pulumi
import pytest

import stacks
from components.checks import ArgumentError
from stacks import application
from stacks.settings import load
from tests.unit.hosts import HOST_KEY
from tests.unit.project import configure
from tests.unit.recorder import CONTAINER, IMAGE, NETWORK, Deploy, Engine, Value

SERVICE = "docker:index/service:Service"
HOSTS = [
    {"address": f"ssh://deploy@198.51.100.{11 + index}", "hostKeys": [HOST_KEY], "name": name}
    for index, name in enumerate("abc")
]


def _configure(**changes: Any) -> None:
    configure(
        **{
            "swarm": True,
            "sshHosts": HOSTS,
            "uiBindAddress": "0.0.0.0",  # noqa: S104 - of hosts that there aren't
            "gatewayImage": "haproxy:3.2.10",
            **changes,
        }
    )


def test_the_application_is_there_once_and_its_images_on_every_host(
    deploy: Deploy, engine: Engine
) -> None:
    _configure(swarmReplicas=4)
    deploy(lambda: stacks.run("dev"))
    services = engine.of_type(SERVICE)
    replicas = {
        name: each.inputs["mode"]["replicated"]["replicas"] for name, each in services.items()
    }
    assert replicas == {
        "reddit-ui": 4,
        "reddit-post": 4,
        "reddit-comment": 4,
        "reddit-database": 1,
        "reddit-gateway": 3,
    }
    assert engine.of_type(CONTAINER) == {}
    assert len(engine.of_type(IMAGE)) == 3 * len(services)
    assert services["reddit-database"].depends_on >= {f"images-{name}-ui" for name in "abc"}
    assert services["reddit-database"].depends_on >= {"host-members"}


def test_its_backups_are_on_the_host_that_has_the_data(deploy: Deploy, value: Value) -> None:
    _configure(backupEveryHours=24)
    settings = load(pulumi.Config("dockyard"), "dev")
    deployed = deploy(lambda: application.deploy(settings))
    (host, found), *others = deployed.recovery.items()
    assert (host, found["swarm"], others) == ("a", True, [])
    assert value(found["containers"]["backup"]) == "reddit-backup"


def test_the_networks_span_the_hosts_and_are_encrypted_unless_told_otherwise(
    deploy: Deploy, engine: Engine
) -> None:
    _configure()
    deploy(lambda: stacks.run("dev"))
    networks = engine.of_type(NETWORK)
    assert {each.inputs["driver"] for each in networks.values()} == {"overlay"}
    assert {each.inputs["options"]["encrypted"] for each in networks.values()} == {"true"}
    assert networks["networks-back"].inputs["internal"]


def test_engines_that_are_set_up_for_a_swarm_have_no_live_restore() -> None:
    _configure(sshSetUpEngine=True)
    hosts = load(pulumi.Config("dockyard"), "dev").hosts.hosts["ssh"]
    assert [each["engine"]["live_restore"] for each in hosts] == [False] * 3


def test_an_address_that_a_swarm_can_not_keep_to_is_refused() -> None:
    _configure(uiBindAddress="127.0.0.1")
    with pytest.raises(ArgumentError, match=r"uiBindAddress: '127\.0\.0\.1' can't be"):
        load(pulumi.Config("dockyard"), "dev")


@pytest.mark.parametrize("replicas", [0, 100])
def test_the_number_of_replicas_has_bounds(replicas: int) -> None:
    _configure(swarmReplicas=replicas)
    with pytest.raises(ArgumentError, match="dockyard:swarmReplicas"):
        load(pulumi.Config("dockyard"), "dev")
