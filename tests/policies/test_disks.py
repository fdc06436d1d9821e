"""Data disks in production: protected, and with snapshots."""

from typing import Any

import pytest
from pulumi_policy import proxy

from tests.policies.judge import Sample, judge, paths
from tests.policies.samples import instance

_DISK = "gcp:compute/disk:Disk"
_ATTACHMENT = "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment"


def _disk(name: str = "data", **options: Any) -> Sample:
    options = {"stack": "prod", "protect": True, **options}
    return Sample(type=_DISK, name=name, properties={"name": name}, **options)


def _attachment(disk: str, **options: Any) -> Sample:
    properties = {"disk": disk, "name": "nightly"}
    return Sample(type=_ATTACHMENT, properties=properties, stack="prod", **options)


def _with_snapshots(disk: Sample) -> list[Sample]:
    return [disk, _attachment(proxy.UNKNOWN_STRING_VALUE, sources={"disk": [disk]})]


def test_a_protected_disk_with_snapshots_is_right() -> None:
    assert judge(*_with_snapshots(_disk())) == {}


def test_an_unprotected_disk_is_refused() -> None:
    verdict = judge(*_with_snapshots(_disk(protect=False)))

    assert paths(verdict) == {"gcp-production-disk-protected": ["protect"]}


def test_a_disk_whose_snapshots_are_attached_by_name_is_right() -> None:
    assert judge(_disk("data"), _attachment("data")) == {}


def test_a_disk_is_refused_when_the_schedule_is_attached_to_another() -> None:
    verdict = judge(_disk("first"), *_with_snapshots(_disk("second")))

    (message,) = verdict["gcp-production-disk-snapshots"]
    assert message.startswith("resourcePolicies: no snapshot schedule is attached;")
    assert f"'{_DISK}::first'" in message


def test_a_disk_of_unknown_name_is_not_taken_for_the_one_of_an_unknown_attachment() -> None:
    unknown = Sample(
        type=_DISK, properties={"name": proxy.UNKNOWN_STRING_VALUE}, stack="prod", protect=True
    )

    verdict = judge(unknown, _attachment(proxy.UNKNOWN_STRING_VALUE))

    assert verdict.keys() == {"gcp-production-disk-snapshots"}


def test_a_disk_that_a_machine_boots_from_needs_no_snapshots() -> None:
    disk = _disk()
    machine = instance()
    booted = Sample(
        type=machine.type,
        name="machine",
        properties={**machine.properties, "bootDisk": {"source": proxy.UNKNOWN_STRING_VALUE}},
        stack="prod",
        sources={"bootDisk": [disk]},
    )

    assert judge(disk, booted) == {}


@pytest.mark.parametrize("stack", ["dev", "review-42"])
def test_a_disk_outside_production_is_left_alone(stack: str) -> None:
    assert judge(_disk(stack=stack, protect=False)) == {}
