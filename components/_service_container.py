"""How every container is run here: watched, limited and without privileges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_docker as docker

from ._children import Children

# Between the polite signal and the hard one.
_STOP_SECONDS = 10
_CHECK_TIMEOUT_SECONDS = 5
_CHECK_RETRIES = 3
_START_PERIOD_SECONDS = 60
_TMPFS = "rw,noexec,nosuid,nodev,size=64m"
_SECONDS_PER_MINUTE = 60

LOG_OPTIONS = {"max-size": "10m", "max-file": "3"}
"""Rotation of a container's log."""

# pulumi-docker shows a change of these as an update and leaves the container as it was
# (terraform-provider-docker: Update knows only resource limits and the restart policy).
NOT_APPLIED_IN_PLACE = ["healthcheck", "init", "tmpfs", "cpuPeriod", "cpuQuota"]


# The networks that a container joins, by role: Docker's id of each, and the aliases on it.
Networks = Mapping[str, tuple[pulumi.Input[str], Sequence[str]]]


@dataclass(frozen=True, kw_only=True)
class Service:
    """What tells one container from another; all else is the same for every container."""

    container_name: str
    image: pulumi.Input[str]
    networks: Networks
    environment: Mapping[str, pulumi.Input[str]]
    labels: Mapping[str, str]
    health_command: Sequence[str]
    health_interval_seconds: int
    start_timeout_seconds: int
    memory_mib: int
    cpus: float
    processes: int
    """Limit of processes and threads for the container's user, counted over the whole host."""
    user: str | None = None
    command: Sequence[str] | None = None
    read_only: bool = True
    tmpfs: Sequence[str] = ("/tmp",)  # noqa: S108 - a path inside the container, its own
    ports: Sequence[docker.ContainerPortArgs] = field(default_factory=list)
    volumes: Sequence[docker.ContainerVolumeArgs] = field(default_factory=list)


def service_container(
    name: str, service: Service, children: Children, after: Sequence[pulumi.Resource]
) -> docker.Container:
    """Create a container and wait until its health check passes.

    Values stand in the form in which the engine reports them, so that a refresh finds no
    difference: durations as Go prints them, swap beside memory, the modes that are defaults.

    Args:
        name: logical name.
        service: what the container is.
        children: what all children of its component have in common.
        after: what must be healthy before.
    """
    return docker.Container(
        name,
        name=service.container_name,
        image=service.image,
        command=list(service.command) if service.command else None,
        envs=[_variable(key, value) for key, value in sorted(service.environment.items())],
        labels=[
            docker.ContainerLabelArgs(label=label, value=value)
            for label, value in children.labels(service.labels)
        ],
        networks_advanced=[
            docker.ContainerNetworksAdvancedArgs(name=network_id, aliases=list(aliases))
            for _, (network_id, aliases) in sorted(service.networks.items())
        ],
        network_mode="bridge",
        ports=list(service.ports) or None,
        volumes=list(service.volumes) or None,
        healthcheck=docker.ContainerHealthcheckArgs(
            tests=["CMD", *service.health_command],
            interval=go_duration(service.health_interval_seconds),
            timeout=go_duration(_CHECK_TIMEOUT_SECONDS),
            retries=_CHECK_RETRIES,
            start_period=go_duration(_START_PERIOD_SECONDS),
        ),
        must_run=True,
        wait=True,
        wait_timeout=service.start_timeout_seconds,
        # Not "unless-stopped": an engine that was killed takes its containers for stopped by hand.
        restart="always",
        destroy_grace_seconds=_STOP_SECONDS,
        memory=service.memory_mib,
        memory_swap=2 * service.memory_mib,
        cpus=str(service.cpus),
        # pulumi-docker has no limit of its own for processes (CIS Docker 5.29).
        ulimits=[
            docker.ContainerUlimitArgs(name="nproc", soft=service.processes, hard=service.processes)
        ],
        user=service.user,
        read_only=service.read_only,
        tmpfs=dict.fromkeys(service.tmpfs, _TMPFS),
        capabilities=docker.ContainerCapabilitiesArgs(drops=["ALL"]),
        security_opts=["no-new-privileges:true"],
        ipc_mode="private",
        log_driver="json-file",
        log_opts=LOG_OPTIONS,
        opts=children.named_options(
            pulumi.ResourceOptions(depends_on=list(after), replace_on_changes=NOT_APPLIED_IN_PLACE)
        ),
    )


def _variable(key: str, value: pulumi.Input[str]) -> pulumi.Input[str]:
    # An output costs ten times a string, and most values are strings.
    return f"{key}={value}" if isinstance(value, str) else pulumi.Output.concat(key, "=", value)


def go_duration(seconds: int) -> str:
    """Return whole seconds as Go prints a duration: ``5s``, ``1m30s``, ``1h0m0s``."""
    minutes, rest = divmod(seconds, _SECONDS_PER_MINUTE)
    hours, minutes = divmod(minutes, _SECONDS_PER_MINUTE)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
