"""The preview-only gcp provider, driven by the real engine and the real SDK."""

import json
import sys
from pathlib import Path

import pytest

from airgap import launcher
from tests.airgap.conftest import ROOT, Project

_PROGRAM = """
import pulumi
import pulumi_gcp as gcp

google = gcp.Provider("google", project="mine", region="europe-west1", zone="{zone}")
here = pulumi.ResourceOptions(provider=google)
network = gcp.compute.Network("net", auto_create_subnetworks=False, opts=here)
subnetwork = gcp.compute.Subnetwork(
    "sub", network=network.id, ip_cidr_range="10.10.0.0/24", opts=here
)
account = gcp.serviceaccount.Account("host", account_id="dockyard-host", opts=here)
machine = gcp.compute.Instance(
    "vm",
    name="vm",
    machine_type="e2-small",
    boot_disk={{"initialize_params": {{"image": "debian-cloud/debian-13"}}}},
    network_interfaces=[{{"subnetwork": {subnetwork}, "access_configs": [{{}}]}}],
    metadata={{"colour": "{colour}"}},
    opts=here,
)
pulumi.export("endpoint", machine.network_interfaces.apply(
    lambda found: f"ssh://root@{{found[0].access_configs[0].nat_ip}}"))
pulumi.export("inside", machine.network_interfaces[0].network_ip)
pulumi.export("machine", machine.instance_id)
pulumi.export("account", account.email)
"""

_COMPUTE = "https://www.googleapis.com/compute/v1/projects"
_URN = "urn:pulumi:trial::trial::"
_PROVIDER = {
    "urn": f"{_URN}pulumi:providers:gcp::google",
    "custom": True,
    "id": "0f7a3a1e-0d0a-4f3e-8a53-6f6f3f0f4c55",
    "type": "pulumi:providers:gcp",
    "inputs": {"project": "mine", "region": "europe-west1", "zone": "europe-west1-b"},
    "outputs": {"project": "mine", "region": "europe-west1", "zone": "europe-west1-b"},
}
_MACHINE = {
    "urn": f"{_URN}gcp:compute/instance:Instance::vm",
    "custom": True,
    "id": "projects/mine/zones/europe-west1-b/instances/vm",
    "type": "gcp:compute/instance:Instance",
    "provider": f"{_PROVIDER['urn']}::{_PROVIDER['id']}",
    "outputs": {
        "name": "vm",
        "project": "mine",
        "zone": "europe-west1-b",
        "instanceId": "4711",
        "machineType": "e2-small",
        "bootDisk": {
            "autoDelete": True,
            "initializeParams": {
                "image": f"{_COMPUTE}/debian-cloud/global/images/debian-13-trixie-v20260101"
            },
        },
        "networkInterfaces": [
            {
                "name": "nic0",
                "subnetwork": f"{_COMPUTE}/mine/regions/europe-west1/subnetworks/sub",
                "networkIp": "10.10.0.2",
                "accessConfigs": [{"natIp": "203.0.113.7", "networkTier": "PREMIUM"}],
            }
        ],
        "metadata": {"colour": "blue"},
    },
}


@pytest.fixture
def trial(project: Project, tmp_path: Path) -> Project:
    """A project whose gcp plugin is the stand-in, whatever else is installed."""
    plugin = launcher.text(Path(sys.executable), ROOT, "airgap.providers.gcp")
    launcher.write(tmp_path / "bin" / "pulumi-resource-gcp", plugin)
    return project


def write(trial: Project, *, colour: str, zone: str = "europe-west1-b", subnetwork: str) -> None:
    trial.program(_PROGRAM.format(colour=colour, zone=zone, subnetwork=subnetwork))


def preview(trial: Project) -> str:
    """What a preview shows."""
    done = trial.pulumi("preview", "--diff")
    assert done.returncode == 0, done.stdout
    return done.stdout


def import_machine(trial: Project) -> None:
    """Put a running machine into the state, as the real plugin leaves one there."""
    deployment = {"manifest": {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}}
    file = trial.folder / "state.json"
    file.write_text(
        json.dumps({"version": 3, "deployment": {**deployment, "resources": [_PROVIDER, _MACHINE]}})
    )
    done = trial.pulumi("stack", "import", "--file", str(file))
    assert done.returncode == 0, done.stdout


def test_nothing_of_a_machine_to_come_reads_as_none(trial: Project) -> None:
    write(trial, colour="blue", subnetwork="subnetwork.id")
    shown = preview(trial)
    assert "stand-in for the plugin only previews" in shown
    for output in ("endpoint", "inside", "machine", "account"):
        assert f"{output:<8}: [unknown]" in shown
    assert "None" not in shown


def test_an_update_creates_nothing_and_says_what_to_install(trial: Project) -> None:
    write(trial, colour="blue", subnetwork="subnetwork.id")
    done = trial.pulumi("up", "--yes", "--skip-preview")
    assert done.returncode != 0
    assert "only previews, it can't create, read, change or delete" in done.stdout
    assert "pulumi plugin install resource gcp 10.2.0" in done.stdout
    assert "gcp:compute/network:Network" not in trial.pulumi("stack", "export").stdout


def test_a_running_machine_whose_metadata_changes_keeps_id_and_addresses(trial: Project) -> None:
    import_machine(trial)
    write(trial, colour="red", subnetwork="'sub'")
    shown = preview(trial)
    assert "~ gcp:compute/instance:Instance: (update)" in shown
    assert 'endpoint: "ssh://root@203.0.113.7"' in shown
    assert 'inside  : "10.10.0.2"' in shown
    assert 'machine : "4711"' in shown


def test_a_running_machine_that_moves_to_another_zone_is_replaced(trial: Project) -> None:
    import_machine(trial)
    write(trial, colour="blue", zone="europe-west1-c", subnetwork="'sub'")
    assert "+-gcp:compute/instance:Instance: (replace)" in preview(trial)


def test_a_running_machine_that_nobody_changes_stays(trial: Project) -> None:
    import_machine(trial)
    write(trial, colour="blue", subnetwork="'sub'")
    shown = preview(trial)
    assert "gcp:compute/network:Network: (create)" in shown
    assert "gcp:compute/instance:Instance" not in shown
