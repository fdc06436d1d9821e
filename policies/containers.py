"""Rules for Docker containers: what would hand the host to what runs inside."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from policies.rules import Finding, Resource, Rule
from policies.values import HIDDEN, fields, found

CONTAINER: Final = "docker:index/container:Container"
SERVICE: Final = "docker:index/service:Service"
REMOTE_IMAGE: Final = "docker:index/remoteImage:RemoteImage"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where a type of resource keeps what makes up a container, as patterns of ``values.found``.

    Args:
        image: the image.
        capabilities: each added capability.
        host_paths: each file or folder of the host.
        namespaces: whose each namespace is, where that can be chosen.
        ports: each published port.
        port_sides: the two numbers of a port, as its fields.
        memory: the memory limit.
        environment: the variables, a mapping or a list of ``NAME=value``.
    """

    image: str
    capabilities: str
    host_paths: tuple[str, ...]
    namespaces: tuple[str, ...]
    ports: str
    port_sides: tuple[str, str]
    memory: str
    environment: str


LAYOUTS: Final = {
    CONTAINER: Layout(
        image="image",
        capabilities="capabilities.adds[]",
        host_paths=("mounts[].source", "volumes[].hostPath"),
        namespaces=("networkMode", "pidMode", "ipcMode", "usernsMode"),
        ports="ports[]",
        port_sides=("external", "internal"),
        memory="memory",
        environment="envs",
    ),
    SERVICE: Layout(
        image="taskSpec.containerSpec.image",
        capabilities="taskSpec.containerSpec.capAdds[]",
        host_paths=("taskSpec.containerSpec.mounts[].source",),
        namespaces=("taskSpec.networksAdvanceds[].id", "taskSpec.networksAdvanceds[].name"),
        ports="endpointSpec.ports[]",
        port_sides=("publishedPort", "targetPort"),
        memory="taskSpec.resources.limits.memoryBytes",
        environment="taskSpec.containerSpec.env",
    ),
}
"""The types of resources that run containers."""

_CONTAINERS = frozenset(LAYOUTS)
_IMAGES = {REMOTE_IMAGE: "name", **{type_: layout.image for type_, layout in LAYOUTS.items()}}
_SOCKET = "docker.sock"
# Folders that usually hold the socket: to mount one is to mount it.
_SOCKET_FOLDERS = frozenset(map(PurePosixPath, ("/", "/run", "/var", "/var/run")))
_ENGINE_PORTS = frozenset({2375, 2376})


def _unpinned(resource: Resource) -> Iterator[Finding]:
    for path, image in found(resource.properties, _IMAGES[resource.type]):
        if not isinstance(image, str):
            continue
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
    for path, capability in found(resource.properties, LAYOUTS[resource.type].capabilities):
        if capability is not HIDDEN:
            yield Finding(path, f"'{capability}' is added")


def _socket(resource: Resource) -> Iterator[Finding]:
    for path, source in found(resource.properties, *LAYOUTS[resource.type].host_paths):
        if isinstance(source, str) and _reaches_socket(source):
            yield Finding(path, f"'{source}' reaches Docker's socket")


def _reaches_socket(path: str) -> bool:
    return path.endswith(_SOCKET) or PurePosixPath(path) in _SOCKET_FOLDERS


def _host_namespaces(resource: Resource) -> Iterator[Finding]:
    for path, whose in found(resource.properties, *LAYOUTS[resource.type].namespaces):
        if whose == "host":
            yield Finding(path, "'host' is the host's own")


def _engine_ports(resource: Resource) -> Iterator[Finding]:
    layout = LAYOUTS[resource.type]
    for path, port in found(resource.properties, layout.ports):
        for side in layout.port_sides:
            number = fields(port).get(side)
            if number in _ENGINE_PORTS:
                yield Finding(f"{path}.{side}", f"{number:.0f} is a Docker Engine's port")
                break


def _no_memory_limit(resource: Resource) -> Iterator[Finding]:
    for path, memory in found(resource.properties, LAYOUTS[resource.type].memory):
        if not memory:
            yield Finding(path, f"{'none' if memory is None else '0'} is no limit")


RULES: Final = (
    Rule(
        name="docker-image-pinned",
        types=frozenset(_IMAGES),
        description="An image must be pinned: what runs today must run tomorrow.",
        remedy="name a version's tag, or better a digest",
        check=_unpinned,
    ),
    Rule(
        name="docker-not-privileged",
        # A service can't ask for it.
        types=frozenset({CONTAINER}),
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
        remedy="set memory in MB and memorySwap beside it; of a service, memoryBytes",
        check=_no_memory_limit,
    ),
)
"""The rules for containers and their images."""
