"""Rules for Docker containers: what would hand the host to what runs inside."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from policies.rules import Finding, Resource, Rule
from policies.values import HIDDEN, entries, fields

CONTAINER: Final = "docker:index/container:Container"
REMOTE_IMAGE: Final = "docker:index/remoteImage:RemoteImage"

_CONTAINERS = frozenset({CONTAINER})
_IMAGE_FIELD = {CONTAINER: "image", REMOTE_IMAGE: "name"}
_SOCKET = "docker.sock"
# Folders that usually hold the socket: to mount one is to mount it.
_SOCKET_FOLDERS = frozenset(map(PurePosixPath, ("/", "/run", "/var", "/var/run")))
_ENGINE_PORTS = frozenset({2375, 2376})
_NAMESPACES = ("networkMode", "pidMode", "ipcMode", "usernsMode")


def _unpinned(resource: Resource) -> Iterator[Finding]:
    path = _IMAGE_FIELD[resource.type]
    image = resource.properties.get(path)
    if not isinstance(image, str):
        return
    # Of an image id and of a name with a digest this is the hash, the tightest pin there is.
    tag = image.rpartition("/")[2].partition(":")[2]
    if not tag:
        yield Finding(path, f"'{image}' has no tag, which means latest")
    elif tag == "latest":
        yield Finding(path, f"'{image}' is whatever was pushed last")


def _privileged(resource: Resource) -> Iterator[Finding]:
    if resource.properties.get("privileged") is True:
        yield Finding("privileged", "true gives the container every device and capability")


def _capabilities(resource: Resource) -> Iterator[Finding]:
    added = entries(fields(resource.properties.get("capabilities")).get("adds"))
    for index, capability in enumerate(added):
        if capability is not HIDDEN:
            yield Finding(f"capabilities.adds[{index}]", f"'{capability}' is added")


def _socket(resource: Resource) -> Iterator[Finding]:
    for group, source in (("mounts", "source"), ("volumes", "hostPath")):
        for index, mount in enumerate(entries(resource.properties.get(group))):
            path = fields(mount).get(source)
            if isinstance(path, str) and _reaches_socket(path):
                yield Finding(f"{group}[{index}].{source}", f"'{path}' reaches Docker's socket")


def _reaches_socket(path: str) -> bool:
    return path.endswith(_SOCKET) or PurePosixPath(path) in _SOCKET_FOLDERS


def _host_namespaces(resource: Resource) -> Iterator[Finding]:
    for path in _NAMESPACES:
        if resource.properties.get(path) == "host":
            yield Finding(path, "'host' is the host's own")


def _engine_ports(resource: Resource) -> Iterator[Finding]:
    for index, port in enumerate(entries(resource.properties.get("ports"))):
        for side in ("external", "internal"):
            number = fields(port).get(side)
            if number in _ENGINE_PORTS:
                yield Finding(f"ports[{index}].{side}", f"{number:.0f} is a Docker Engine's port")
                break


def _no_memory_limit(resource: Resource) -> Iterator[Finding]:
    memory = resource.properties.get("memory")
    if not memory:
        yield Finding("memory", f"{'none' if memory is None else '0'} is no limit")


RULES: Final = (
    Rule(
        name="docker-image-pinned",
        types=frozenset(_IMAGE_FIELD),
        description="An image must be pinned: what runs today must run tomorrow.",
        remedy="name a version's tag, or better a digest",
        check=_unpinned,
    ),
    Rule(
        name="docker-not-privileged",
        types=_CONTAINERS,
        description="A container must not be privileged: who breaks into it owns the host.",
        remedy="leave it out, and give the one device or capability that is needed",
        check=_privileged,
    ),
    Rule(
        name="docker-no-added-capabilities",
        types=_CONTAINERS,
        description="A container must add no kernel capability: each is a way out of it.",
        remedy="drop ALL and run as an ordinary user",
        check=_capabilities,
    ),
    Rule(
        name="docker-no-engine-socket",
        types=_CONTAINERS,
        description="A container must not reach Docker's socket: with it, it is root on the host.",
        remedy="leave the mount out, or give the container an engine of its own",
        check=_socket,
    ),
    Rule(
        name="docker-no-host-namespace",
        types=_CONTAINERS,
        description="A container must keep its own namespaces: they are what contains it.",
        remedy="leave it out, and publish the ports that are needed",
        check=_host_namespaces,
    ),
    Rule(
        name="docker-no-published-engine",
        types=_CONTAINERS,
        description="A Docker Engine must not be published: its API is root on its host.",
        remedy="reach the engine through SSH, or inside a network of its own",
        check=_engine_ports,
    ),
    Rule(
        name="docker-memory-limit",
        types=_CONTAINERS,
        description="A container must have a memory limit: without one it starves its neighbours.",
        remedy="set memory in MB, and memorySwap beside it",
        check=_no_memory_limit,
    ),
)
"""The rules for containers and their images."""
