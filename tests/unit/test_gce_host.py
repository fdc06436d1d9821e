"""DockerHost on Google Compute Engine: the VMs, who reaches them, what becomes of their data."""

import json
from typing import Any, cast

import pulumi
import pytest

from components import BridgeNetworks, DockerHost, DockerHostArgs
from components.checks import ArgumentError
from tests.unit.hosts import PUBLIC_KEY, gce_host
from tests.unit.recorder import (
    GCE_ACCOUNT,
    GCE_ADDRESS,
    GCE_DISK,
    GCE_FIREWALL,
    GCE_VM,
    NETWORK,
    PROVIDER,
    Deploy,
    Engine,
    Value,
)

OPEN = {"port": 9292, "bind_address": "0.0.0.0", "source_ranges": ["10.0.0.0/8"]}  # noqa: S104


def _deploy(deploy: Deploy, count: int = 1, **changes: Any) -> DockerHost:
    args: DockerHostArgs = {"gce": gce_host(**changes), "count": count}
    return deploy(lambda: DockerHost("host", args))  # type: ignore[no-any-return]


def test_a_vm_is_hardened_and_private(deploy: Deploy, engine: Engine) -> None:
    _deploy(deploy)
    vm = engine["host-1"].inputs
    assert vm["name"] == "reddit-1"
    assert vm["networkInterfaces"] == [{"subnetwork": "the-subnetwork"}]
    assert vm["shieldedInstanceConfig"] == {
        "enableSecureBoot": True,
        "enableVtpm": True,
        "enableIntegrityMonitoring": True,
    }
    assert vm["serviceAccount"]["email"] == "host-account@project.example"
    assert not vm["canIpForward"]
    assert vm["deletionProtection"]
    assert vm["bootDisk"]["initializeParams"]["image"] == "debian-cloud/debian-13"
    metadata = vm["metadata"]
    assert metadata["enable-oslogin"] == "TRUE"
    assert metadata["block-project-ssh-keys"] == "TRUE"
    assert metadata["serial-port-enable"] == "FALSE"
    # Where the host's keys are published, to be verified.
    assert metadata["enable-guest-attributes"] == "TRUE"
    assert not engine.of_type(GCE_ADDRESS)


def test_a_changed_script_can_not_replace_the_vm(deploy: Deploy, engine: Engine) -> None:
    _deploy(deploy)
    vm = engine["host-1"].inputs
    assert "metadataStartupScript" not in vm
    assert vm["metadata"]["startup-script"].startswith("#!/bin/bash\n")
    assert PUBLIC_KEY in vm["metadata"]["startup-script"]
    assert vm["allowStoppingForUpdate"]


def test_the_data_has_a_disk_of_its_own_that_is_protected_and_snapshot(
    deploy: Deploy, engine: Engine
) -> None:
    _deploy(deploy, data_disk_gib=50)
    disk = engine["host-1-data"]
    assert disk.inputs["size"] == 50
    assert disk.request.protect
    attached = engine["host-1"].inputs["attachedDisks"]
    assert attached == [
        {"source": "https://compute.example/host-1-data", "deviceName": "docker-data"}
    ]
    assert "docker-data" in engine["host-1"].inputs["metadata"]["startup-script"]
    assert engine["host-1-snapshots"].inputs["disk"] == "reddit-1-data"
    policy = engine["host-snapshots"].inputs["snapshotSchedulePolicy"]
    assert policy["retentionPolicy"]["onSourceDiskDelete"] == "KEEP_AUTO_SNAPSHOTS"


def test_protection_can_be_meant_away(deploy: Deploy, engine: Engine) -> None:
    _deploy(deploy, deletion_protection=False)
    assert not engine["host-1-data"].request.protect
    assert not engine["host-1"].inputs["deletionProtection"]


def test_ssh_comes_through_identity_aware_proxy_alone(deploy: Deploy, engine: Engine) -> None:
    host = _deploy(deploy)
    firewall = engine["host-ssh"].inputs
    assert firewall["sourceRanges"] == ["35.235.240.0/20"]
    assert firewall["allows"] == [{"protocol": "tcp", "ports": ["22"]}]
    assert firewall["targetServiceAccounts"] == ["host-account@project.example"]
    assert set(engine.of_type(GCE_FIREWALL)) == {"host-ssh"}
    (provider,) = engine.of_type(PROVIDER).values()
    assert provider.inputs["host"] == "ssh://deploy@reddit-1"
    options = json.loads(provider.inputs["sshOpts"])
    (tunnel,) = [each for each in options if each.startswith("ProxyCommand=")]
    assert "start-iap-tunnel reddit-1 %p" in tunnel
    assert "--project=my-project-42" in tunnel
    assert "StrictHostKeyChecking=yes" in options
    assert any("get-guest-attributes reddit-1" in each for each in options)
    assert list(host.providers) == ["reddit-1"]


def test_given_ranges_reach_ssh_directly(deploy: Deploy, engine: Engine) -> None:
    _deploy(deploy, ssh_source_ranges=["203.0.113.0/24"])
    assert engine["host-ssh"].inputs["sourceRanges"] == ["203.0.113.0/24"]
    (provider,) = engine.of_type(PROVIDER).values()
    options = json.loads(provider.inputs["sshOpts"])
    assert "HostName=10.132.0.2" in options
    assert not any("ProxyCommand" in each for each in options)


def test_a_public_address_is_made_on_demand_and_outlives_its_vm(
    deploy: Deploy, engine: Engine, value: Value
) -> None:
    host = _deploy(deploy, public_ip=True)
    assert set(engine.of_type(GCE_ADDRESS)) == {"host-1-address"}
    (interface,) = engine["host-1"].inputs["networkInterfaces"]
    assert interface["accessConfigs"] == [{"natIp": "203.0.113.7"}]
    assert value(host.address) == "203.0.113.7"


def test_a_published_port_is_opened_to_whom_it_is_meant_for(deploy: Deploy, engine: Engine) -> None:
    closed = {"port": 9293, "bind_address": "0.0.0.0"}  # noqa: S104 - on a VM
    args: Any = {"gce": gce_host(), "published_ports": [OPEN, closed]}
    deploy(lambda: DockerHost("host", args))
    assert set(engine.of_type(GCE_FIREWALL)) == {"host-ssh", "host-tcp-9292"}
    firewall = engine["host-tcp-9292"].inputs
    assert firewall["allows"] == [{"protocol": "tcp", "ports": ["9292"]}]
    assert firewall["sourceRanges"] == ["10.0.0.0/8"]


def test_one_more_host_touches_no_other(deploy: Deploy, engine: Engine) -> None:
    def registered(count: int) -> dict[str, dict[str, Any]]:
        engine.registrations.clear()
        _deploy(deploy, count)
        return {each.name: each.inputs for each in engine.registrations}

    two, three = registered(2), registered(3)
    for name in two.keys() - {"host", "host-owner"}:
        assert three[name] == two[name], name
    assert three["host-3"]["zone"] == three["host-1"]["zone"] == "europe-west1-b"
    assert three["host-2"]["zone"] == "europe-west1-c"


def test_the_cost_of_a_host_is_constant(deploy: Deploy, engine: Engine) -> None:
    def registered(count: int) -> int:
        engine.registrations.clear()
        _deploy(deploy, count)
        return len(engine.registrations)

    one, two, ten = registered(1), registered(2), registered(10)
    assert ten - one == 9 * (two - one)


def test_what_lives_on_a_vm_goes_and_comes_with_it(deploy: Deploy, engine: Engine) -> None:
    def program() -> None:
        host = DockerHost("host", {"gce": gce_host()})
        opts = pulumi.ResourceOptions(provider=host.provider)
        BridgeNetworks("nets", {"networks": {"net": {}}}, opts)

    deploy(program)
    (network,) = engine.of_type(NETWORK).values()
    # A VM that is made anew has another one, under the same name.
    assert network.replacement_trigger == "host-1-instance"
    assert network.request.deletedWith.endswith("::host-1")


def test_the_engine_is_asked_for_once_its_vm_and_set_up_are_there(
    deploy: Deploy, engine: Engine
) -> None:
    _deploy(deploy)
    ready = engine["host-reddit-1-ready"]
    assert ready.inputs["input"]["identity"] == "host-1-instance"
    script = engine["host-1"].inputs["metadata"]["startup-script"]
    assert f"VERSION={ready.inputs['input']['setup']}\n" in script
    (provider,) = engine.of_type(PROVIDER).values()
    assert provider.depends_on == {"host-reddit-1-ready"}


def test_a_spot_vm_does_not_migrate(deploy: Deploy, engine: Engine) -> None:
    _deploy(deploy, spot=True)
    assert engine["host-1"].inputs["scheduling"] == {
        "preemptible": True,
        "automaticRestart": False,
        "provisioningModel": "SPOT",
        "onHostMaintenance": "TERMINATE",
        "instanceTerminationAction": "STOP",
    }


def test_a_key_of_ones_own_encrypts_both_disks(deploy: Deploy, engine: Engine) -> None:
    _deploy(deploy, kms_key="the-key")
    assert engine["host-1-data"].inputs["diskEncryptionKey"] == {"kmsKeySelfLink": "the-key"}
    assert engine["host-1"].inputs["bootDisk"]["kmsKeySelfLink"] == "the-key"


@pytest.mark.parametrize(
    ("prefix", "account"),
    [("a", "a-hosts"), ("reddit", "reddit"), ("x" * 31, f"{'x' * 21}-ab8ea9b4")],
)
def test_the_service_account_has_a_name_that_google_takes(
    deploy: Deploy, engine: Engine, prefix: str, account: str
) -> None:
    _deploy(deploy, prefix=prefix)
    (made,) = engine.of_type(GCE_ACCOUNT).values()
    assert 6 <= len(made.inputs["accountId"]) <= 30
    assert made.inputs["accountId"][:9] == account[:9]


def test_the_vms_account_writes_logs_and_metrics_and_nothing_else(
    deploy: Deploy, engine: Engine
) -> None:
    _deploy(deploy)
    roles = {
        each.inputs["role"] for each in engine.registrations if each.type.endswith(":IAMMember")
    }
    assert roles == {"roles/logging.logWriter", "roles/monitoring.metricWriter"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"project": "X"}, "gce.project: 'X' is not a project's id"),
        ({"prefix": "Reddit"}, "gce.prefix: 'Reddit' can't begin a name on Google Cloud"),
        ({"prefix": "x" * 51}, "at most 50 characters"),
        ({"zones": []}, "gce.zones: [] names no zone"),
        ({"zones": ["europe-west1"]}, "gce.zones[0]: 'europe-west1' is not a zone"),
        (
            {"zones": ["europe-west1-b", "europe-north1-a"]},
            "gce.zones[1]: 'europe-north1-a' is in another region than europe-west1-b",
        ),
        ({"zones": ["europe-west1-b"] * 2}, "gce.zones[1]: 'europe-west1-b' is given twice"),
        ({"ssh_public_keys": []}, "gce.ssh_public_keys: [] lets nobody in"),
        ({"ssh_public_keys": ["x"]}, "gce.ssh_public_keys[0]: 'x' is not a public key"),
        ({"identity_file": "~/x\n"}, "is not the path of a key"),
        ({"boot_disk_gib": 9}, "gce.boot_disk_gib: 9 is not a whole number from 10"),
        ({"data_disk_gib": 1e9}, "gce.data_disk_gib: 1000000000.0 is not a whole number"),
        ({"snapshot_days": 0}, "gce.snapshot_days: 0 is not a whole number from 1"),
        ({"snapshot_time": "3:30"}, "gce.snapshot_time: '3:30' is not a full hour"),
        (
            {"ssh_source_ranges": ["0.0.0.0/0"]},
            "gce.ssh_source_ranges[0]: '0.0.0.0/0' is the whole internet",
        ),
        ({"ssh_source_ranges": ["x"]}, "gce.ssh_source_ranges[0]: 'x' is not an IPv4 range"),
        ({"roles": ["roles/owner"]}, "gce.roles[0]: 'roles/owner' reaches the whole project"),
        ({"roles": ["owner"]}, "gce.roles[0]: 'owner' is not a role"),
        ({"engine": {"log_max_files": 0}}, "gce.engine.log_max_files: 0 is not a whole number"),
    ],
)
def test_a_bad_argument_is_refused_before_anything_is_registered(
    deploy: Deploy, engine: Engine, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        _deploy(deploy, **changes)
    assert message in str(refusal.value)
    assert engine.registrations == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            {"published_ports": [{"port": 80, "source_ranges": ["10.0.0.0/8"]}]},
            "published_ports[0].source_ranges: ['10.0.0.0/8'] can't be reached on a loopback",
        ),
        (
            {"published_ports": [{**OPEN, "source_ranges": ["10.0.0.1/8"]}]},
            "published_ports[0].source_ranges[0]: '10.0.0.1/8' is not an IPv4 range",
        ),
        (
            {"avoid": ["172.28.0.0/16"]},
            "gce.engine.address_pool: '172.28.0.0/14' overlaps 172.28.0.0/16 (avoid[0])",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(
    deploy: Deploy, engine: Engine, args: Any, message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        deploy(lambda: DockerHost("host", cast("DockerHostArgs", {"gce": gce_host(), **args})))
    assert message in str(refusal.value)
    assert engine.registrations == []


def test_disks_are_protected_one_by_one(deploy: Deploy, engine: Engine) -> None:
    _deploy(deploy, 3)
    disks = engine.of_type(GCE_DISK)
    assert set(disks) == {"host-1-data", "host-2-data", "host-3-data"}
    assert all(each.request.protect for each in disks.values())
    assert set(engine.of_type(GCE_VM)) == {"host-1", "host-2", "host-3"}
