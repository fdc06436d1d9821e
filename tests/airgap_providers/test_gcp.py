"""The gcp provider: what it foretells, what it refuses, and that it does nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from airgap.providers._values import UNKNOWN, Unknown
from airgap.providers.gcp.provider import GcpProvider
from tests.airgap_providers.driver import Aborted, Driver

ACCOUNT = "gcp:serviceaccount/account:Account"
DISK = "gcp:compute/disk:Disk"
FIREWALL = "gcp:compute/firewall:Firewall"
INSTANCE = "gcp:compute/instance:Instance"
NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"

MACHINE: dict[str, Any] = {
    "name": "vm",
    "machineType": "e2-small",
    "bootDisk": {"initializeParams": {"image": "debian-cloud/debian-13", "size": 20}},
    "attachedDisks": [{"source": "data", "deviceName": "data"}],
    "networkInterfaces": [{"subnetwork": "sub", "accessConfigs": [{"networkTier": "PREMIUM"}]}],
    "metadata": {"enable-oslogin": "TRUE"},
    "labels": {"role": "host"},
}
# What the real plugin keeps of it, in Google Cloud's own words.
RUNNING: dict[str, Any] = {
    **MACHINE,
    "project": "mine",
    "zone": "europe-west1-b",
    "instanceId": "4711",
    "metadataFingerprint": "abc",
    "selfLink": "https://www.googleapis.com/compute/v1/projects/mine/zones/europe-west1-b/instances/vm",
    "scheduling": {
        "automaticRestart": True,
        "onHostMaintenance": "MIGRATE",
        "preemptible": False,
        "provisioningModel": "STANDARD",
    },
    "canIpForward": False,
    "deletionProtection": False,
    "bootDisk": {
        "autoDelete": True,
        "deviceName": "persistent-disk-0",
        "mode": "READ_WRITE",
        "source": "https://www.googleapis.com/compute/v1/projects/mine/zones/europe-west1-b/disks/vm",
        "initializeParams": {
            "image": "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-13-trixie-v20260101",
            "size": 20,
            "type": "pd-standard",
            "labels": {},
        },
    },
    "attachedDisks": [
        {
            "source": "https://www.googleapis.com/compute/v1/projects/mine/zones/europe-west1-b/disks/data",
            "deviceName": "data",
            "mode": "READ_WRITE",
        }
    ],
    "networkInterfaces": [
        {
            "name": "nic0",
            "network": "https://www.googleapis.com/compute/v1/projects/mine/global/networks/net",
            "subnetwork": "https://www.googleapis.com/compute/v1/projects/mine/regions/europe-west1/subnetworks/sub",
            "networkIp": "10.10.0.2",
            "stackType": "IPV4_ONLY",
            "accessConfigs": [{"natIp": "203.0.113.7", "networkTier": "PREMIUM"}],
        }
    ],
}


def provider(project: str = "mine") -> Driver:
    """The provider, in one project and zone."""
    driver = Driver(GcpProvider())
    driver.configure(project=project, region="europe-west1", zone="europe-west1-b")
    return driver


@pytest.fixture
def gcp() -> Driver:
    """The provider, in the machine's project."""
    return provider()


def test_whatever_google_chooses_is_unknown_before_the_machine_exists(gcp: Driver) -> None:
    resource_id, planned = gcp.create(INSTANCE, MACHINE, preview=True)
    assert resource_id == ""
    for name in ("instanceId", "selfLink", "currentStatus", "cpuPlatform", "scheduling"):
        assert isinstance(planned[name], Unknown), name
    interface = planned["networkInterfaces"][0]
    assert interface["subnetwork"] == "sub"
    assert isinstance(interface["networkIp"], Unknown)
    assert isinstance(interface["name"], Unknown)
    assert interface["accessConfigs"] == [
        {"natIp": UNKNOWN, "networkTier": "PREMIUM", "securityPolicy": UNKNOWN}
    ]
    assert isinstance(planned["bootDisk"]["source"], Unknown)
    assert isinstance(planned["bootDisk"]["initializeParams"]["type"], Unknown)
    assert planned["bootDisk"]["initializeParams"]["size"] == 20


def test_a_machine_without_a_public_address_is_not_given_one(gcp: Driver) -> None:
    _, planned = gcp.create(
        INSTANCE, {**MACHINE, "networkInterfaces": [{"subnetwork": "sub"}]}, preview=True
    )
    assert "accessConfigs" not in planned["networkInterfaces"][0]


def test_an_account_has_no_address_before_it_exists(gcp: Driver) -> None:
    _, planned = gcp.create(ACCOUNT, {"accountId": "dockyard-host"}, preview=True)
    assert isinstance(planned["email"], Unknown)
    assert isinstance(planned["name"], Unknown)


def test_an_update_keeps_what_it_does_not_touch(gcp: Driver) -> None:
    inputs = {**MACHINE, "metadata": {"enable-oslogin": "FALSE"}, "labels": {"role": "other"}}
    planned = gcp.update(INSTANCE, "id", RUNNING, inputs, preview=True)
    assert planned["metadata"] == {"enable-oslogin": "FALSE"}
    assert planned["instanceId"] == "4711"
    assert planned["selfLink"] == RUNNING["selfLink"]
    interface = planned["networkInterfaces"][0]
    assert interface["networkIp"] == "10.10.0.2"
    assert interface["name"] == "nic0"
    assert interface["accessConfigs"][0]["natIp"] == "203.0.113.7"
    assert planned["bootDisk"]["deviceName"] == "persistent-disk-0"


def test_an_address_that_an_update_adds_is_unknown(gcp: Driver) -> None:
    state = {**RUNNING, "networkInterfaces": [{"networkIp": "10.10.0.2", "name": "nic0"}]}
    planned = gcp.update(INSTANCE, "id", state, MACHINE, preview=True)
    interface = planned["networkInterfaces"][0]
    assert interface["networkIp"] == "10.10.0.2"
    assert isinstance(interface["accessConfigs"][0]["natIp"], Unknown)


def test_the_defaults_are_the_real_plugins(gcp: Driver) -> None:
    assert gcp.check(NETWORK, {"name": "net"}).inputs == {
        "name": "net",
        "project": "mine",
        "autoCreateSubnetworks": True,
        "deleteDefaultRoutesOnCreate": False,
    }
    logged = {"name": "sub", "network": "net", "ipCidrRange": "10.10.0.0/24", "logConfig": {}}
    assert gcp.check(SUBNETWORK, logged).inputs["logConfig"] == {
        "aggregationInterval": "INTERVAL_5_SEC",
        "flowSampling": 0.5,
        "metadata": "INCLUDE_ALL_METADATA",
    }


def test_a_resource_lies_where_the_provider_says_unless_the_program_says(gcp: Driver) -> None:
    assert gcp.check(DISK, {"name": "data"}).inputs["zone"] == "europe-west1-b"
    assert gcp.check(DISK, {"name": "data", "zone": "us-east1-b"}).inputs["zone"] == "us-east1-b"


def test_names_are_made_up_where_the_real_plugin_does(gcp: Driver) -> None:
    assert gcp.check(DISK, {}).inputs["name"].startswith("it-")
    assert "name" not in gcp.check(ACCOUNT, {"accountId": "dockyard-host"}).inputs


@pytest.mark.parametrize(
    ("path", "token", "inputs"),
    [
        ("guestAccelerators", INSTANCE, {**MACHINE, "guestAccelerators": []}),
        ("bootDisk.forceAttach", INSTANCE, {**MACHINE, "bootDisk": {"forceAttach": True}}),
        (
            "networkInterfaces[0].accessConfigs[0].publicPtrDomainName",
            INSTANCE,
            {
                **MACHINE,
                "networkInterfaces": [{"accessConfigs": [{"publicPtrDomainName": "a.example."}]}],
            },
        ),
        ("sourceTags", FIREWALL, {"network": "net", "sourceTags": ["a"]}),
        ("enableFlowLogs", SUBNETWORK, {"network": "net", "enableFlowLogs": True}),
    ],
)
def test_what_only_the_real_plugin_can_is_refused(
    gcp: Driver, path: str, token: str, inputs: dict[str, Any]
) -> None:
    refused = gcp.check(token, inputs).refused
    assert list(refused) == [path]
    assert f"stand-in gcp provider doesn't support the input '{path}'" in refused[path]
    assert "pulumi plugin install resource gcp" in refused[path]


@pytest.mark.parametrize(
    ("path", "token", "inputs", "reason"),
    [
        ("network", FIREWALL, {}, "network is missing"),
        ("size", DISK, {"size": "20"}, "size is '20'; it must be a whole number"),
        (
            "ipCidrRange",
            SUBNETWORK,
            {"network": "net", "ipCidrRange": "10.10.0.0/33"},
            "is '10.10.0.0/33'; it must be an IPv4 range",
        ),
        (
            "logConfig.flowSampling",
            SUBNETWORK,
            {"network": "net", "logConfig": {"flowSampling": True}},
            "is true; it must be a number",
        ),
        (
            "networkInterfaces[0]",
            INSTANCE,
            {**MACHINE, "networkInterfaces": ["sub"]},
            "is 'sub'; it must be an object",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_rule(
    gcp: Driver, path: str, token: str, inputs: dict[str, Any], reason: str
) -> None:
    refused = gcp.check(token, inputs).refused
    assert list(refused) == [path]
    assert reason in refused[path]


@pytest.mark.parametrize("token", ["gcp:storage/bucket:Bucket", "gcp:compute/route:Route"])
def test_other_resources_are_refused(gcp: Driver, token: str) -> None:
    with pytest.raises(Aborted, match=f"doesn't support the resource '{token}'"):
        gcp.check(token, {})


def test_functions_are_refused(gcp: Driver) -> None:
    with pytest.raises(Aborted, match="doesn't support the function"):
        gcp.invoke("gcp:compute/getImage:getImage")


def test_nothing_is_ever_created_read_changed_or_deleted(gcp: Driver) -> None:
    inputs = {"name": "net"}
    operations: list[Callable[[], object]] = [
        lambda: gcp.create(NETWORK, inputs),
        lambda: gcp.read(NETWORK, "id", inputs, inputs),
        lambda: gcp.update(NETWORK, "id", inputs, {"name": "net", "mtu": 1500}),
        lambda: gcp.delete(NETWORK, "id", inputs),
    ]
    for operation in operations:
        with pytest.raises(Aborted) as failed:
            operation()
        assert f"delete {NETWORK}; install the real plugin" in str(failed.value)
        assert "pulumi plugin install resource gcp 10.2.0" in str(failed.value)


def test_the_engines_way_of_writing_settings_is_read(gcp: Driver) -> None:
    given = {"version": "10.2.0", "project": "123", "userProjectOverride": "true"}
    assert not gcp.check_config(**given)
    refused = gcp.check_config(userProjectOverride="maybe", computeCustomEndpoint="http://a")
    assert "must be true or false" in refused["userProjectOverride"]
    assert "doesn't support the input 'computeCustomEndpoint'" in refused["computeCustomEndpoint"]


def test_access_that_is_still_unknown_is_no_obstacle() -> None:
    driver = Driver(GcpProvider())
    driver.configure(project=UNKNOWN, accessToken=UNKNOWN)
    _, planned = driver.create(NETWORK, {"name": "net"}, preview=True)
    assert isinstance(planned["project"], Unknown)


@pytest.mark.parametrize(
    "inputs",
    [
        {"networkInterfaces": UNKNOWN},
        {"networkInterfaces": [UNKNOWN]},
        {"networkInterfaces": [{"subnetwork": UNKNOWN}]},
        {"attachedDisks": [{"source": UNKNOWN}]},
        {"bootDisk": UNKNOWN},
        {"metadata": {"ssh-keys": UNKNOWN}, "labels": UNKNOWN},
        {"serviceAccount": {"email": UNKNOWN, "scopes": ["cloud-platform"]}},
    ],
)
def test_unknown_inputs_pass_check_and_previews(gcp: Driver, inputs: dict[str, Any]) -> None:
    gcp.create(INSTANCE, {**MACHINE, **inputs}, preview=True)
    gcp.diff(INSTANCE, RUNNING, {**MACHINE, **inputs})
    gcp.update(INSTANCE, "id", RUNNING, {**MACHINE, **inputs}, preview=True)
