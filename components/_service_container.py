"""How every container is run here: watched, limited and without privileges."""

from collections.abc import Sequence

import pulumi
import pulumi_docker as docker

from . import checks
from ._children import Children
from ._container_app_args import AppServiceArgs, ContainerAppArgs
from ._gateway_args import DRAIN_SECONDS

_DEFAULT_MEMORY_MIB = 128
_DEFAULT_CPUS = 1.0
_DEFAULT_PROCESSES = 512
_DEFAULT_TMPFS = ("/tmp",)  # noqa: S108 - a path inside the container, its own
_DEFAULT_HEALTH_INTERVAL_SECONDS = 5
_DEFAULT_START_TIMEOUT_SECONDS = 120
# Between the polite signal and the hard one.
_STOP_SECONDS = 10
CHECK_TIMEOUT_SECONDS = 5
CHECK_RETRIES = 3
_START_PERIOD_SECONDS = 60
_TMPFS = "rw,noexec,nosuid,nodev,size=64m"
_SECONDS_PER_MINUTE = 60

LOG_OPTIONS = {"max-size": "10m", "max-file": "3"}
"""Rotation of a container's log."""

# pulumi-docker shows a change of these as an update and leaves the container as it was
# (terraform-provider-docker: Update knows only resource limits and the restart policy).
NOT_APPLIED_IN_PLACE = ["healthcheck", "init", "tmpfs", "cpuPeriod", "cpuQuota"]


def labels(args: ContainerAppArgs, role: str) -> dict[str, str]:
    """Return the labels of one part of an application, the caller's last."""
    return {
        "org.dockyard.app": args["prefix"],
        "org.dockyard.role": role,
        **args.get("labels", {}),
    }


def service_container(
    name: str,
    args: ContainerAppArgs,
    role: str,
    *,
    volume_names: dict[str, pulumi.Output[str]],
    children: Children,
    after: list[pulumi.Resource],
) -> docker.Container:
    """Create the container of a service and wait until its health check passes.

    Values stand in the form in which the engine reports them, so that a refresh finds no
    difference: durations as Go prints them, swap beside memory, the modes that are defaults.

    Args:
        name: logical name.
        args: the application.
        role: which of its services.
        volume_names: Docker's name of each of its volumes, by role.
        children: what all children of its component have in common.
        after: what must be healthy before.
    """
    service = args["services"][role]
    outlives = _is_behind_gateway(args, role)
    options = children.outliving_options if outlives else children.named_options
    memory = memory_mib(service)
    processes = int(service.get("processes", _DEFAULT_PROCESSES))
    return docker.Container(
        name,
        name=f"{args['prefix']}-{role}",
        image=service["image"],
        command=service.get("command"),
        envs=[_variable(*each) for each in sorted(service.get("environment", {}).items())],
        labels=[
            docker.ContainerLabelArgs(label=label, value=value)
            for label, value in children.labels(labels(args, role))
        ],
        networks_advanced=_networks(args, service),
        network_mode="bridge",
        ports=_ports(service) or None,
        volumes=_volumes(service, volume_names) or None,
        healthcheck=_health_check(args, service),
        must_run=True,
        wait=True,
        wait_timeout=start_timeout_seconds(args),
        # Not "unless-stopped": an engine that was killed takes its containers for stopped by hand.
        restart="always",
        destroy_grace_seconds=stop_seconds(args, role),
        memory=memory,
        memory_swap=2 * memory,
        cpus=str(cpus(service)),
        # pulumi-docker has no limit of its own for processes (CIS Docker 5.29).
        ulimits=[docker.ContainerUlimitArgs(name="nproc", soft=processes, hard=processes)],
        user=service.get("user"),
        read_only=service.get("read_only", True),
        tmpfs=dict.fromkeys(tmpfs(service), _TMPFS),
        capabilities=docker.ContainerCapabilitiesArgs(drops=["ALL"]),
        security_opts=["no-new-privileges:true"],
        ipc_mode="private",
        log_driver="json-file",
        log_opts=LOG_OPTIONS,
        opts=options(
            pulumi.ResourceOptions(depends_on=after, replace_on_changes=NOT_APPLIED_IN_PLACE)
        ),
    )


def memory_mib(service: AppServiceArgs) -> int:
    """Return a service's memory limit in MiB."""
    return int(service.get("memory_mib", _DEFAULT_MEMORY_MIB))


def cpus(service: AppServiceArgs) -> float:
    """Return a service's limit in CPUs."""
    return float(service.get("cpus", _DEFAULT_CPUS))


def tmpfs(service: AppServiceArgs) -> Sequence[str]:
    """Return the paths of a service that can be written and are forgotten."""
    return service.get("tmpfs", _DEFAULT_TMPFS)


def health_interval_seconds(args: ContainerAppArgs) -> int:
    """Return the seconds between two health checks."""
    return int(args.get("health_interval_seconds", _DEFAULT_HEALTH_INTERVAL_SECONDS))


def start_timeout_seconds(args: ContainerAppArgs) -> int:
    """Return how long a container may take to get healthy, in seconds."""
    return int(args.get("start_timeout_seconds", _DEFAULT_START_TIMEOUT_SECONDS))


def stop_seconds(args: ContainerAppArgs, role: str) -> int:
    """Return how long a container of a service may take to stop before it is killed."""
    return _STOP_SECONDS + (DRAIN_SECONDS if _is_behind_gateway(args, role) else 0)


def _is_behind_gateway(args: ContainerAppArgs, role: str) -> bool:
    return role in args.get("gateway", {}).get("routes", {})


def _variable(key: str, value: pulumi.Input[str]) -> pulumi.Input[str]:
    # An output costs ten times a string, and most values are strings.
    return f"{key}={value}" if isinstance(value, str) else pulumi.Output.concat(key, "=", value)


def _networks(
    args: ContainerAppArgs, service: AppServiceArgs
) -> list[docker.ContainerNetworksAdvancedArgs]:
    return [
        docker.ContainerNetworksAdvancedArgs(name=args["network_ids"][role], aliases=list(aliases))
        for role, aliases in sorted(service["networks"].items())
    ]


def _ports(service: AppServiceArgs) -> list[docker.ContainerPortArgs]:
    return [
        docker.ContainerPortArgs(
            internal=int(port["internal"]),
            external=int(port["external"]),
            ip=port.get("bind_address", checks.DEFAULT_BIND_ADDRESS),
            protocol="tcp",
        )
        for port in service.get("ports", [])
    ]


def _volumes(
    service: AppServiceArgs, volume_names: dict[str, pulumi.Output[str]]
) -> list[docker.ContainerVolumeArgs]:
    return [
        docker.ContainerVolumeArgs(volume_name=volume_names[role], container_path=path)
        for role, path in sorted(service.get("volumes", {}).items())
    ] + [
        docker.ContainerVolumeArgs(host_path=source, container_path=target, read_only=True)
        for source, target in sorted(service.get("mounts", {}).items())
    ]


def _health_check(
    args: ContainerAppArgs, service: AppServiceArgs
) -> docker.ContainerHealthcheckArgs:
    return docker.ContainerHealthcheckArgs(
        tests=["CMD", *service["health_command"]],
        interval=go_duration(health_interval_seconds(args)),
        timeout=go_duration(CHECK_TIMEOUT_SECONDS),
        retries=CHECK_RETRIES,
        start_period=go_duration(_START_PERIOD_SECONDS),
    )


def go_duration(seconds: int) -> str:
    """Return whole seconds as Go prints a duration: ``5s``, ``1m30s``, ``1h0m0s``."""
    minutes, rest = divmod(seconds, _SECONDS_PER_MINUTE)
    hours, minutes = divmod(minutes, _SECONDS_PER_MINUTE)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
