"""BridgeNetworks: what it creates and what it refuses."""

import pulumi
import pulumi_docker as docker
import pytest

from components import BridgeNetworks, BridgeNetworksArgs
from components.checks import ArgumentError
from tests.unit.recorder import NETWORK, Deploy, Engine, Value

SEED: BridgeNetworksArgs = {
    "networks": {
        "front": {"name": "front_net", "subnet": "10.0.1.0/24"},
        "back": {"name": "back_net", "subnet": "10.0.2.0/24", "internal": True},
    }
}


def test_each_entry_becomes_one_bridge_network_under_the_component(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: BridgeNetworks("nets", SEED))
    networks = engine.of_type(NETWORK)
    assert set(networks) == {"nets-front", "nets-back"}
    assert {each.parent for each in networks.values()} == {"nets"}
    assert {each.inputs["driver"] for each in networks.values()} == {"bridge"}


def test_names_ranges_and_isolation_arrive_as_given(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: BridgeNetworks("nets", SEED))
    front, back = engine["nets-front"].inputs, engine["nets-back"].inputs
    assert (front["name"], back["name"]) == ("front_net", "back_net")
    assert (front["internal"], back["internal"]) == (False, True)
    assert front["ipamConfigs"] == [{"subnet": "10.0.1.0/24", "gateway": "10.0.1.1"}]


def test_what_is_left_out_is_left_to_the_engine(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: BridgeNetworks("nets", {"networks": {"plain": {}}}))
    inputs = engine["nets-plain"].inputs
    assert inputs["name"] == "plain"
    assert "ipamConfigs" not in inputs
    assert "options" not in inputs


def test_the_mtu_is_a_driver_option(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: BridgeNetworks("nets", {"networks": {"vpc": {"mtu_bytes": 1460}}}))
    assert engine["nets-vpc"].inputs["options"] == {"com.docker.network.driver.mtu": "1460"}


def test_a_networks_own_labels_win_over_the_shared_ones(deploy: Deploy, engine: Engine) -> None:
    deploy(
        lambda: BridgeNetworks(
            "nets",
            {
                "networks": {"a": {"labels": {"team": "web"}}, "b": {}},
                "labels": {"team": "all", "env": "dev"},
            },
        )
    )
    assert engine["nets-a"].inputs["labels"] == [
        {"label": "env", "value": "dev"},
        {"label": "team", "value": "web"},
    ]
    assert {"label": "team", "value": "all"} in engine["nets-b"].inputs["labels"]


def test_the_ids_come_out_by_role(deploy: Deploy, value: Value) -> None:
    networks = deploy(lambda: BridgeNetworks("nets", SEED))
    assert value(pulumi.Output.all(**networks.network_ids)) == {
        "front": "nets-front-id",
        "back": "nets-back-id",
    }


def test_a_network_goes_before_its_successor_comes(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: BridgeNetworks("nets", SEED))
    assert engine["nets-front"].request.deleteBeforeReplace


def test_networks_wait_for_what_the_component_depends_on(deploy: Deploy, engine: Engine) -> None:
    def program() -> None:
        first = docker.Volume("first")
        BridgeNetworks("nets", SEED, pulumi.ResourceOptions(depends_on=[first]))

    deploy(program)
    assert engine["nets-front"].depends_on == {"first"}


def test_networks_are_made_by_the_given_provider_and_move_with_its_host(
    deploy: Deploy, engine: Engine
) -> None:
    def program() -> None:
        provider = docker.Provider("there", host="unix:///there.sock")
        BridgeNetworks("nets", SEED, pulumi.ResourceOptions(provider=provider))

    deploy(program)
    assert engine["nets-back"].provider == "there"
    assert engine["nets-back"].replacement_trigger == "unix:///there.sock"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            {"networks": {"a": {"subnet": "10.0.1.0/33"}}},
            "networks['a'].subnet: '10.0.1.0/33' is not an IPv4 range",
        ),
        (
            {"networks": {"a": {"subnet": "10.0.1.7/24"}}},
            "did you mean 10.0.1.0/24?",
        ),
        (
            {"networks": {"a": {"subnet": "10.0.1.0/30"}}},
            "networks['a'].subnet: '10.0.1.0/30' is too small",
        ),
        (
            {"networks": {"a": {"subnet": "127.1.0.0/16"}}},
            "reaches into 127.0.0.0/8 (loopback)",
        ),
        (
            {"networks": {"a": {"subnet": "10.0.0.0/16"}, "b": {"subnet": "10.0.2.0/24"}}},
            "networks['a'].subnet: '10.0.0.0/16' overlaps 10.0.2.0/24 (networks['b'].subnet)",
        ),
        (
            {"networks": {"a": {"subnet": "10.8.1.0/24"}}, "avoid": ["10.8.0.0/16"]},
            "networks['a'].subnet: '10.8.1.0/24' overlaps 10.8.0.0/16 (avoid[0])",
        ),
        (
            {"networks": {}, "avoid": ["office"]},
            "avoid[0]: 'office' is not an IPv4 range",
        ),
        (
            {"networks": {"a": {"name": "x"}, "b": {"name": "x"}}},
            "networks['b'].name: 'x' is also the name of networks['a']",
        ),
        ({"networks": {"host": {}}}, "networks['host'].name: 'host' is a network of Docker's own"),
        ({"networks": {"-a": {}}}, "networks['-a'].name: '-a' is not a Docker name"),
        (
            {"networks": {"a": {"mtu_bytes": 67}}},
            "networks['a'].mtu_bytes: 67 is not a whole number from 68 to 65535",
        ),
    ],
)
def test_a_bad_argument_is_refused_before_anything_is_registered(
    deploy: Deploy, engine: Engine, args: BridgeNetworksArgs, message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        deploy(lambda: BridgeNetworks("nets", args))
    assert message in str(refusal.value)
    assert engine.registrations == []


def test_ranges_to_avoid_may_overlap_each_other(deploy: Deploy, engine: Engine) -> None:
    deploy(
        lambda: BridgeNetworks(
            "nets", {"networks": {"a": {}}, "avoid": ["10.0.0.0/8", "10.1.0.0/16"]}
        )
    )
    assert set(engine.of_type(NETWORK)) == {"nets-a"}
