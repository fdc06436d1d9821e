"""What a change does to a machine, a disk or a network that runs in Google Cloud."""

from typing import Any

import pytest

from airgap.providers._values import UNKNOWN
from airgap.providers.gcp.sameness import same_image, same_link, same_scopes
from tests.airgap_providers.driver import Driver
from tests.airgap_providers.test_gcp import (
    ACCOUNT,
    DISK,
    FIREWALL,
    INSTANCE,
    MACHINE,
    NETWORK,
    RUNNING,
    SUBNETWORK,
    provider,
)

ADDRESS = "gcp:compute/address:Address"
ATTACHMENT = "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment"
IAM_MEMBER = "gcp:projects/iAMMember:IAMMember"
POLICY = "gcp:compute/resourcePolicy:ResourcePolicy"
ROUTER = "gcp:compute/router:Router"
ROUTER_NAT = "gcp:compute/routerNat:RouterNat"

COMPUTE = "https://www.googleapis.com/compute/v1/"


@pytest.fixture
def gcp() -> Driver:
    """The provider, in the machine's project."""
    return provider()


def machine(**changed: Any) -> dict[str, Any]:
    """The inputs of a machine that differs from the running one."""
    return {**MACHINE, **changed}


def interface(**changed: Any) -> list[dict[str, Any]]:
    """The one network interface of a machine."""
    return [{"subnetwork": "sub", "accessConfigs": [{"networkTier": "PREMIUM"}], **changed}]


def test_a_machine_as_google_describes_it_is_the_one_of_the_program(gcp: Driver) -> None:
    assert gcp.diff(INSTANCE, RUNNING, MACHINE).kinds == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("machineType", "e2-medium"),
        ("metadata", {"enable-oslogin": "FALSE"}),
        ("labels", {}),
        ("tags", ["ssh"]),
        ("description", "a host"),
        ("deletionProtection", True),
        ("serviceAccount", {"email": "a@b", "scopes": ["cloud-platform"]}),
        ("shieldedInstanceConfig", {"enableSecureBoot": True}),
        ("attachedDisks", [{"source": "other"}]),
        ("attachedDisks", []),
        ("networkInterfaces", interface(subnetwork="other")),
        ("networkInterfaces", interface(subnetwork=UNKNOWN)),
        ("networkInterfaces", interface(accessConfigs=[])),
        ("networkInterfaces", interface(accessConfigs=[{"natIp": "203.0.113.8"}])),
        ("scheduling", {"automaticRestart": False}),
        ("bootDisk", {**MACHINE["bootDisk"], "autoDelete": False}),
        ("desiredStatus", "TERMINATED"),
        ("allowStoppingForUpdate", True),
    ],
)
def test_a_machine_survives(gcp: Driver, name: str, value: Any) -> None:
    found = gcp.diff(INSTANCE, RUNNING, machine(**{name: value}))
    assert list(found.kinds) == [name]
    assert found.replaces == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "other"),
        ("zone", "europe-west1-c"),
        ("project", "theirs"),
        ("hostname", "host.example"),
        ("metadataStartupScript", "echo"),
        ("resourcePolicies", "daily"),
        ("bootDisk", {"initializeParams": {"image": "debian-cloud/debian-14", "size": 20}}),
        ("bootDisk", {"initializeParams": {"image": "debian-cloud/debian-13", "size": 30}}),
        ("bootDisk", {**MACHINE["bootDisk"], "deviceName": "boot"}),
        ("networkInterfaces", interface(nicType="GVNIC")),
        ("networkInterfaces", interface(networkIp="10.10.0.9")),
        ("networkInterfaces", [*interface(), *interface(subnetwork="other")]),
        ("scheduling", {"preemptible": True}),
        ("scheduling", {"provisioningModel": "SPOT"}),
    ],
)
def test_a_machine_is_replaced(gcp: Driver, name: str, value: Any) -> None:
    found = gcp.diff(INSTANCE, RUNNING, machine(**{name: value}))
    assert found.replaces == [name]
    assert not found.delete_before_replace


@pytest.mark.parametrize(
    ("token", "old", "new", "replaces"),
    [
        (DISK, {"size": 20}, {"size": 30}, False),
        (DISK, {"size": 20}, {"size": 10}, True),
        (DISK, {"size": 20}, {"size": UNKNOWN}, False),
        (DISK, {"labels": {"a": "1"}}, {"labels": {"a": "2"}}, False),
        (DISK, {"type": "pd-ssd"}, {"type": "pd-balanced"}, True),
        (DISK, {"image": "debian-12"}, {"image": "debian-13"}, True),
        (
            DISK,
            {"diskEncryptionKey": {"kmsKeySelfLink": "a", "sha256": "x"}},
            {"diskEncryptionKey": {"kmsKeySelfLink": "b"}},
            False,
        ),
        (DISK, {}, {"diskEncryptionKey": {"kmsKeySelfLink": "b"}}, True),
        (
            DISK,
            {"diskEncryptionKey": {"kmsKeySelfLink": "a", "kmsKeyServiceAccount": "c"}},
            {"diskEncryptionKey": {"kmsKeySelfLink": "b"}},
            True,
        ),
        (NETWORK, {"mtu": 1460}, {"mtu": 1500}, False),
        (NETWORK, {"autoCreateSubnetworks": False}, {"autoCreateSubnetworks": True}, True),
        (
            SUBNETWORK,
            {"ipCidrRange": "10.10.0.0/24"},
            {"ipCidrRange": "10.10.0.0/20"},
            False,
        ),
        (
            SUBNETWORK,
            {"ipCidrRange": "10.10.0.0/24"},
            {"ipCidrRange": "10.10.0.0/25"},
            True,
        ),
        (
            SUBNETWORK,
            {"ipCidrRange": "10.10.0.0/24"},
            {"ipCidrRange": "10.20.0.0/20"},
            True,
        ),
        (SUBNETWORK, {}, {"logConfig": {"flowSampling": 1}}, False),
        (ROUTER, {"description": "a"}, {"description": "b"}, False),
        (ROUTER, {"network": "a"}, {"network": "b"}, True),
        (
            ROUTER_NAT,
            {"logConfig": {"enable": True, "filter": "ALL"}},
            {"logConfig": {"enable": True, "filter": "ERRORS_ONLY"}},
            False,
        ),
        (ROUTER_NAT, {"router": "a"}, {"router": "b"}, True),
        (FIREWALL, {"sourceRanges": ["10.0.0.0/8"]}, {"sourceRanges": ["10.1.0.0/16"]}, False),
        (
            FIREWALL,
            {"allows": [{"protocol": "tcp", "ports": ["22"]}]},
            {"allows": [{"protocol": "tcp", "ports": ["80"]}]},
            False,
        ),
        (FIREWALL, {"direction": "INGRESS"}, {"direction": "EGRESS"}, True),
        (ADDRESS, {"labels": {"a": "1"}}, {"labels": {"a": "2"}}, False),
        (ADDRESS, {"networkTier": "PREMIUM"}, {"networkTier": "STANDARD"}, True),
        (POLICY, {"description": "a"}, {"description": "b"}, False),
        (POLICY, {"region": "europe-west1"}, {"region": "europe-west4"}, True),
        (ATTACHMENT, {"disk": "a"}, {"disk": "b"}, True),
        (ACCOUNT, {"displayName": "a"}, {"displayName": "b"}, False),
        (ACCOUNT, {"accountId": "account-a"}, {"accountId": "account-b"}, True),
        (IAM_MEMBER, {"role": "roles/a"}, {"role": "roles/b"}, True),
    ],
)
def test_the_rest_is_replaced_only_where_google_cannot_change_it(
    gcp: Driver, token: str, old: dict[str, Any], new: dict[str, Any], *, replaces: bool
) -> None:
    (changed,) = new
    found = gcp.diff(token, gcp.check(token, {"name": "it", **old}).inputs, {"name": "it", **new})
    assert list(found.kinds) == [changed]
    assert found.replaces == ([changed] if replaces else [])


def test_rules_of_a_firewall_may_be_written_in_any_order(gcp: Driver) -> None:
    rules = [{"protocol": "tcp", "ports": ["22"]}, {"protocol": "icmp"}]
    state = gcp.check(FIREWALL, {"name": "fw", "network": "net", "allows": rules}).inputs
    inputs = {"name": "fw", "network": "net", "allows": rules[::-1]}
    assert gcp.diff(FIREWALL, state, inputs).kinds == {}


def test_a_provider_that_moves_to_another_project_replaces_what_named_none() -> None:
    assert provider("theirs").diff(INSTANCE, RUNNING, MACHINE).replaces == ["project"]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (f"{COMPUTE}projects/p/global/networks/net", "net", True),
        (f"{COMPUTE}projects/p/global/networks/net", "projects/p/global/networks/net", True),
        (f"{COMPUTE}projects/p/global/networks/net", "projects/q/global/networks/net", False),
        (f"{COMPUTE}projects/p/global/networks/net", "other", False),
        ("net", "projects/p/global/networks/net", False),
    ],
)
def test_a_link_and_a_name_may_be_one(old: str, new: str, *, same: bool) -> None:
    assert same_link(old, new) == same


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("projects/debian-cloud/global/images/debian-13-v2026", "debian-cloud/debian-13", True),
        ("projects/debian-cloud/global/images/debian-13-v2026", "debian-13", True),
        ("projects/debian-cloud/global/images/debian-13-v2026", "family/debian-13", True),
        ("projects/debian-cloud/global/images/debian-13-v2026", "ubuntu-os-cloud/debian-13", False),
        ("projects/debian-cloud/global/images/debian-13-v2026", "debian-cloud/debian-14", False),
        (
            "projects/mine/global/images/docker-host-1",
            "projects/mine/global/images/family/docker-host",
            True,
        ),
        (
            "projects/mine/global/images/docker-host-1",
            "projects/mine/global/images/docker-host-2",
            False,
        ),
    ],
)
def test_an_image_may_be_named_by_its_family(old: str, new: str, *, same: bool) -> None:
    assert same_image(old, new) == same


def test_a_scope_has_a_short_name() -> None:
    address = "https://www.googleapis.com/auth/"
    assert same_scopes([f"{address}cloud-platform"], ["cloud-platform"])
    assert same_scopes([f"{address}devstorage.read_only"], ["storage-ro"])
    assert not same_scopes([f"{address}cloud-platform"], ["logging-write"])
