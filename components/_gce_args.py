"""What a Docker host on Google Compute Engine needs to know, and the rules for it."""

import ipaddress
import re
from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from . import _engine_args, _ssh, checks
from ._engine_args import EngineArgs

DEFAULT_MACHINE_TYPE = "e2-medium"
DEFAULT_IMAGE = "debian-cloud/debian-13"
DEFAULT_DISK_TYPE = "pd-balanced"
DEFAULT_BOOT_DISK_GIB = 20
DEFAULT_DATA_DISK_GIB = 20
DEFAULT_SNAPSHOT_TIME = "03:00"
DEFAULT_SNAPSHOT_DAYS = 14
DEFAULT_ROLES = ("roles/logging.logWriter", "roles/monitoring.metricWriter")

IAP_RANGES = ("35.235.240.0/20",)
"""Where Google's Identity-Aware Proxy forwards SSH from."""

# https://cloud.google.com/compute/docs/naming-resources; room is left for "-99-data".
_LONGEST_PREFIX = 50
_NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
_ZONE = re.compile(r"[a-z]+-[a-z]+[0-9]+-[a-z]")
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_ROLE = re.compile(r"(roles|projects/[^/]+/roles|organizations/[0-9]+/roles)/[A-Za-z0-9._]+")
_TIME = re.compile(r"([01][0-9]|2[0-3]):00")
_SMALLEST_DISK_GIB = 10
_LARGEST_DISK_GIB = 65_536
_LONGEST_DAYS = 3650
# roles/owner and their like, which no machine needs.
_BASIC_ROLES = frozenset({"roles/owner", "roles/editor", "roles/viewer"})


class GceHostArgs(TypedDict):
    """Machines to create on Google Compute Engine.

    The machine that deploys needs OpenSSH 8.5 or newer and ``gcloud``, logged in: it forwards SSH
    through Identity-Aware Proxy and fetches the VM's host keys from its guest attributes.
    """

    project: str
    """Id of the Google Cloud project."""

    prefix: str
    """Beginning of the names of the VMs and of all that belongs to them, unique in the project:
    lower case letters, digits and hyphens, at most 50 characters."""

    zones: list[str]
    """Zones of one region, such as ``europe-west1-b``. Hosts are spread over them in turn."""

    network: pulumi.Input[str]
    """Id or self link of the VPC network."""

    subnetwork: pulumi.Input[str]
    """Id or self link of the subnetwork, in the zones' region."""

    ssh_public_keys: list[str]
    """Public keys that may log in as ``deploy``, the user that Docker is reached as."""

    identity_file: NotRequired[str]
    """Path of the private key on the machine that deploys; ``~`` is the home folder of whoever
    deploys. Default: the keys of the SSH agent, or OpenSSH's usual files."""

    machine_type: NotRequired[str]
    """Machine type. Default: ``e2-medium`` (2 vCPU, 4 GB)."""

    image: NotRequired[str]
    """Boot image: a family or an image, as ``project/family``. It must be Debian, Ubuntu, or one
    built by the template in ``images/``. Default: ``debian-cloud/debian-13``."""

    boot_disk_gib: NotRequired[int]
    """Size of the boot disk in GiB. Default: 20."""

    data_disk_gib: NotRequired[int]
    """Size of the disk for ``/var/lib/docker`` in GiB; it can grow in place, and never shrinks.
    Default: 20."""

    disk_type: NotRequired[str]
    """Type of both disks. Default: ``pd-balanced``."""

    kms_key: NotRequired[pulumi.Input[str]]
    """Self link of a Cloud KMS key that encrypts both disks. Default: a key of Google's."""

    public_ip: NotRequired[bool]
    """Whether each host has a static public IPv4 address. Default: false."""

    ssh_source_ranges: NotRequired[list[str]]
    """IPv4 ranges that may reach sshd directly. Default: none but Identity-Aware Proxy, which then
    forwards SSH."""

    roles: NotRequired[list[str]]
    """Roles of the hosts' service account in the project. Default: write logs and metrics."""

    labels: NotRequired[dict[str, str]]
    """Labels of VMs, disks, addresses and snapshots."""

    spot: NotRequired[bool]
    """Whether the hosts are spot VMs, which Google may stop at any time. Default: false."""

    deletion_protection: NotRequired[bool]
    """Whether VMs and data disks refuse to be deleted or replaced. Default: true."""

    snapshot_time: NotRequired[str]
    """When the daily snapshot of each data disk starts, UTC, as ``HH:00``. Default: ``03:00``."""

    snapshot_days: NotRequired[int]
    """Days that a snapshot is kept; the last ones outlive their disk. Default: 14."""

    engine: NotRequired[EngineArgs]
    """How the Docker Engine is set up. Default: see there."""


def check(field: str, args: GceHostArgs, avoid: Mapping[str, ipaddress.IPv4Network]) -> None:
    """Check everything that is known before anything is created.

    Args:
        field: the path of the arguments, such as ``gce``.
        args: the arguments.
        avoid: the ranges that the engine's address pool must stay clear of, by field.

    Raises:
        ArgumentError: a name, zone, key, size, range, role or time is invalid.
    """
    project(f"{field}.project", args["project"])
    prefix(f"{field}.prefix", args["prefix"])
    _check_zones(f"{field}.zones", args["zones"])
    if not args["ssh_public_keys"]:
        raise checks.ArgumentError(
            f"{field}.ssh_public_keys",
            args["ssh_public_keys"],
            "lets nobody in; give the public key of whoever deploys",
        )
    for index, key in enumerate(args["ssh_public_keys"]):
        _engine_args.check_public_key(f"{field}.ssh_public_keys[{index}]", key)
    _ssh.check_identity_file(f"{field}.identity_file", args.get("identity_file"))
    sizes = {
        "boot_disk_gib": args.get("boot_disk_gib", DEFAULT_BOOT_DISK_GIB),
        "data_disk_gib": args.get("data_disk_gib", DEFAULT_DATA_DISK_GIB),
    }
    for name, size in sizes.items():
        checks.whole_number(
            f"{field}.{name}", size, smallest=_SMALLEST_DISK_GIB, largest=_LARGEST_DISK_GIB
        )
    checks.whole_number(
        f"{field}.snapshot_days",
        args.get("snapshot_days", DEFAULT_SNAPSHOT_DAYS),
        smallest=1,
        largest=_LONGEST_DAYS,
    )
    if "snapshot_time" in args:
        _match(f"{field}.snapshot_time", args["snapshot_time"], _TIME, "a full hour such as 03:00")
    for index, value in enumerate(args.get("ssh_source_ranges", [])):
        source_range(f"{field}.ssh_source_ranges[{index}]", value)
    _check_roles(f"{field}.roles", args.get("roles", []))
    _engine_args.check(f"{field}.engine", args.get("engine", {}), avoid)


def project(field: str, value: str) -> str:
    """Check a project's id.

    Raises:
        ArgumentError: it can't be one.
    """
    _match(field, value, _PROJECT, "a project's id, such as my-project-42")
    return value


def prefix(field: str, value: str) -> str:
    """Check the beginning of names on Google Cloud.

    Raises:
        ArgumentError: no resource there could be called so.
    """
    if len(value) > _LONGEST_PREFIX or not _NAME.fullmatch(value):
        raise checks.ArgumentError(
            field,
            value,
            "can't begin a name on Google Cloud; begin with a lower case letter, go on with lower "
            f"case letters, digits and '-', end with no '-', at most {_LONGEST_PREFIX} characters",
        )
    return value


def source_range(field: str, value: str) -> ipaddress.IPv4Network:
    """Check a range that may reach something that is dangerous in strangers' hands.

    Raises:
        ArgumentError: it is no IPv4 range, or the whole internet.
    """
    checked = checks.ip_range(field, value)
    if checked.prefixlen == 0:
        raise checks.ArgumentError(
            field, value, "is the whole internet; give the ranges that you come from"
        )
    return checked


def _check_zones(field: str, zones: list[str]) -> None:
    if not zones:
        raise checks.ArgumentError(field, zones, "names no zone; give at least one")
    for index, zone in enumerate(zones):
        _match(f"{field}[{index}]", zone, _ZONE, "a zone such as europe-west1-b")
        if zone.rpartition("-")[0] != zones[0].rpartition("-")[0]:
            raise checks.ArgumentError(
                f"{field}[{index}]",
                zone,
                f"is in another region than {zones[0]}; a subnetwork and a snapshot schedule serve "
                "one region",
            )
    checks.unique(field, zones)


def _check_roles(field: str, roles: list[str]) -> None:
    for index, role in enumerate(roles):
        _match(f"{field}[{index}]", role, _ROLE, "a role such as roles/logging.logWriter")
        if role in _BASIC_ROLES:
            raise checks.ArgumentError(
                f"{field}[{index}]", role, "reaches the whole project; give the narrow roles needed"
            )
    checks.unique(field, roles)


def _match(field: str, value: str, pattern: re.Pattern[str], what: str) -> None:
    if not pattern.fullmatch(value):
        raise checks.ArgumentError(field, value, f"is not {what}")
