"""From a pool's arguments to the files of its managers: ``config.toml`` and what it names."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_docker as docker

from . import _runner_autoscaler
from ._runner_args import PullPolicy, RunnerJobsArgs, RunnerPoolArgs, RunnerPurpose

FOLDER: Final = "/etc/gitlab-runner"
"""Where a manager looks for its files."""

AUTOSCALER_KEY_FILE: Final = f"{FOLDER}/autoscaler-key.json"
"""The key with which the autoscaler's plugin logs in to Google Cloud."""

_CONFIG_FILE = f"{FOLDER}/config.toml"
_SYSTEM_ID_FILE = f"{FOLDER}/.runner_system_id"
# Not certs/ca.crt: that one the image's entrypoint would install, as root with all capabilities.
_CA_FILE = f"{FOLDER}/ca.crt"
_CACHE_KEY_FILE = f"{FOLDER}/cache-key.json"
_SECRET_MODE = "0600"  # noqa: S105
_PUBLIC_MODE = "0644"

_DEFAULT_METRICS_PORT = 9252
_DEFAULT_CONCURRENT = 2
_DEFAULT_LIMIT = 0
_DEFAULT_REQUEST_CONCURRENCY = 2
_DEFAULT_CHECK_INTERVAL_SECONDS = 3
_DEFAULT_OUTPUT_LIMIT_KIB = 4096
_DEFAULT_SHUTDOWN_TIMEOUT_SECONDS = 30
_DEFAULT_JOB_IMAGE = "alpine:3.22"
_DEFAULT_JOB_MEMORY_MIB = 2048
_DEFAULT_SERVICE_MEMORY_MIB = 1024
_DEFAULT_CPUS = 1.0
# Without it a job can't send packets in another's name.
_DEFAULT_DROPPED_CAPABILITIES = ("NET_RAW",)
_DEFAULT_VOLUMES = ("/cache",)

_CONFINED = ("no-new-privileges:true",)
# BuildKit makes user namespaces, which both profiles forbid, and runs newuidmap, which is setuid.
_UNPROFILED = ("seccomp:unconfined", "apparmor:unconfined")

_FEATURE_FLAGS = {
    # Each job is alone with its services: no names and ports of others.
    "FF_NETWORK_PER_BUILD": True,
    # What a job leaves running is reaped.
    "FF_USE_INIT_WITH_DOCKER_EXECUTOR": True,
    # A clone that stays on the host holds no token.
    "FF_GIT_URLS_WITHOUT_TOKENS": True,
    # What a job leaves lying about is removed.
    "FF_ENABLE_JOB_CLEANUP": True,
}
_SYSTEM_ID_DIGITS = 12


def metrics_port(args: RunnerPoolArgs) -> int:
    """Return the port of a manager's metrics."""
    return int(args.get("metrics_port", _DEFAULT_METRICS_PORT))


def settings(args: RunnerPoolArgs) -> pulumi.Output[dict[str, Any]]:
    """Return all that the managers' ``config.toml`` have in common, as one secret."""
    runner: dict[str, Any] = {
        "url": args["gitlab_url"],
        "token": args["token"],
        "executor": "docker",
        "limit": int(args.get("limit", _DEFAULT_LIMIT)),
        "request_concurrency": int(args.get("request_concurrency", _DEFAULT_REQUEST_CONCURRENCY)),
        "output_limit": int(args.get("output_limit_kib", _DEFAULT_OUTPUT_LIMIT_KIB)),
        "feature_flags": {**_FEATURE_FLAGS, **args.get("feature_flags", {})},
        "docker": _docker(args.get("jobs", {})),
    }
    if "clone_url" in args:
        runner["clone_url"] = args["clone_url"]
    if "ca_certificate" in args:
        runner["tls-ca-file"] = _CA_FILE
    if "cache" in args:
        runner["cache"] = {
            "Type": "gcs",
            "Shared": True,
            "gcs": {"BucketName": args["cache"]["bucket"], "CredentialsFile": _CACHE_KEY_FILE},
        }
    concurrent = _DEFAULT_CONCURRENT
    if "autoscaler" in args:
        runner["executor"] = "docker-autoscaler"
        runner["autoscaler"] = _runner_autoscaler.section(args["autoscaler"])
        concurrent = args["autoscaler"]["max_instances"]
    return pulumi.Output.secret(
        {
            "concurrent": int(args.get("concurrent", concurrent)),
            "check_interval": int(
                args.get("check_interval_seconds", _DEFAULT_CHECK_INTERVAL_SECONDS)
            ),
            "shutdown_timeout": int(
                args.get("shutdown_timeout_seconds", _DEFAULT_SHUTDOWN_TIMEOUT_SECONDS)
            ),
            "log_format": "json",
            # On all of the container's addresses, none of which is published.
            "listen_address": f":{metrics_port(args)}",
            "runners": [runner],
        }
    )


def _docker(jobs: RunnerJobsArgs) -> dict[str, Any]:
    options: dict[str, Any] = {
        "image": jobs.get("image", _DEFAULT_JOB_IMAGE),
        "privileged": jobs.get("privileged", False),
        "pull_policy": [
            PullPolicy(each).value for each in jobs.get("pull_policies", [PullPolicy.ALWAYS])
        ],
        "cap_drop": list(jobs.get("dropped_capabilities", _DEFAULT_DROPPED_CAPABILITIES)),
        "security_opt": _security_options(jobs),
        "memory": _megabytes(jobs.get("memory_mib", _DEFAULT_JOB_MEMORY_MIB)),
        "cpus": str(float(jobs.get("cpus", _DEFAULT_CPUS))),
        "service_memory": _megabytes(jobs.get("service_memory_mib", _DEFAULT_SERVICE_MEMORY_MIB)),
        "service_cpus": str(float(jobs.get("service_cpus", _DEFAULT_CPUS))),
        "volumes": list(jobs.get("volumes", _DEFAULT_VOLUMES)),
    }
    if "allowed_images" in jobs:
        options["allowed_images"] = list(jobs["allowed_images"])
    if "allowed_services" in jobs:
        options["allowed_services"] = list(jobs["allowed_services"])
    if "network_id" in jobs:
        options["network_mode"] = jobs["network_id"]
    if "network_mtu_bytes" in jobs:
        options["network_mtu"] = int(jobs["network_mtu_bytes"])
    if "helper_image" in jobs:
        options["helper_image"] = jobs["helper_image"]
    return options


def _security_options(jobs: RunnerJobsArgs) -> list[str]:
    if RunnerPurpose(jobs.get("purpose", RunnerPurpose.JOBS)) is RunnerPurpose.IMAGE_BUILDS:
        return list(_UNPROFILED)
    return [] if jobs.get("setuid_programs", False) else list(_CONFINED)


def _megabytes(mebibytes: float) -> str:
    return f"{int(mebibytes)}m"


def config_toml(common: Mapping[str, Any], manager: str) -> str:
    """Return a manager's ``config.toml``.

    Args:
        common: what ``settings`` holds.
        manager: the manager's name, shown in GitLab.
    """
    # An extra, which nothing but runners needs.
    import tomli_w

    (runner,) = common["runners"]
    return tomli_w.dumps({**common, "runners": [{"name": manager, **runner}]})


def system_id(owner: str, *, pool: str, manager: str) -> str:
    """Return the id by which GitLab knows a manager among those with the same token.

    The runner would make one up and lose it with its container: GitLab then lists one manager for
    each container that ever was. This one stays the same as long as the names do, and leaves
    nothing on the host. Its form is the runner's; any other is passed over in silence.

    Args:
        owner: the owner of the host's things, one for each state; empty where nobody knows.
        pool: the pool's logical name. Pools on several hosts may share a prefix.
        manager: the manager's name, unique in a pool.
    """
    digest = hashlib.sha256(f"{owner} {pool} {manager}".encode()).hexdigest()
    return f"r_{digest[:_SYSTEM_ID_DIGITS]}"


def uploads(
    args: RunnerPoolArgs,
    config: pulumi.Output[str],
    identity: pulumi.Output[str],
) -> list[docker.ContainerUploadArgs]:
    """Return a manager's files, each with its mode.

    Args:
        args: the pool's arguments.
        config: the text of ``config.toml``, a secret.
        identity: the manager's system id.
    """
    files = [
        _file(_CONFIG_FILE, config, _SECRET_MODE),
        _file(_SYSTEM_ID_FILE, identity, _SECRET_MODE),
    ]
    if "ca_certificate" in args:
        files.append(_file(_CA_FILE, args["ca_certificate"], _PUBLIC_MODE))
    if "cache" in args:
        key = pulumi.Output.secret(args["cache"]["credentials"])
        files.append(_file(_CACHE_KEY_FILE, key, _SECRET_MODE))
    if "autoscaler" in args:
        key = pulumi.Output.secret(args["autoscaler"]["credentials"])
        files.append(_file(AUTOSCALER_KEY_FILE, key, _SECRET_MODE))
    return files


def _file(path: str, content: pulumi.Input[str], mode: str) -> docker.ContainerUploadArgs:
    return docker.ContainerUploadArgs(file=path, content=content, permissions=mode)
