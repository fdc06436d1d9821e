"""Jobs on VMs that come and go: the executor ``docker-autoscaler`` on Google Compute Engine."""

import re
from typing import Any, NotRequired, TypedDict

import pulumi

from . import checks
from ._service_container import go_duration

_MOST_INSTANCES = 1000
_VERSION = re.compile(r"[0-9]+(\.[0-9]+){0,2}")
_DEFAULT_IDLE_INSTANCES = 0
_DEFAULT_IDLE_SECONDS = 1200
_DEFAULT_USERNAME = "runner"


class RunnerAutoscalerArgs(TypedDict):
    """VMs of a managed instance group in one zone, one for each job.

    The group is the manager's alone: it has Docker in its image, and no autoscaling of its own.
    """

    project: str
    """Google Cloud project of the group."""

    zone: str
    """Zone of the group."""

    instance_group: pulumi.Input[str]
    """Name of the group."""

    credentials: pulumi.Input[str]
    """Key of a service account that may resize the group and reach its VMs, JSON, a secret wherever
    it goes. Containers can't ask the metadata server, so there is no way without."""

    plugin_version: str
    """Version of the plugin ``googlecloud``, which the manager downloads at its start, such as
    ``1.0.0``."""

    max_instances: int
    """How many VMs there may be at once, up to 1000."""

    idle_instances: NotRequired[int]
    """How many VMs wait for jobs. Default: 0."""

    idle_seconds: NotRequired[int]
    """Seconds that a VM may wait for one, 1 to 3600. Default: 1200."""

    username: NotRequired[str]
    """User that the manager logs in as; the plugin gives it a key. Default: ``runner``."""

    external_addresses: NotRequired[bool]
    """Whether the manager reaches the VMs at their public addresses. Default: false."""


def check(autoscaler: RunnerAutoscalerArgs) -> None:
    """Check everything that is known before anything is created.

    Raises:
        ArgumentError: a version or a number is invalid.
    """
    if not _VERSION.fullmatch(autoscaler["plugin_version"]):
        raise checks.ArgumentError(
            "autoscaler.plugin_version",
            autoscaler["plugin_version"],
            "is not a version; pin one like 1.0.0",
        )
    checks.whole_number(
        "autoscaler.max_instances",
        autoscaler["max_instances"],
        smallest=1,
        largest=_MOST_INSTANCES,
    )
    if "idle_instances" in autoscaler:
        checks.whole_number(
            "autoscaler.idle_instances",
            autoscaler["idle_instances"],
            smallest=0,
            largest=int(autoscaler["max_instances"]),
        )
    if "idle_seconds" in autoscaler:
        checks.seconds("autoscaler.idle_seconds", autoscaler["idle_seconds"])


def section(autoscaler: RunnerAutoscalerArgs) -> dict[str, Any]:
    """Return the section ``[runners.autoscaler]``."""
    return {
        "plugin": f"googlecloud:{autoscaler['plugin_version']}",
        # No job finds anything of another one.
        "capacity_per_instance": 1,
        "max_use_count": 1,
        "max_instances": int(autoscaler["max_instances"]),
        # What nobody manages any more must not go on costing.
        "delete_instances_on_shutdown": True,
        "plugin_config": {
            "project": autoscaler["project"],
            "zone": autoscaler["zone"],
            "name": autoscaler["instance_group"],
        },
        "connector_config": {
            "username": autoscaler.get("username", _DEFAULT_USERNAME),
            "use_external_addr": autoscaler.get("external_addresses", False),
        },
        "policy": [
            {
                "idle_count": int(autoscaler.get("idle_instances", _DEFAULT_IDLE_INSTANCES)),
                "idle_time": go_duration(
                    int(autoscaler.get("idle_seconds", _DEFAULT_IDLE_SECONDS))
                ),
            }
        ],
    }
