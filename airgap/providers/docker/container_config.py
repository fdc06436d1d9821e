"""From a container's inputs to the Docker API's request to create it."""

import base64
import io
import tarfile
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from airgap.providers.docker.durations import parse_duration
from airgap.providers.docker.engine import Hidden
from airgap.providers.docker.labels import as_dict
from airgap.providers.docker.request_parts import given, long_enough, mount

MEBIBYTE: Final = 1024 * 1024
_NANO_CPUS: Final = 1_000_000_000


def create_request(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the request, with only what the program sets."""
    return given(
        Image=inputs["image"],
        Cmd=inputs.get("command"),
        Entrypoint=inputs.get("entrypoints"),
        User=inputs.get("user"),
        WorkingDir=inputs.get("workingDir"),
        Hostname=inputs.get("hostname"),
        Env=inputs.get("envs"),
        Labels=as_dict(inputs.get("labels", [])),
        ExposedPorts={_port_key(port): {} for port in inputs.get("ports", [])},
        Volumes={volume["containerPath"]: {} for volume in inputs.get("volumes", [])},
        Healthcheck=_healthcheck(inputs.get("healthcheck")),
        Tty=inputs.get("tty"),
        OpenStdin=inputs.get("stdinOpen"),
        StopSignal=inputs.get("stopSignal"),
        StopTimeout=inputs.get("stopTimeout"),
        HostConfig=_host_config(inputs),
    )


def endpoint(network: Mapping[str, Any]) -> dict[str, Any]:
    """How a container takes part in one network, as docker-py's keyword arguments."""
    return {
        "aliases": network.get("aliases"),
        "ipv4_address": network.get("ipv4Address"),
        "ipv6_address": network.get("ipv6Address"),
    }


def uploads_archive(uploads: list[dict[str, Any]]) -> bytes:
    """The uploads as one tar archive, to be unpacked at the root."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for upload in uploads:
            content = _content(upload)
            entry = tarfile.TarInfo(upload["file"].lstrip("/"))
            entry.size = len(content)
            entry.mtime = int(time.time())
            executable = 0o744 if upload.get("executable") else 0o644
            entry.mode = int(upload["permissions"], 8) if "permissions" in upload else executable
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def hidden_in(inputs: Mapping[str, Any]) -> Hidden:
    """What no message about the container may show: its environment and its uploads."""
    hidden = []
    for env in inputs.get("envs", []):
        name, _, value = env.partition("=")
        hidden += [(line, f"[env {name}]") for line in value.splitlines()]
    for upload in inputs.get("uploads", []):
        content = _content(upload).decode(errors="replace")
        hidden += [(line.strip(), f"[upload {upload['file']}]") for line in content.splitlines()]
    return long_enough(hidden)


def _host_config(inputs: Mapping[str, Any]) -> dict[str, Any]:
    capabilities = inputs.get("capabilities", {})
    return given(
        NetworkMode=inputs.get("networkMode"),
        PortBindings=_port_bindings(inputs.get("ports", [])),
        ExtraHosts=[f"{host['host']}:{host['ip']}" for host in inputs.get("hosts", [])],
        Dns=inputs.get("dns"),
        Binds=[bind for volume in inputs.get("volumes", []) if (bind := _bind(volume))],
        Mounts=[mount(each) for each in inputs.get("mounts", [])],
        Tmpfs=inputs.get("tmpfs"),
        ReadonlyRootfs=inputs.get("readOnly"),
        Memory=megabytes(inputs.get("memory")),
        MemorySwap=megabytes(inputs.get("memorySwap")),
        MemoryReservation=megabytes(inputs.get("memoryReservation")),
        CpuShares=inputs.get("cpuShares"),
        NanoCpus=int(Decimal(inputs.get("cpus") or 0) * _NANO_CPUS),
        ShmSize=megabytes(inputs.get("shmSize")),
        Ulimits=[
            {"Name": limit["name"], "Soft": limit["soft"], "Hard": limit["hard"]}
            for limit in inputs.get("ulimits", [])
        ],
        Sysctls=inputs.get("sysctls"),
        CapAdd=capabilities.get("adds"),
        CapDrop=capabilities.get("drops"),
        Privileged=inputs.get("privileged"),
        SecurityOpt=inputs.get("securityOpts"),
        GroupAdd=inputs.get("groupAdds"),
        IpcMode=inputs.get("ipcMode"),
        PidMode=inputs.get("pidMode"),
        RestartPolicy=restart_policy(inputs),
        Init=inputs.get("init"),
        LogConfig=given(Type=inputs.get("logDriver"), Config=inputs.get("logOpts")),
    )


def restart_policy(inputs: Mapping[str, Any]) -> Any:  # noqa: ANN401 (docker-py's private type)
    """When the engine starts the container again by itself."""
    return {
        "Name": inputs.get("restart", "no"),
        "MaximumRetryCount": inputs.get("maxRetryCount", 0),
    }


def megabytes(value: int | None) -> int | None:
    """Bytes; -1 stays what it is: no limit."""
    return value * MEBIBYTE if value is not None and value > 0 else value


def _port_key(port: Mapping[str, Any]) -> str:
    return f"{port['internal']}/{port.get('protocol', 'tcp')}"


def _port_bindings(ports: list[dict[str, Any]]) -> dict[str, list[dict[str, str]]]:
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in ports:
        external = port.get("external")
        bindings.setdefault(_port_key(port), []).append(
            {"HostIp": port.get("ip", ""), "HostPort": str(external) if external else ""}
        )
    return bindings


def _bind(volume: Mapping[str, Any]) -> str | None:
    source = volume.get("volumeName") or volume.get("hostPath")
    if not source:
        return None
    return f"{source}:{volume['containerPath']}:{'ro' if volume.get('readOnly') else 'rw'}"


def _healthcheck(check: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if check is None:
        return None
    return given(
        Test=check["tests"],
        Interval=parse_duration(check.get("interval", "0s")),
        Timeout=parse_duration(check.get("timeout", "0s")),
        StartPeriod=parse_duration(check.get("startPeriod", "0s")),
        Retries=check.get("retries"),
    )


def _content(upload: Mapping[str, Any]) -> bytes:
    if upload.get("content"):
        return str(upload["content"]).encode()
    return base64.b64decode(upload["contentBase64"])
