"""The rules for what is made on Google Cloud."""

import ipaddress
import re
from collections.abc import Mapping

from . import _engine_rules, _ssh_rules, checks
from . import _gce_args as defaults
from ._gce_args import GceHostArgs

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
        _engine_rules.check_public_key(f"{field}.ssh_public_keys[{index}]", key)
    _ssh_rules.check_identity_file(f"{field}.identity_file", args.get("identity_file"))
    sizes = {
        "boot_disk_gib": args.get("boot_disk_gib", defaults.DEFAULT_BOOT_DISK_GIB),
        "data_disk_gib": args.get("data_disk_gib", defaults.DEFAULT_DATA_DISK_GIB),
    }
    for name, size in sizes.items():
        checks.whole_number(
            f"{field}.{name}", size, smallest=_SMALLEST_DISK_GIB, largest=_LARGEST_DISK_GIB
        )
    checks.whole_number(
        f"{field}.snapshot_days",
        args.get("snapshot_days", defaults.DEFAULT_SNAPSHOT_DAYS),
        smallest=1,
        largest=_LONGEST_DAYS,
    )
    if "snapshot_time" in args:
        _match(f"{field}.snapshot_time", args["snapshot_time"], _TIME, "a full hour such as 03:00")
    for index, value in enumerate(args.get("ssh_source_ranges", [])):
        source_range(f"{field}.ssh_source_ranges[{index}]", value)
    _check_roles(f"{field}.roles", args.get("roles", []))
    _engine_rules.check(f"{field}.engine", args.get("engine", {}), avoid)


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
