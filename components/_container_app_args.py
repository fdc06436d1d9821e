"""What an application of containers needs to know, and the rules for it."""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import NotRequired, TypedDict

import pulumi

from . import checks
from ._gateway_args import GatewayArgs


class AppPortArgs(TypedDict):
    """A port at which a service is published on its host."""

    internal: int
    """TCP port that the service listens on."""

    external: int
    """TCP port of the host."""

    bind_address: NotRequired[str]
    """IPv4 address of the host that the port is bound to; ``0.0.0.0`` is all. Default:
    ``127.0.0.1``."""


class AppServiceArgs(TypedDict):
    """A service of an application: one container."""

    image: pulumi.Input[str]
    """The image: a pinned reference, or an id from ``PulledImages``."""

    networks: dict[str, list[str]]
    """The networks that it is on, by role, each with the aliases under which others find it there.
    On any other network it does not exist."""

    health_command: list[str]
    """Command that exits 0 when the service is healthy."""

    after: NotRequired[list[str]]
    """Services that must be healthy before this one is created. Default: none."""

    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables. Default: none."""

    command: NotRequired[list[str]]
    """Command to run instead of the image's own."""

    memory_mib: NotRequired[int]
    """Memory limit in MiB. Default: 128."""

    cpus: NotRequired[float]
    """CPU limit in CPUs. Default: 1.0."""

    processes: NotRequired[int]
    """Limit of processes and threads of the container's user, counted over the whole host. Default:
    512."""

    user: NotRequired[str]
    """User (and group) to run as, such as ``10001:10001``. Default: the image's."""

    read_only: NotRequired[bool]
    """Whether the root file system is read-only. Default: true."""

    tmpfs: NotRequired[list[str]]
    """Paths in the container that can be written and are forgotten. Default: ``/tmp``."""

    ports: NotRequired[list[AppPortArgs]]
    """Ports of the host at which it is published. Default: none."""

    volumes: NotRequired[dict[str, str]]
    """Volumes of the application, by role, and where each is seen in the container."""

    mounts: NotRequired[dict[str, str]]
    """Folders of the host, by absolute path, and where each is seen in the container
    (read-only)."""


class AppVolumeArgs(TypedDict):
    """A volume of an application."""

    name: NotRequired[str]
    """Docker's name of it, after the prefix and a dash. Default: its role."""

    keep: NotRequired[bool]
    """Whether it outlives a destroy or a replacement. Default: true."""

    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete or replace it until this is taken back; all else of the
    application still goes. Default: false."""


class ContainerAppArgs(TypedDict):
    """An application of containers on one Docker host."""

    prefix: str
    """Beginning of every container's and volume's name, unique on the host."""

    network_ids: dict[str, pulumi.Input[str]]
    """Networks of the host, by role, such as the ``network_ids`` of ``BridgeNetworks``."""

    services: dict[str, AppServiceArgs]
    """The services, by role."""

    volumes: NotRequired[dict[str, AppVolumeArgs]]
    """The volumes, by role. Default: none."""

    gateway: NotRequired[GatewayArgs]
    """A proxy in front of some of the services, so that an update of one loses no request. Default:
    none, the old container goes before the new one comes."""

    health_interval_seconds: NotRequired[int]
    """Seconds between two health checks. Each service starts when the ones it needs are healthy, so
    a short interval makes a quick deployment. Default: 5."""

    start_timeout_seconds: NotRequired[int]
    """Seconds that each container may take to get healthy. Default: 120."""

    labels: NotRequired[dict[str, str]]
    """Labels of every container and volume."""


def in_order(services: Mapping[str, AppServiceArgs]) -> list[str]:
    """Return the services' roles, each behind the ones that it comes after.

    Raises:
        ArgumentError: services wait for one another.
    """
    waits = {role: service.get("after", []) for role, service in services.items()}
    try:
        return list(TopologicalSorter(waits).static_order())
    except CycleError as error:
        circle = error.args[1]
        raise checks.ArgumentError(
            f"services[{circle[0]!r}].after",
            " < ".join(circle),
            "is a circle, and none of them could ever start; let one wait for nobody",
        ) from None


def check(args: ContainerAppArgs) -> None:
    """Check everything that is known before anything is created.

    Raises:
        ArgumentError: a name, alias, image, port, limit or path is invalid, two services want one
            port, or a network, volume or service is named that there isn't.
    """
    checks.name_prefix("prefix", args["prefix"])
    if "health_interval_seconds" in args:
        checks.seconds("health_interval_seconds", args["health_interval_seconds"])
    if "start_timeout_seconds" in args:
        checks.seconds("start_timeout_seconds", args["start_timeout_seconds"])
    volumes = args.get("volumes", {})
    for role, volume in volumes.items():
        checks.docker_name(f"volumes[{role!r}]", f"{args['prefix']}-{volume.get('name', role)}")
    checks.unique("volumes", [volume.get("name", role) for role, volume in volumes.items()])
    for role, service in args["services"].items():
        field = f"services[{role!r}]"
        checks.docker_name(field, f"{args['prefix']}-{role}")
        _check_service(field, service)
        _check_known(f"{field}.networks", service["networks"], args["network_ids"])
        _check_known(f"{field}.volumes", service.get("volumes", {}), volumes)
        _check_known(f"{field}.after", service.get("after", []), args["services"])
    in_order(args["services"])
    checks.unique("ports", [each for one in args["services"].values() for each in _published(one)])


def _check_service(field: str, service: AppServiceArgs) -> None:
    checks.image_and_limits(field, service)
    for needed in ("networks", "health_command"):
        if not service.get(needed):
            raise checks.ArgumentError(
                f"{field}.{needed}", service.get(needed), "is empty; a service needs at least one"
            )
    for role, aliases in service["networks"].items():
        for alias in aliases:
            checks.host_name(f"{field}.networks[{role!r}]", alias)
    for index, port in enumerate(service.get("ports", [])):
        _check_port(f"{field}.ports[{index}]", port)
    mounts = service.get("mounts", {})
    paths = {
        "tmpfs": service.get("tmpfs", []),
        "volumes": service.get("volumes", {}).values(),
        "mounts": (*mounts, *mounts.values()),
    }
    for name, given in paths.items():
        for path in given:
            checks.absolute_path(f"{field}.{name}", path)


def _check_port(field: str, port: AppPortArgs) -> None:
    checks.port(f"{field}.internal", port["internal"])
    checks.port(f"{field}.external", port["external"])
    if "bind_address" in port:
        checks.ip_address(f"{field}.bind_address", port["bind_address"])


def _published(service: AppServiceArgs) -> Iterator[str]:
    for port in service.get("ports", []):
        yield f"{port.get('bind_address', checks.DEFAULT_BIND_ADDRESS)}:{int(port['external'])}"


def _check_known(field: str, given: Iterable[str], known: Iterable[str]) -> None:
    for role in given:
        if role not in known:
            raise checks.ArgumentError(
                field, role, f"is not among the ones of the application ({', '.join(known)})"
            )
