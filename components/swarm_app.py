"""An application on a Docker Swarm: services in health order, over several hosts."""

import pulumi
import pulumi_docker as docker

from . import _swarm_app_args, checks
from ._app_volume import app_volume
from ._children import Children
from ._container_app_args import in_order
from ._swarm_app_args import SwarmAppArgs
from ._swarm_service import swarm_service


class SwarmApp(pulumi.ComponentResource):
    """An application on a Docker Swarm: services in health order, over several hosts.

    What ``ContainerApp`` is to one host, this is to a Swarm. Its provider is the one of a
    ``DockerSwarm``. It creates:

    - ``<name>-<volume>``, for each volume: on the provider's host. Services with a volume stay on
      that host; while it is down, they are.
    - ``<name>-<service>``, for each service: its replicas on any hosts, on its networks and no
      other, once the services that it comes after are healthy.
    - ``<name>-gateway``, if asked for: the proxy in front of services.

    An update replaces one container at a time: the new one first, and the old one once the new one
    is healthy; the other way round where both need the same port or volume. If a new one never gets
    healthy, the Swarm goes back to the old ones by itself, and the deployment fails.

    Every container runs with a read-only root, without capabilities, with limits of memory and CPU
    and with rotated logs. That none gains privileges is for the engines to see to, as those that
    Dockyard sets up do. Environment variables can be read by whoever may use an engine that manages
    the Swarm. It creates no network: see ``OverlayNetworks``.

    Raises:
        ArgumentError: the application is invalid, or not fit for a Swarm.
    """

    service_names: dict[str, pulumi.Output[str]]
    """Docker's name of each service, by role, once all its replicas are healthy."""

    volume_names: dict[str, pulumi.Output[str]]
    """Docker's name of each volume, by role."""

    def __init__(
        self, name: str, args: SwarmAppArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        args = _swarm_app_args.checked(args)
        app = args["app"]
        super().__init__("dockyard:index:SwarmApp", name, None, opts)
        children = Children(self, name, opts)
        if app.get("volumes") and children.machine is None:
            raise checks.ArgumentError(
                "app.volumes",
                list(app["volumes"]),
                "are on no known host; give the provider of a DockerSwarm",
            )
        self.volumes = {
            role: app_volume(name, app, role, children) for role in app.get("volumes", {})
        }
        self.volume_names = {role: volume.name for role, volume in self.volumes.items()}
        self.services: dict[str, docker.Service] = {}
        for role in in_order(app["services"]):
            self.services[role] = swarm_service(
                f"{name}-{role}",
                args,
                role,
                volume_names=self.volume_names,
                children=children,
                after=[self.services[each] for each in app["services"][role].get("after", [])],
            )
        self.service_names = {role: each.name for role, each in self.services.items()}
        self.register_outputs(
            {"service_names": self.service_names, "volume_names": self.volume_names}
        )
