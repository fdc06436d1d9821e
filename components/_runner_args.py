"""What a pool of GitLab runners needs to know, and the rules for it."""

import posixpath
import re
from enum import StrEnum
from pathlib import PurePosixPath
from typing import NotRequired, TypedDict
from urllib.parse import urlsplit

import pulumi

from . import _extras, _runner_autoscaler, checks
from ._runner_autoscaler import RunnerAutoscalerArgs

_MOST_MANAGERS = 999
_MOST_JOBS = 10_000
_LARGEST_OUTPUT_KIB = 1 << 20
_LONGEST_GRACE_SECONDS = 86_400

_TOKEN_MARK = "glrt-"  # noqa: S105 - what every runner's token contains
# What stands in a message for a value that may be a secret.
_HIDDEN = "(hidden)"
_FEATURE_FLAG = re.compile(r"FF_[A-Z0-9_]+")
_CAPABILITY = re.compile(r"[A-Z][A-Z_]*")
# Whoever reaches one of these is root on the host.
_ENGINE_SOCKETS = (
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/var/run/docker.sock",
    "/var/run/containerd/containerd.sock",
)


class RunnerPurpose(StrEnum):
    """What the jobs of a pool do, which decides how they are confined."""

    JOBS = "jobs"
    """Build, test, deploy. No process gains privileges that its parent lacks."""

    IMAGE_BUILDS = "image-builds"
    """Build images with rootless BuildKit. It makes user namespaces, so that seccomp's and
    AppArmor's profiles are off; still not privileged. Give such a pool tags of its own."""


class PullPolicy(StrEnum):
    """When the image of a job is pulled."""

    ALWAYS = "always"
    """Before every job: who may not pull it can't run it either."""

    IF_NOT_PRESENT = "if-not-present"
    """When it is missing. Any job runs what another one has pulled."""

    NEVER = "never"
    """Not at all: the host's images alone."""


class RunnerJobsArgs(TypedDict):
    """The containers that jobs and their services run in."""

    image: NotRequired[str]
    """Image of jobs that name none, pinned. Default: ``alpine:3.22``."""

    purpose: NotRequired[RunnerPurpose]
    """What the jobs do. Default: ``jobs``."""

    allowed_images: NotRequired[list[str]]
    """Patterns of the images that jobs may name, such as ``ruby:*``. Default: all."""

    allowed_services: NotRequired[list[str]]
    """Patterns of the images that jobs may name as services. Default: all."""

    pull_policies: NotRequired[list[PullPolicy]]
    """When images are pulled; the next is tried where one fails. Default: ``always``."""

    privileged: NotRequired[bool]
    """Whether jobs are privileged, which makes each of them root on the host. Default: false."""

    setuid_programs: NotRequired[bool]
    """Whether ``sudo`` and the like work in jobs. They do in image builds. Default: false."""

    dropped_capabilities: NotRequired[list[str]]
    """Kernel capabilities that jobs lack, without ``CAP_``. Default: ``NET_RAW``."""

    memory_mib: NotRequired[int]
    """Memory limit of a job's container in MiB. Default: 2048."""

    cpus: NotRequired[float]
    """CPU limit of a job's container in CPUs. Default: 1.0."""

    service_memory_mib: NotRequired[int]
    """Memory limit of each of a job's services in MiB. Default: 1024."""

    service_cpus: NotRequired[float]
    """CPU limit of each of a job's services in CPUs. Default: 1.0."""

    network_id: NotRequired[pulumi.Input[str]]
    """Network that all jobs share, where GitLab is reached through it alone. Default: each job has
    a network of its own."""

    network_mtu_bytes: NotRequired[int]
    """Largest packet on the jobs' own networks in bytes. Default: the engine's."""

    helper_image: NotRequired[pulumi.Input[str]]
    """Image that clones, caches and uploads, pinned. Default: the runner's."""

    volumes: NotRequired[list[str]]
    """Volumes of jobs: a path inside (it outlives the job), or ``source:path`` with a volume's name
    or a folder of the host. None may reach the engine's socket. Default: ``/cache``."""


class RunnerCacheArgs(TypedDict):
    """A bucket of Google Cloud Storage that the managers share as the jobs' cache.

    What gets old is removed by the bucket itself, by a rule of its lifecycle.
    """

    bucket: pulumi.Input[str]
    """Name of the bucket."""

    credentials: pulumi.Input[str]
    """Key of a service account that may read and write the bucket, JSON, a secret wherever it
    goes. Containers can't ask the metadata server, so there is no way without."""


class RunnerPoolArgs(TypedDict):
    """Equal managers of one GitLab runner, on one Docker host."""

    prefix: str
    """Beginning of every container's name, unique on the host."""

    gitlab_url: pulumi.Input[str]
    """Address of GitLab as the managers reach it."""

    token: pulumi.Input[str]
    """The runner's authentication token (``glrt-…``), a secret wherever it goes. All managers share
    it; GitLab tells them apart by their system ids."""

    network_id: pulumi.Input[str]
    """Network of the managers, from which they reach GitLab."""

    count: NotRequired[int]
    """How many managers, 1 to 999. A smaller count lets the last ones finish their jobs.
    Default: 1."""

    image: NotRequired[pulumi.Input[str]]
    """Image of the managers: a pinned reference, or an id from ``PulledImages``.
    Default: ``gitlab/gitlab-runner:alpine-v19.3.0``."""

    jobs: NotRequired[RunnerJobsArgs]
    """The containers of jobs. Default: all of its defaults."""

    concurrent: NotRequired[int]
    """How many jobs a manager runs at once. Default: 2, or as many as the autoscaler's VMs."""

    limit: NotRequired[int]
    """How many of them may be this runner's; 0 is all of them. Default: 0."""

    request_concurrency: NotRequired[int]
    """How many requests for new jobs a manager may have open at once. Default: 2."""

    check_interval_seconds: NotRequired[int]
    """Seconds between two requests for new jobs. Default: 3."""

    output_limit_kib: NotRequired[int]
    """Longest log of a job in KiB. Default: 4096."""

    grace_seconds: NotRequired[int]
    """Seconds that a manager which is stopped gives its jobs to finish, up to 86400. It takes no
    new ones meanwhile. Default: 3600, GitLab's own limit for a job."""

    shutdown_timeout_seconds: NotRequired[int]
    """Seconds that a manager may take to abort jobs once it is told to. Default: 30."""

    clone_url: NotRequired[pulumi.Input[str]]
    """Address of GitLab as jobs reach it, where it is another one. Default: ``gitlab_url``."""

    ca_certificate: NotRequired[pulumi.Input[str]]
    """Certificates that GitLab's own is verified with, PEM. Default: the image's."""

    cache: NotRequired[RunnerCacheArgs]
    """A cache that all managers share. Default: each host keeps caches in volumes."""

    autoscaler: NotRequired[RunnerAutoscalerArgs]
    """VMs that jobs run on, instead of this host. One manager's: ``count`` must be 1.
    Default: jobs run on this host."""

    feature_flags: NotRequired[dict[str, bool]]
    """Feature flags of the runner, over the ones set here."""

    metrics_port: NotRequired[int]
    """Port of a manager's metrics, on its network alone. Default: 9252."""

    engine_socket: NotRequired[str]
    """Where the host's engine listens, ``unix://`` and a path on the host.
    Default: ``unix:///var/run/docker.sock``."""

    memory_mib: NotRequired[int]
    """Memory limit of a manager in MiB. Default: 256."""

    cpus: NotRequired[float]
    """CPU limit of a manager in CPUs. Default: 1.0."""

    health_command: NotRequired[list[str]]
    """Command that exits 0 when a manager is healthy. Default: ``wget`` of its metrics."""

    health_interval_seconds: NotRequired[int]
    """Seconds between two health checks of a manager. Default: 5."""

    start_timeout_seconds: NotRequired[int]
    """Seconds that a manager may take to get healthy. Default: 120."""

    labels: NotRequired[dict[str, str]]
    """Labels of every manager."""


def check(args: RunnerPoolArgs) -> None:
    """Check everything that is known before anything is created.

    Raises:
        ArgumentError: a name, address, token, image, number, limit or volume is invalid.
    """
    checks.name_prefix("prefix", args["prefix"])
    _check_address("gitlab_url", args["gitlab_url"])
    if "clone_url" in args:
        _check_address("clone_url", args["clone_url"])
    _check_token(args["token"])
    _check_image("image", args.get("image"))
    _check_numbers(args)
    _check_files(args)
    if "autoscaler" in args:
        _runner_autoscaler.check(args["autoscaler"])
        if args.get("count", 1) != 1:
            raise checks.ArgumentError(
                "count",
                args["count"],
                "managers would share the autoscaler's instance group, which must be one's alone; "
                "make a pool with a group of its own for each",
            )
    if "engine_socket" in args:
        checks.engine_socket("engine_socket", args["engine_socket"])
    for flag in args.get("feature_flags", {}):
        if not _FEATURE_FLAG.fullmatch(flag):
            raise checks.ArgumentError(
                "feature_flags", flag, "is not a feature flag; write one like FF_TIMESTAMPS"
            )
    _check_jobs(args.get("jobs", {}), args.get("engine_socket", checks.DEFAULT_SOCKET))
    _extras.require("RunnerPool", "runners")


def _check_numbers(args: RunnerPoolArgs) -> None:
    def whole(field: str, value: int | None, smallest: int, largest: int) -> None:
        if value is not None:
            checks.whole_number(field, value, smallest=smallest, largest=largest)

    whole("count", args.get("count"), 1, _MOST_MANAGERS)
    # Zero makes the runner exit with an error.
    whole("concurrent", args.get("concurrent"), 1, _MOST_JOBS)
    whole("limit", args.get("limit"), 0, _MOST_JOBS)
    whole("request_concurrency", args.get("request_concurrency"), 1, _MOST_JOBS)
    whole("output_limit_kib", args.get("output_limit_kib"), 1, _LARGEST_OUTPUT_KIB)
    whole("grace_seconds", args.get("grace_seconds"), 1, _LONGEST_GRACE_SECONDS)
    if "check_interval_seconds" in args:
        checks.seconds("check_interval_seconds", args["check_interval_seconds"])
    if "shutdown_timeout_seconds" in args:
        checks.seconds("shutdown_timeout_seconds", args["shutdown_timeout_seconds"])
    if "health_interval_seconds" in args:
        checks.seconds("health_interval_seconds", args["health_interval_seconds"])
    if "start_timeout_seconds" in args:
        checks.seconds("start_timeout_seconds", args["start_timeout_seconds"])
    if "metrics_port" in args:
        checks.port("metrics_port", args["metrics_port"])
    if "memory_mib" in args:
        checks.memory_mib("memory_mib", args["memory_mib"])
    if "cpus" in args:
        checks.cpus("cpus", args["cpus"])


def _check_address(field: str, value: pulumi.Input[str]) -> None:
    if not isinstance(value, str):
        return
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise checks.ArgumentError(
            field, value, "is not an address of GitLab; write one like https://gitlab.example.org"
        )
    if parts.path.rstrip("/").endswith("/ci"):
        raise checks.ArgumentError(
            field, value, "ends with /ci, which runners no longer want; leave that out"
        )


def _check_token(value: pulumi.Input[str]) -> None:
    if isinstance(value, str) and _TOKEN_MARK not in value:
        raise checks.ArgumentError(
            "token",
            _HIDDEN,
            f"is not an authentication token ({_TOKEN_MARK}…); create a runner in GitLab and give "
            "its token. Registration tokens have no future.",
        )


def _check_files(args: RunnerPoolArgs) -> None:
    authority = args.get("ca_certificate")
    if isinstance(authority, str) and "-----BEGIN CERTIFICATE-----" not in authority:
        raise checks.ArgumentError(
            "ca_certificate", authority, "is not a certificate; give the text of a PEM file"
        )
    for field, key in (
        ("cache.credentials", args["cache"]["credentials"] if "cache" in args else None),
        (
            "autoscaler.credentials",
            args["autoscaler"]["credentials"] if "autoscaler" in args else None,
        ),
    ):
        if isinstance(key, str) and not key.lstrip().startswith("{"):
            raise checks.ArgumentError(
                field,
                _HIDDEN,
                "is not the key of a service account; give the text of its JSON file",
            )


def _check_image(field: str, value: pulumi.Input[str] | None) -> None:
    if isinstance(value, str):
        checks.image_reference(field, value)


def _check_jobs(jobs: RunnerJobsArgs, engine_socket: str) -> None:
    _check_image("jobs.image", jobs.get("image"))
    _check_image("jobs.helper_image", jobs.get("helper_image"))
    if "memory_mib" in jobs:
        checks.memory_mib("jobs.memory_mib", jobs["memory_mib"])
    if "service_memory_mib" in jobs:
        checks.memory_mib("jobs.service_memory_mib", jobs["service_memory_mib"])
    if "cpus" in jobs:
        checks.cpus("jobs.cpus", jobs["cpus"])
    if "service_cpus" in jobs:
        checks.cpus("jobs.service_cpus", jobs["service_cpus"])
    if jobs.get("pull_policies") == []:
        raise checks.ArgumentError(
            "jobs.pull_policies", [], "names no policy; give one, or leave it out for always"
        )
    checks.unique("jobs.pull_policies", jobs.get("pull_policies", []))
    # To the runner an empty list is none, and allows everything.
    for field, patterns in (
        ("jobs.allowed_images", jobs.get("allowed_images")),
        ("jobs.allowed_services", jobs.get("allowed_services")),
    ):
        if patterns == []:
            raise checks.ArgumentError(
                field, patterns, "would allow everything; name a pattern, or leave it out"
            )
    for capability in jobs.get("dropped_capabilities", []):
        if not _CAPABILITY.fullmatch(capability) or capability.startswith("CAP_"):
            raise checks.ArgumentError(
                "jobs.dropped_capabilities",
                capability,
                "is not a capability; write one like NET_RAW, or ALL",
            )
    _check_network(jobs)
    for volume in jobs.get("volumes", []):
        _check_volume(volume, engine_socket)


def _check_network(jobs: RunnerJobsArgs) -> None:
    if "network_mtu_bytes" in jobs:
        checks.mtu_bytes("jobs.network_mtu_bytes", jobs["network_mtu_bytes"])
        if "network_id" in jobs:
            raise checks.ArgumentError(
                "jobs.network_mtu_bytes",
                jobs["network_mtu_bytes"],
                "stands beside network_id; it is for networks that the runner makes, set the "
                "shared one's where it is made",
            )
    network = jobs.get("network_id")
    if isinstance(network, str) and (network == "host" or network.startswith("container:")):
        raise checks.ArgumentError(
            "jobs.network_id",
            network,
            "would put jobs into the network of the host or of another container; name a bridge "
            "network",
        )


def _check_volume(volume: str, engine_socket: str) -> None:
    parts = volume.split(":")
    target = parts[0] if len(parts) == 1 else parts[1]
    if not target.startswith("/"):
        raise checks.ArgumentError(
            "jobs.volumes", volume, "has no absolute path inside; write /path or source:/path"
        )
    if "$" in volume:
        raise checks.ArgumentError(
            "jobs.volumes", volume, "holds a variable, which a job could set; write it out"
        )
    if len(parts) > 1 and _reaches(parts[0], engine_socket):
        raise checks.ArgumentError(
            "jobs.volumes",
            volume,
            "reaches the engine's socket, and with it every job would be root on the host; build "
            "images with purpose image-builds instead",
        )


def _reaches(source: str, engine_socket: str) -> bool:
    """Say whether a folder of the host is or holds an engine's socket."""
    if not source.startswith("/"):
        return False
    # Two slashes at the beginning would stay two.
    path = PurePosixPath(posixpath.normpath(f"/{source.lstrip('/')}"))
    sockets = [*_ENGINE_SOCKETS, engine_socket.removeprefix("unix://")]
    return any(path in (socket, *socket.parents) for socket in map(PurePosixPath, sockets))
