"""OverlayNetworks: what it creates, what it refuses, and when a network is replaced."""

from typing import Any

import pulumi
import pytest

from components import DockerHost, OverlayNetworks, OverlayNetworksArgs
from components.checks import ArgumentError
from tests.unit.recorder import NETWORK, Deploy, Engine, Value

APP: OverlayNetworksArgs = {
    "networks": {
        "front": {"name": "front_net", "subnet": "10.0.1.0/24"},
        "back": {"name": "back_net", "subnet": "10.0.2.0/24", "internal": True},
    }
}


def _with(**changes: Any) -> OverlayNetworksArgs:
    return {"networks": {"front": {"subnet": "10.0.1.0/24", **changes}}}  # type: ignore[typeddict-item]


def test_each_entry_becomes_one_overlay_network_under_the_component(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: OverlayNetworks("nets", APP))
    networks = engine.of_type(NETWORK)
    assert set(networks) == {"nets-front", "nets-back"}
    assert {each.parent for each in networks.values()} == {"nets"}
    assert {each.inputs["driver"] for each in networks.values()} == {"overlay"}
    assert not any(each.inputs["attachable"] for each in networks.values())
    assert engine["nets-back"].inputs["internal"]
    assert engine["nets-front"].inputs["ipamConfigs"] == [
        {"subnet": "10.0.1.0/24", "gateway": "10.0.1.1"}
    ]


def test_what_goes_from_host_to_host_is_encrypted_unless_somebody_says_otherwise(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: OverlayNetworks("nets", APP))
    assert engine["nets-front"].inputs["options"] == {"encrypted": "true"}
    deploy(lambda: OverlayNetworks("plain", _with(encrypted=False, mtu_bytes=1400)))
    assert engine["plain-front"].inputs["options"] == {"com.docker.network.driver.mtu": "1400"}


def test_an_option_that_the_engine_adds_is_no_change_and_one_of_the_programs_is(
    deploy: Deploy, engine: Engine
) -> None:
    def program() -> None:
        opts = pulumi.ResourceOptions(provider=DockerHost("one", {}).provider)
        OverlayNetworks("nets", APP, opts)

    deploy(program)
    front = engine["nets-front"]
    assert list(front.request.ignoreChanges) == ["options"]
    assert front.replacement_trigger == ["unix:///var/run/docker.sock", {"encrypted": "true"}]
    assert front.request.deleteBeforeReplace


def test_the_ids_come_out_by_role(deploy: Deploy, value: Value) -> None:
    networks = deploy(lambda: OverlayNetworks("nets", APP))
    assert value(pulumi.Output.all(**networks.network_ids)) == {
        "front": "nets-front-id",
        "back": "nets-back-id",
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "ingress"}, "'ingress' is a network of Docker's own"),
        ({"name": "a b"}, "is not a Docker name"),
        ({"subnet": "10.0.1.0/30"}, "is too small"),
        ({"mtu_bytes": 1}, "is not a whole number"),
    ],
)
def test_a_wrong_network_is_refused_before_anything_is_created(
    deploy: Deploy, engine: Engine, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ArgumentError, match=said):
        deploy(lambda: OverlayNetworks("nets", _with(**changes)))
    assert engine.registrations == []
