"""What an application on a Docker Swarm needs to know, and the rules for it."""

from typing import NotRequired, TypedDict

from . import _container_app_args, _gateway, checks
from ._container_app_args import AppServiceArgs, ContainerAppArgs

_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared with, never bound to
_MOST_REPLICAS = 1000


class SwarmAppArgs(TypedDict):
    """An application on a Docker Swarm."""

    app: ContainerAppArgs
    """The application, as ``ContainerApp`` takes it for one host; its networks are those of
    ``OverlayNetworks``. A port is published on every address of each host that the service runs
    on, so its ``bind_address`` must be ``0.0.0.0``. Swarm services have no limit of processes:
    ``processes`` has no effect."""

    replicas: NotRequired[dict[str, int]]
    """How many containers of a service, or of the gateway, by role. Of one with ports, no two are
    on one host: as many as there are hosts is one on each. Default: 1."""

    monitor_seconds: NotRequired[int]
    """Seconds that a new container has to go on, once it is healthy, before the next one is
    replaced. If it ends before, all of the service goes back to what it was. Default: 5."""


def checked(args: SwarmAppArgs) -> SwarmAppArgs:
    """Return an application with its gateway among the services, if it has one.

    Everything is checked that is known before anything is created.

    Raises:
        ArgumentError: the application is invalid, or not fit for a Swarm.
    """
    app = args["app"]
    try:
        _container_app_args.check(app)
        if "gateway" in app:
            app = _gateway.with_gateway(app, args.get("replicas"))
    except checks.ArgumentError as error:
        raise checks.ArgumentError(f"app.{error.field}", error.value, error.rule) from None
    if "monitor_seconds" in args:
        checks.seconds("monitor_seconds", args["monitor_seconds"])
    services = app["services"]
    for role, replicas in args.get("replicas", {}).items():
        field = f"replicas[{role!r}]"
        if role not in services:
            raise checks.ArgumentError(
                field, replicas, f"belongs to no service; the services are {', '.join(services)}"
            )
        checks.whole_number(field, replicas, smallest=1, largest=_MOST_REPLICAS)
        if services[role].get("volumes") and replicas != 1:
            raise checks.ArgumentError(
                field, replicas, "would write to one volume from several containers; make it 1"
            )
    for role, service in services.items():
        _check_ports(f"app.services[{role!r}]", service)
    return {**args, "app": app}


def _check_ports(field: str, service: AppServiceArgs) -> None:
    for index, port in enumerate(service.get("ports", [])):
        address = port.get("bind_address", checks.DEFAULT_BIND_ADDRESS)
        if address != _EVERY_ADDRESS:
            raise checks.ArgumentError(
                f"{field}.ports[{index}].bind_address",
                address,
                f"can't be kept to: a Swarm publishes on every address of its hosts; give "
                f"{_EVERY_ADDRESS}, and keep others out with a firewall",
            )
