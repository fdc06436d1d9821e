"""From a service's inputs to the Docker API's specification of it."""

from collections.abc import Mapping
from typing import Any

from airgap.providers.docker.durations import parse_duration
from airgap.providers.docker.engine import Hidden
from airgap.providers.docker.labels import as_dict
from airgap.providers.docker.request_parts import given, long_enough, mount


def specification(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The service as docker-py's calls to create and to change one take it."""
    return {
        "name": inputs["name"],
        "labels": as_dict(inputs.get("labels", [])),
        "task_template": _task(inputs["taskSpec"]),
        "mode": {"Replicated": {"Replicas": inputs["mode"]["replicated"]["replicas"]}},
        "update_config": _strategy(inputs.get("updateConfig")),
        "rollback_config": _strategy(inputs.get("rollbackConfig")),
        "endpoint_spec": {
            "Mode": inputs["endpointSpec"]["mode"],
            "Ports": [_port(port) for port in inputs["endpointSpec"].get("ports", [])],
        },
    }


def hidden_in(inputs: Mapping[str, Any]) -> Hidden:
    """What no message about the service may show: its environment."""
    env = inputs["taskSpec"]["containerSpec"].get("env", {})
    return long_enough(
        (line, f"[env {name}]") for name, value in env.items() for line in value.splitlines()
    )


def _task(task: Mapping[str, Any]) -> dict[str, Any]:
    limits = task.get("resources", {}).get("limits", {})
    restart, placement = task.get("restartPolicy"), task.get("placement", {})
    log_driver = task.get("logDriver")
    return given(
        ContainerSpec=_container(task["containerSpec"]),
        Resources={
            "Limits": given(NanoCPUs=limits.get("nanoCpus"), MemoryBytes=limits.get("memoryBytes"))
        },
        RestartPolicy=restart
        and given(
            Condition=restart["condition"],
            Delay=_nanoseconds(restart.get("delay")),
            MaxAttempts=restart.get("maxAttempts"),
            Window=_nanoseconds(restart.get("window")),
        ),
        Placement=given(
            Constraints=placement.get("constraints"), MaxReplicas=placement.get("maxReplicas")
        ),
        Networks=[
            given(Target=network["id"], Aliases=network.get("aliases"))
            for network in task.get("networksAdvanceds", [])
        ],
        LogDriver=log_driver and given(Name=log_driver["name"], Options=log_driver.get("options")),
    )


def _container(container: Mapping[str, Any]) -> dict[str, Any]:
    health = container.get("healthcheck")
    return given(
        Image=container["image"],
        Labels=as_dict(container.get("labels", [])),
        Args=container.get("args"),
        Env=[f"{name}={value}" for name, value in sorted(container.get("env", {}).items())],
        User=container.get("user"),
        ReadOnly=container.get("readOnly"),
        Init=container.get("init"),
        CapabilityDrop=container.get("capDrops"),
        Mounts=[mount(each) for each in container.get("mounts", [])],
        StopGracePeriod=_nanoseconds(container.get("stopGracePeriod")),
        Healthcheck=health
        and given(
            Test=health["tests"],
            Interval=_nanoseconds(health["interval"]),
            Timeout=_nanoseconds(health["timeout"]),
            StartPeriod=_nanoseconds(health["startPeriod"]),
            Retries=health["retries"],
        ),
    )


def _strategy(strategy: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if strategy is None:
        return None
    return {
        "Parallelism": strategy["parallelism"],
        "Delay": parse_duration(strategy["delay"]),
        "FailureAction": strategy["failureAction"],
        "Monitor": parse_duration(strategy["monitor"]),
        "MaxFailureRatio": float(strategy["maxFailureRatio"]),
        "Order": strategy["order"],
    }


def _port(port: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "TargetPort": port["targetPort"],
        "PublishedPort": port["publishedPort"],
        "Protocol": port["protocol"],
        "PublishMode": port["publishMode"],
    }


def _nanoseconds(duration: str | None) -> int | None:
    return None if duration is None else parse_duration(duration)
