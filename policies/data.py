"""Rules for what production keeps: its database volumes and its data disks."""

from collections.abc import Iterator, Sequence
from typing import Final

from policies.rules import Finding, Resource, Rule, StackRule
from policies.values import HIDDEN, entries, fields

VOLUME: Final = "docker:index/volume:Volume"
DISKS: Final = frozenset({"gcp:compute/disk:Disk", "gcp:compute/regionDisk:RegionDisk"})

_ATTACHMENTS = frozenset(
    {
        "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment",
        "gcp:compute/regionDiskResourcePolicyAttachment:RegionDiskResourcePolicyAttachment",
    }
)
_INSTANCE = "gcp:compute/instance:Instance"
_ROLE_LABEL = "org.dockyard.role"
_DATABASE = "database"
_PROTECT = "set protect=True in its resource options"


def _unprotected_volume(resource: Resource) -> Iterator[Finding]:
    roles = {
        fields(each).get("value")
        for each in entries(resource.properties.get("labels"))
        if fields(each).get("label") == _ROLE_LABEL
    }
    if _DATABASE in roles:
        yield from _unprotected(resource)


def _unprotected(resource: Resource) -> Iterator[Finding]:
    if resource.in_production and not resource.protect:
        yield Finding("protect", "false, and so a destroy or a replacement deletes the data")


def _without_snapshots(resources: Sequence[Resource]) -> Iterator[tuple[Resource, Finding]]:
    attachments = [each for each in resources if each.type in _ATTACHMENTS]
    booted_from = {
        urn
        for each in resources
        if each.type == _INSTANCE
        for urn in each.sources.get("bootDisk", ())
    }
    for disk in resources:
        if disk.type in DISKS and disk.in_production and disk.urn not in booted_from:
            inline = disk.properties.get("resourcePolicies")
            if not inline and not any(_is_of(disk, each) for each in attachments):
                yield disk, Finding("resourcePolicies", "no snapshot schedule is attached")


def _is_of(disk: Resource, attachment: Resource) -> bool:
    if disk.urn in attachment.sources.get("disk", ()):
        return True
    name = attachment.properties.get("disk")
    return name is not HIDDEN and name == disk.properties.get("name")


RULES: Final = (
    Rule(
        name="docker-production-data-protected",
        types=frozenset({VOLUME}),
        description="A database's volume in production must be protected: it is the only copy.",
        remedy=_PROTECT,
        check=_unprotected_volume,
    ),
    Rule(
        name="gcp-production-disk-protected",
        types=DISKS,
        description="A disk in production must be protected: what it holds is gone with it.",
        remedy=_PROTECT,
        check=_unprotected,
    ),
)
"""The rules for one volume or disk."""

STACK_RULES: Final = (
    StackRule(
        name="gcp-production-disk-snapshots",
        description="A data disk in production must have snapshots: protection undoes no mistake.",
        remedy=(
            "attach a ResourcePolicy with a snapshotSchedulePolicy by a"
            " DiskResourcePolicyAttachment"
        ),
        check=_without_snapshots,
    ),
)
"""The rule for disks and what is attached to them."""
