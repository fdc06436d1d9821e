"""From what Docker says about a container to what the state holds."""

from collections.abc import Mapping
from typing import Any

from airgap.providers._values import Properties
from airgap.providers.docker.container_config import MEBIBYTE
from airgap.providers.docker.durations import format_duration


def as_read(found: Mapping[str, Any], inputs: Mapping[str, Any]) -> Properties:
    """What a refresh learns from ``found``, the engine's inspection of the container."""
    config, host = found["Config"], found["HostConfig"]
    read = {
        "name": found["Name"].lstrip("/"),
        "command": config["Cmd"] or [],
        "entrypoints": config["Entrypoint"] or [],
        "user": config["User"],
        "groupAdds": host["GroupAdd"] or [],
        "workingDir": config["WorkingDir"],
        "hostname": config["Hostname"],
        "hosts": [_host(entry) for entry in host["ExtraHosts"] or []],
        "dns": host["Dns"] or [],
        "networkMode": host["NetworkMode"],
        "publishAllPorts": host["PublishAllPorts"],
        "mounts": [_mount(mount) for mount in host.get("Mounts") or []],
        "tmpfs": host.get("Tmpfs") or {},
        "readOnly": host["ReadonlyRootfs"],
        "memory": host["Memory"] // MEBIBYTE,
        "memorySwap": _megabytes(host["MemorySwap"]),
        "memoryReservation": host["MemoryReservation"] // MEBIBYTE,
        "cpuShares": host["CpuShares"],
        "shmSize": host["ShmSize"] // MEBIBYTE,
        "ulimits": [
            {"name": limit["Name"], "soft": limit["Soft"], "hard": limit["Hard"]}
            for limit in host["Ulimits"] or []
        ],
        "sysctls": host.get("Sysctls") or {},
        "capabilities": _capabilities(adds=host["CapAdd"], drops=host["CapDrop"]),
        "privileged": host["Privileged"],
        "securityOpts": host["SecurityOpt"] or [],
        "ipcMode": host["IpcMode"],
        "pidMode": host["PidMode"],
        "restart": host["RestartPolicy"]["Name"] or "no",
        "maxRetryCount": host["RestartPolicy"]["MaximumRetryCount"],
        "init": bool(host.get("Init")),
        "stopSignal": config.get("StopSignal"),
        "stopTimeout": config.get("StopTimeout"),
        "healthcheck": _healthcheck(config.get("Healthcheck")),
        "logDriver": host["LogConfig"]["Type"],
        "logOpts": host["LogConfig"]["Config"] or {},
        "tty": config["Tty"],
        "stdinOpen": config["OpenStdin"],
        "runtime": host["Runtime"],
    }
    return read | running_state(found, inputs)


def running_state(found: Mapping[str, Any], inputs: Mapping[str, Any]) -> Properties:
    """What depends on whether the container runs."""
    running = bool(found["State"]["Running"])
    networks = found["NetworkSettings"]
    state: Properties = {
        "bridge": networks["Bridge"],
        "networkDatas": [
            _network_data(name, data) for name, data in sorted((networks["Networks"] or {}).items())
        ],
    }
    if running:
        state["ports"] = _ports(networks["Ports"] or {})
    else:
        # Nothing is published for a stopped container; that its ports are gone is no drift.
        state["exitCode"] = found["State"]["ExitCode"]
    if inputs.get("mustRun") is not None and inputs.get("start", True):
        state["mustRun"] = bool(inputs["mustRun"] and running)
    return state


def _host(entry: str) -> dict[str, str]:
    host, _, address = entry.partition(":")
    return {"host": host, "ip": address}


def _megabytes(value: int) -> int:
    return value // MEBIBYTE if value > 0 else value


def _capabilities(**names: list[str] | None) -> dict[str, list[str]]:
    """The capabilities in full: the real plugin reads CHOWN back as CAP_CHOWN."""
    return {
        kind: [
            name if name == "ALL" or name.startswith("CAP_") else f"CAP_{name}" for name in given
        ]
        for kind, given in names.items()
        if given
    }


def _mount(mount: Mapping[str, Any]) -> dict[str, Any]:
    bind, tmpfs = mount.get("BindOptions") or {}, mount.get("TmpfsOptions") or {}
    read = {
        "type": mount["Type"],
        "target": mount["Target"],
        "source": mount.get("Source"),
        "readOnly": mount.get("ReadOnly"),
        "bindOptions": {"propagation": bind["Propagation"]} if bind.get("Propagation") else None,
        "tmpfsOptions": {
            name: value
            for name, value in (("sizeBytes", tmpfs.get("SizeBytes")), ("mode", tmpfs.get("Mode")))
            if value
        },
    }
    return {name: value for name, value in read.items() if value}


def _healthcheck(check: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not check:
        return None
    return {
        "tests": check.get("Test") or [],
        "interval": format_duration(check.get("Interval", 0)),
        "timeout": format_duration(check.get("Timeout", 0)),
        "startPeriod": format_duration(check.get("StartPeriod", 0)),
        "retries": check.get("Retries", 0),
    }


def _ports(published: Mapping[str, list[dict[str, str]] | None]) -> list[dict[str, Any]]:
    ports = [
        {
            "internal": int(key.partition("/")[0]),
            "external": int(binding["HostPort"]),
            "ip": binding["HostIp"],
            "protocol": key.partition("/")[2],
        }
        for key, bindings in published.items()
        for binding in bindings or []
    ]
    return sorted(ports, key=lambda port: (port["internal"], port["external"], port["ip"]))


def _network_data(name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "networkName": name,
        "ipAddress": data["IPAddress"],
        "ipPrefixLength": data["IPPrefixLen"],
        "gateway": data["Gateway"],
        "globalIpv6Address": data["GlobalIPv6Address"],
        "globalIpv6PrefixLength": data["GlobalIPv6PrefixLen"],
        "ipv6Gateway": data["IPv6Gateway"],
        "macAddress": data["MacAddress"],
    }
