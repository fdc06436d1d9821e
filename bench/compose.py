"""The same four containers under Docker Compose, taken from the running ones."""

import time
from pathlib import Path
from typing import Any

import docker
import yaml

from bench.cli import PREFIX, ROLES, run

_PROJECT = "dockyard-bench"
_WAITS_FOR = {"post": ["database"], "comment": ["database"], "ui": ["post", "comment"]}
_NANOSECONDS = 10**9


class Compose:
    """A Compose project with the images, limits, health checks and order of the dev stack.

    Args:
        folder: where the Compose file goes.
        engine: the Docker Engine that the dev stack runs on now.
    """

    def __init__(self, folder: Path, engine: docker.DockerClient) -> None:
        self._folder = folder
        folder.mkdir(parents=True)
        self._volume = "data"
        services = {
            role: _service(role, engine.containers.get(f"{PREFIX}-{role}").attrs) for role in ROLES
        }
        networks = {
            name: _network(engine.networks.get(f"{PREFIX}-{name}").attrs)
            for name in ("front_net", "back_net")
        }
        document = {"services": services, "networks": networks, "volumes": {self._volume: {}}}
        (folder / "compose.yaml").write_text(yaml.safe_dump(document))

    def up(self) -> float:
        """Start everything, wait until it is healthy, return the seconds that it took."""
        started = time.perf_counter()
        self._compose("up", "--detach", "--wait")
        return time.perf_counter() - started

    def down(self) -> None:
        """Remove everything, data included."""
        self._compose("down", "--volumes")

    def _compose(self, *arguments: str) -> None:
        run(["docker-compose", "--project-name", _PROJECT, *arguments], self._folder)


def _service(role: str, attributes: dict[str, Any]) -> dict[str, Any]:
    host, config = attributes["HostConfig"], attributes["Config"]
    health = config["Healthcheck"]
    service: dict[str, Any] = {
        "image": attributes["Image"],
        "environment": config["Env"],
        "user": config["User"],
        "restart": host["RestartPolicy"]["Name"],
        "read_only": host["ReadonlyRootfs"],
        "cap_drop": host["CapDrop"],
        "security_opt": host["SecurityOpt"],
        "mem_limit": host["Memory"],
        "memswap_limit": host["MemorySwap"],
        "cpus": host["NanoCpus"] / _NANOSECONDS,
        "tmpfs": [f"{path}:{options}" for path, options in host["Tmpfs"].items()],
        "ulimits": {
            each["Name"]: {"soft": each["Soft"], "hard": each["Hard"]} for each in host["Ulimits"]
        },
        "logging": {"driver": host["LogConfig"]["Type"], "options": host["LogConfig"]["Config"]},
        "healthcheck": {
            "test": health["Test"],
            "interval": f"{health['Interval'] // _NANOSECONDS}s",
            "timeout": f"{health['Timeout'] // _NANOSECONDS}s",
            "start_period": f"{health['StartPeriod'] // _NANOSECONDS}s",
            "retries": health["Retries"],
        },
        "depends_on": {
            other: {"condition": "service_healthy"} for other in _WAITS_FOR.get(role, [])
        },
        "networks": {
            name.removeprefix(f"{PREFIX}-"): {"aliases": attached["Aliases"]}
            for name, attached in attributes["NetworkSettings"]["Networks"].items()
        },
        "volumes": [f"data:{each['Destination']}" for each in attributes["Mounts"]],
        "ports": [
            f"{bound['HostIp']}:{bound['HostPort']}:{port}"
            for port, bindings in (host["PortBindings"] or {}).items()
            for bound in bindings
        ],
    }
    return service


def _network(attributes: dict[str, Any]) -> dict[str, Any]:
    subnet = attributes["IPAM"]["Config"][0]["Subnet"]
    return {"internal": attributes["Internal"], "ipam": {"config": [{"subnet": subnet}]}}
