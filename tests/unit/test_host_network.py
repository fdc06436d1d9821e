"""HostNetwork: a private network, and ranges that are apart."""

from typing import Any, cast

import pytest

from components import HostNetwork, HostNetworkArgs
from components.checks import ArgumentError
from tests.unit.recorder import Deploy, Engine, Value


def _args(**changes: Any) -> HostNetworkArgs:
    given = {
        "project": "my-project-42",
        "prefix": "reddit",
        "region": "europe-west1",
        "subnets": {"apps": "10.132.0.0/24", "ci": "10.133.0.0/24"},
        **changes,
    }
    return cast("HostNetworkArgs", given)


def test_it_is_a_network_with_a_subnetwork_for_each_role(
    deploy: Deploy, engine: Engine, value: Value
) -> None:
    network = deploy(lambda: HostNetwork("net", _args()))
    assert engine["net-apps"].inputs["ipCidrRange"] == "10.132.0.0/24"
    assert engine["net-ci"].inputs["name"] == "reddit-ci"
    assert value(network.network) == "net-id"
    assert {role: value(each) for role, each in network.subnetworks.items()} == {
        "apps": "net-apps-id",
        "ci": "net-ci-id",
    }
    children = [each for each in engine.registrations if each.type.startswith("gcp:")]
    assert len(children) == 5
    assert {each.parent for each in children} == {"net"}


def test_google_makes_no_subnetworks_of_its_own(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: HostNetwork("net", _args()))
    (network,) = engine.of_type("gcp:compute/network:Network").values()
    assert network.inputs["autoCreateSubnetworks"] is False
    assert network.inputs["mtu"] == 1460


def test_hosts_without_a_public_address_reach_the_internet_and_google(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: HostNetwork("net", _args()))
    nat = engine["net-nat"].inputs
    assert nat["sourceSubnetworkIpRangesToNat"] == "ALL_SUBNETWORKS_ALL_IP_RANGES"
    assert engine["net-apps"].inputs["privateIpGoogleAccess"]


def test_connections_are_logged_unless_unwanted(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: HostNetwork("net", _args()))
    assert engine["net-apps"].inputs["logConfig"]["flowSampling"] == 0.5
    engine.registrations.clear()
    deploy(lambda: HostNetwork("net", _args(flow_logs=False)))
    assert "logConfig" not in engine["net-apps"].inputs


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"project": "no"}, "project: 'no' is not a project's id"),
        ({"prefix": "-x"}, "prefix: '-x' can't begin a name on Google Cloud"),
        ({"region": "europe-west1-b"}, "region: 'europe-west1-b' is not a region"),
        ({"subnets": {}}, "subnets: {} names no subnet"),
        ({"subnets": {"nat": "10.0.0.0/24"}}, "subnets: 'nat' can't be a subnet's role"),
        ({"subnets": {"a": "10.0.0.0/33"}}, "subnets['a']: '10.0.0.0/33' is not an IPv4 range"),
        (
            {"subnets": {"a": "10.0.0.0/16", "b": "10.0.1.0/24"}},
            "subnets['a']: '10.0.0.0/16' overlaps 10.0.1.0/24 (subnets['b'])",
        ),
        ({"avoid": ["10.132.0.0/16"]}, "subnets['apps']: '10.132.0.0/24' overlaps 10.132.0.0/16"),
        ({"mtu_bytes": 1000}, "mtu_bytes: 1000 is not a whole number from 1300 to 8896"),
    ],
)
def test_a_bad_argument_is_refused_before_anything_is_registered(
    deploy: Deploy, engine: Engine, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        deploy(lambda: HostNetwork("net", _args(**changes)))
    assert message in str(refusal.value)
    assert engine.registrations == []
