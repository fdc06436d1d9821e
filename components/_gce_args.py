"""What a Docker host on Google Compute Engine needs to know."""

from typing import NotRequired, TypedDict

import pulumi

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

    swarm: NotRequired[bool]
    """Whether the hosts may reach each other as those of a Docker Swarm do: TCP 2377, TCP and UDP
    7946, UDP 4789, and ESP. ``DockerSwarm`` sees to it. Default: false."""

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
