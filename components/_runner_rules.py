"""The rules for a pool of GitLab runners."""

import posixpath
import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pulumi

from . import _extras, _runner_autoscaler, checks
from ._runner_args import RunnerJobsArgs, RunnerPoolArgs

_MOST_MANAGERS = 999
_MOST_JOBS = 10_000
_LARGEST_OUTPUT_KIB = 1 << 20
_LONGEST_GRACE_SECONDS = 86_400

_TOKEN_MARK = "glrt-"  # noqa: S105 - what every runner's token contains
_FEATURE_FLAG = re.compile(r"FF_[A-Z0-9_]+")
_CAPABILITY = re.compile(r"[A-Z][A-Z_]*")
# Whoever reaches one of these is root on the host.
_ENGINE_SOCKETS = (
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/var/run/docker.sock",
    "/var/run/containerd/containerd.sock",
)


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
            checks.HIDDEN,
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
                checks.HIDDEN,
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
    _check_lists(jobs)
    _check_network(jobs)
    for volume in jobs.get("volumes", []):
        _check_volume(volume, engine_socket)


def _check_lists(jobs: RunnerJobsArgs) -> None:
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
