"""How every service of a Swarm is run: watched, limited, without privileges, updated in a roll."""

import pulumi
import pulumi_docker as docker

from . import _service_container as container
from ._children import Children
from ._container_app_args import AppServiceArgs, ContainerAppArgs
from ._service_container import go_duration
from ._swarm_app_args import SwarmAppArgs
from ._swarm_nodes import HOST_LABEL

_DEFAULT_MONITOR_SECONDS = 5
_RESTART_DELAY_SECONDS = 2
_NANO_CPUS = 1_000_000_000
_MEBIBYTE = 1 << 20
# For the scheduler, the agents and the networks' news, beside what the containers take.
_SCHEDULING_SECONDS = 15
_TMPFS_BYTES = 64 * _MEBIBYTE
# Not 1777: pulumi-docker reads the last three digits back.
_TMPFS_MODE = 0o777


def swarm_service(
    name: str,
    args: SwarmAppArgs,
    role: str,
    *,
    volume_names: dict[str, pulumi.Output[str]],
    children: Children,
    after: list[pulumi.Resource],
) -> docker.Service:
    """Create a service and wait until all its replicas are healthy.

    Values stand in the form in which the engine reports them, so that a refresh finds no
    difference. No virtual addresses and no routing mesh: a name leads to the containers themselves,
    and a port is one of the hosts that they run on. That works on every kernel.

    Args:
        name: logical name.
        args: the application.
        role: which of its services.
        volume_names: Docker's name of each of its volumes, by role.
        children: what all children of its component have in common.
        after: what must be healthy before.
    """
    app, service = args["app"], args["app"]["services"][role]
    labels = children.labels(container.labels(app, role))
    monitor, order = _duration(_monitor_seconds(args)), _order(service)
    return docker.Service(
        name,
        name=f"{app['prefix']}-{role}",
        labels=[docker.ServiceLabelArgs(label=label, value=value) for label, value in labels],
        task_spec=docker.ServiceTaskSpecArgs(
            container_spec=_container_spec(app, role, labels, volume_names),
            resources=_resources(service),
            restart_policy=docker.ServiceTaskSpecRestartPolicyArgs(
                condition="any",
                delay=go_duration(_RESTART_DELAY_SECONDS),
                max_attempts=0,
                window="0s",
            ),
            placement=_placement(service, children),
            networks_advanceds=[
                docker.ServiceTaskSpecNetworksAdvancedArgs(
                    id=app["network_ids"][network], aliases=list(aliases)
                )
                for network, aliases in sorted(service["networks"].items())
            ],
            log_driver=docker.ServiceTaskSpecLogDriverArgs(
                name="json-file", options=container.LOG_OPTIONS
            ),
        ),
        mode=docker.ServiceModeArgs(
            replicated=docker.ServiceModeReplicatedArgs(replicas=_replicas(args, role))
        ),
        update_config=docker.ServiceUpdateConfigArgs(
            parallelism=1,
            delay="0s",
            monitor=monitor,
            max_failure_ratio="0.0",
            order=order,
            failure_action="rollback",
        ),
        rollback_config=docker.ServiceRollbackConfigArgs(
            parallelism=1,
            delay="0s",
            monitor=monitor,
            max_failure_ratio="0.0",
            order=order,
            failure_action="pause",
        ),
        endpoint_spec=_endpoint_spec(service),
        converge_config=docker.ServiceConvergeConfigArgs(
            delay="1s", timeout=go_duration(_longest_update_seconds(args, role))
        ),
        opts=children.named_options(pulumi.ResourceOptions(depends_on=after)),
    )


def _container_spec(
    app: ContainerAppArgs,
    role: str,
    labels: list[tuple[str, pulumi.Input[str]]],
    volume_names: dict[str, pulumi.Output[str]],
) -> docker.ServiceTaskSpecContainerSpecArgs:
    service = app["services"][role]
    return docker.ServiceTaskSpecContainerSpecArgs(
        image=service["image"],
        labels=[
            docker.ServiceTaskSpecContainerSpecLabelArgs(label=label, value=value)
            for label, value in labels
        ],
        args=service.get("command"),
        env=dict(service.get("environment", {})),
        user=service.get("user"),
        read_only=service.get("read_only", True),
        cap_drops=["ALL"],
        mounts=_mounts(service, volume_names),
        stop_grace_period=_duration(container.stop_seconds(app, role)),
        healthcheck=_health_check(app, service),
    )


def _mounts(
    service: AppServiceArgs, volume_names: dict[str, pulumi.Output[str]]
) -> list[docker.ServiceTaskSpecContainerSpecMountArgs]:
    # Docker itself adds noexec, nosuid and nodev.
    tmpfs = docker.ServiceTaskSpecContainerSpecMountTmpfsOptionsArgs(
        size_bytes=_TMPFS_BYTES, mode=_TMPFS_MODE
    )
    return [
        *(
            docker.ServiceTaskSpecContainerSpecMountArgs(
                type="tmpfs", target=path, tmpfs_options=tmpfs
            )
            for path in container.tmpfs(service)
        ),
        *(
            docker.ServiceTaskSpecContainerSpecMountArgs(
                type="volume", source=volume_names[role], target=path
            )
            for role, path in sorted(service.get("volumes", {}).items())
        ),
        *(
            docker.ServiceTaskSpecContainerSpecMountArgs(
                type="bind", source=source, target=target, read_only=True
            )
            for source, target in sorted(service.get("mounts", {}).items())
        ),
    ]


def _health_check(
    app: ContainerAppArgs, service: AppServiceArgs
) -> docker.ServiceTaskSpecContainerSpecHealthcheckArgs:
    interval = container.health_interval_seconds(app)
    return docker.ServiceTaskSpecContainerSpecHealthcheckArgs(
        tests=["CMD", *service["health_command"]],
        interval=_duration(interval),
        timeout=_duration(container.CHECK_TIMEOUT_SECONDS),
        retries=container.CHECK_RETRIES,
        # The Swarm waits for as long as it takes. What never gets healthy is to end in time.
        start_period=_duration(
            max(container.start_timeout_seconds(app) - container.CHECK_RETRIES * interval, 0)
        ),
    )


def _resources(service: AppServiceArgs) -> docker.ServiceTaskSpecResourcesArgs:
    return docker.ServiceTaskSpecResourcesArgs(
        limits=docker.ServiceTaskSpecResourcesLimitsArgs(
            nano_cpus=round(container.cpus(service) * _NANO_CPUS),
            memory_bytes=container.memory_mib(service) * _MEBIBYTE,
        )
    )


def _placement(service: AppServiceArgs, children: Children) -> docker.ServiceTaskSpecPlacementArgs:
    pinned = children.machine if service.get("volumes") else None
    return docker.ServiceTaskSpecPlacementArgs(
        constraints=[f"node.labels.{HOST_LABEL}=={pinned.name}"] if pinned else None,
        # Two on one host would want the same port.
        max_replicas=1 if service.get("ports") else 0,
    )


def _endpoint_spec(service: AppServiceArgs) -> docker.ServiceEndpointSpecArgs:
    return docker.ServiceEndpointSpecArgs(
        mode="dnsrr",
        ports=[
            docker.ServiceEndpointSpecPortArgs(
                target_port=int(port["internal"]),
                published_port=int(port["external"]),
                protocol="tcp",
                publish_mode="host",
            )
            for port in service.get("ports", [])
        ],
    )


def _order(service: AppServiceArgs) -> str:
    # One of two that need the same port or the same files has to go before the other can come.
    return "stop-first" if service.get("ports") or service.get("volumes") else "start-first"


def _longest_update_seconds(args: SwarmAppArgs, role: str) -> int:
    """Return how long every replica may take, forth and, if it fails, back."""
    one = (
        container.start_timeout_seconds(args["app"])
        + container.stop_seconds(args["app"], role)
        + _monitor_seconds(args)
        + _SCHEDULING_SECONDS
    )
    return 2 * one * _replicas(args, role)


def _replicas(args: SwarmAppArgs, role: str) -> int:
    return int(args.get("replicas", {}).get(role, 1))


def _monitor_seconds(args: SwarmAppArgs) -> int:
    return int(args.get("monitor_seconds", _DEFAULT_MONITOR_SECONDS))


def _duration(seconds: int) -> str:
    """Return whole seconds as pulumi-docker prints a service's: ``1m`` where Go has ``1m0s``."""
    text = go_duration(seconds)
    for tail in ("m0s", "h0m"):
        if text.endswith(tail):
            text = text[:-2]
    return text
