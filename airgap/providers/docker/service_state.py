"""From what Docker says about a service to what the state holds."""

from collections.abc import Mapping
from typing import Any

from airgap.providers._values import Properties
from airgap.providers.docker.durations import short_duration
from airgap.providers.docker.labels import as_records


def as_read(found: Mapping[str, Any]) -> Properties:
    """What a refresh learns from ``found``, the engine's inspection of the service."""
    spec = found["Spec"]
    endpoint = spec.get("EndpointSpec") or {}
    return {
        "name": spec["Name"],
        "labels": as_records(spec.get("Labels")),
        "taskSpec": _task_as_read(spec["TaskTemplate"]),
        "mode": {"replicated": {"replicas": spec["Mode"]["Replicated"]["Replicas"]}},
        "updateConfig": _strategy_as_read(spec.get("UpdateConfig")),
        "rollbackConfig": _strategy_as_read(spec.get("RollbackConfig")),
        "endpointSpec": _given(
            mode=endpoint.get("Mode"),
            ports=[_port_as_read(port) for port in endpoint.get("Ports") or []],
        ),
    }


def _task_as_read(task: Mapping[str, Any]) -> Properties:
    limits = (task.get("Resources") or {}).get("Limits") or {}
    restart, placement = task.get("RestartPolicy") or {}, task.get("Placement") or {}
    log_driver = task.get("LogDriver") or {}
    return _given(
        containerSpec=_container_as_read(task["ContainerSpec"]),
        resources=_given(
            limits=_given(nanoCpus=limits.get("NanoCPUs"), memoryBytes=limits.get("MemoryBytes"))
        ),
        restartPolicy=_given(
            condition=restart.get("Condition"),
            delay=_short(restart.get("Delay")),
            maxAttempts=restart.get("MaxAttempts"),
            window=_short(restart.get("Window", 0)) if restart else None,
        ),
        placement={
            **_given(constraints=placement.get("Constraints")),
            # Always there, as with the real plugin; 0 is no limit.
            "maxReplicas": placement.get("MaxReplicas", 0),
        },
        networksAdvanceds=[
            _given(id=network["Target"], aliases=network.get("Aliases"))
            for network in task.get("Networks") or []
        ],
        logDriver=_given(name=log_driver.get("Name"), options=log_driver.get("Options")),
    )


def _container_as_read(container: Mapping[str, Any]) -> Properties:
    health = container.get("Healthcheck") or {}
    return _given(
        image=container["Image"],
        labels=as_records(container.get("Labels")),
        args=container.get("Args"),
        env=dict(variable.split("=", 1) for variable in container.get("Env") or []),
        user=container.get("User"),
        readOnly=container.get("ReadOnly"),
        init=container.get("Init"),
        capDrops=container.get("CapabilityDrop"),
        mounts=[_mount_as_read(mount) for mount in container.get("Mounts") or []],
        stopGracePeriod=_short(container.get("StopGracePeriod")),
        healthcheck=health
        and {
            "tests": health.get("Test"),
            "interval": _short(health.get("Interval", 0)),
            "timeout": _short(health.get("Timeout", 0)),
            "startPeriod": _short(health.get("StartPeriod", 0)),
            "retries": health.get("Retries", 0),
        },
    )


def _mount_as_read(mount: Mapping[str, Any]) -> Properties:
    tmpfs = mount.get("TmpfsOptions") or {}
    return _given(
        type=mount["Type"],
        target=mount["Target"],
        source=mount.get("Source"),
        readOnly=mount.get("ReadOnly"),
        tmpfsOptions=_given(sizeBytes=tmpfs.get("SizeBytes"), mode=tmpfs.get("Mode")),
    )


def _strategy_as_read(found: Mapping[str, Any] | None) -> Properties:
    return (
        {
            "parallelism": found.get("Parallelism", 0),
            "delay": _short(found.get("Delay", 0)),
            "failureAction": found.get("FailureAction"),
            "monitor": _short(found.get("Monitor", 0)),
            "maxFailureRatio": f"{found.get('MaxFailureRatio', 0):.1f}",
            "order": found.get("Order"),
        }
        if found
        else {}
    )


def _port_as_read(port: Mapping[str, Any]) -> Properties:
    return {
        "targetPort": port["TargetPort"],
        "publishedPort": port["PublishedPort"],
        "protocol": port["Protocol"],
        "publishMode": port["PublishMode"],
    }


def _short(nanoseconds: int | None) -> str | None:
    return None if nanoseconds is None else short_duration(nanoseconds)


def _given(**values: object) -> dict[str, Any]:
    """What is set; the engine leaves out what isn't."""
    return {name: value for name, value in values.items() if value is False or value}
