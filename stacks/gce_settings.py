"""Settings of VMs to create on Google Compute Engine, and of their network."""

from collections.abc import Mapping
from typing import Any, Final, cast

from components import EngineArgs, GceHostArgs, HostNetworkArgs

from .reader import Reader

SUBNET_ROLE: Final = "apps"
"""Role of the VMs' subnetwork."""

_TEXTS = {
    "gcpMachineType": "machine_type",
    "gcpImage": "image",
    "gcpDiskType": "disk_type",
    "gcpKmsKey": "kms_key",
    "gcpIdentityFile": "identity_file",
    "gcpSnapshotTime": "snapshot_time",
}
_NUMBERS = {
    "gcpBootDiskGib": "boot_disk_gib",
    "gcpDataDiskGib": "data_disk_gib",
    "gcpSnapshotDays": "snapshot_days",
}
_SWITCHES = {
    "gcpPublicIp": "public_ip",
    "gcpSpot": "spot",
    "gcpDeletionProtection": "deletion_protection",
}
_LISTS = {
    "gcpSshPublicKeys": "ssh_public_keys",
    "gcpSshSourceRanges": "ssh_source_ranges",
}

FIELDS: Final[Mapping[str, str]] = {
    r"gce\.project|project": "gcpProject",
    r"gce\.prefix|prefix": "prefix",
    r"gce\.zones|region": "gcpZones",
    rf"subnets\['{SUBNET_ROLE}'\]": "gcpSubnet",
    **{
        rf"gce\.{argument}": key
        for table in (_TEXTS, _NUMBERS, _SWITCHES, _LISTS)
        for key, argument in table.items()
    },
}
"""Patterns of what the VMs and their network call their fields, and the key of each."""


def load(reader: Reader, *, prefix: str, engine: EngineArgs) -> GceHostArgs | None:
    """Return what the VMs need to know, but for their network; None where none are wanted.

    Args:
        reader: where it stands.
        prefix: beginning of physical names.
        engine: how their engines are set up.

    Raises:
        ArgumentError: a key is missing, or its value is of another type.
    """
    given: dict[str, Any] = {
        "project": reader.text("gcpProject"),
        "zones": reader.texts("gcpZones"),
        "prefix": prefix,
        "labels": reader.text_map("gcpLabels"),
        "engine": engine,
        # Made in the same deployment, and not there yet.
        "network": "",
        "subnetwork": "",
    }
    given |= {argument: text for key, argument in _TEXTS.items() if (text := reader.text(key))}
    given |= {argument: reader.integer(key) for key, argument in _NUMBERS.items()}
    given |= {argument: reader.boolean(key) for key, argument in _SWITCHES.items()}
    given |= {argument: reader.texts(key) for key, argument in _LISTS.items()}
    return cast("GceHostArgs", given) if given["project"] else None


def network(gce: GceHostArgs, subnet: str, container_ranges: list[str]) -> HostNetworkArgs:
    """Return what the network of VMs needs to know.

    Args:
        gce: the VMs.
        subnet: range of their subnetwork, CIDR.
        container_ranges: IPv4 ranges that the stack's networks use or avoid.
    """
    zones = gce["zones"]
    return HostNetworkArgs(
        project=gce["project"],
        prefix=gce["prefix"],
        region=zones[0].rpartition("-")[0] if zones else "",
        subnets={SUBNET_ROLE: subnet},
        avoid=container_ranges,
    )
