"""An application of containers: services in health order, and the volumes that they keep."""

import pulumi
import pulumi_docker as docker

from . import _container_app_args as app_args
from ._app_volume import app_volume
from ._children import Children
from ._container_app_args import ContainerAppArgs
from ._service_container import service_container


class ContainerApp(pulumi.ComponentResource):
    """An application of containers: services in health order, and the volumes that they keep.

    It creates:

    - ``<name>-<volume>``, for each volume: kept on destroy unless asked otherwise and protected
      from it if asked.
    - ``<name>-<service>``, for each service: on its networks and no other, once the ones that it
      comes after are healthy.
    - ``<name>-gateway``, if asked for: the proxy in front of services. A new container of a service
      behind it is created beside the old one, which goes once the new one is healthy.

    Every container runs without privileges, with a read-only root, limits and rotated logs. It
    creates no network: see ``BridgeNetworks``. A deployment that ends without one of the containers
    fails; one that somebody took off its networks, or put on another, is put right.

    Raises:
        ArgumentError: a name, alias, image, port, limit or path is invalid, two services want one
            port, or a network, volume or service is named that there isn't.
    """

    container_names: dict[str, pulumi.Output[str]]
    """Docker's name of each container, by service, once it is healthy."""

    volume_names: dict[str, pulumi.Output[str]]
    """Docker's name of each volume, by role."""

    def __init__(
        self, name: str, args: ContainerAppArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        app_args.check(args)
        if "gateway" in args:
            from . import _gateway

            args = _gateway.with_gateway(args)
        super().__init__("dockyard:index:ContainerApp", name, None, opts)
        children = Children(self, name, opts)
        self.volumes = {
            role: app_volume(name, args, role, children) for role in args.get("volumes", {})
        }
        self.volume_names = {role: volume.name for role, volume in self.volumes.items()}
        self.containers: dict[str, docker.Container] = {}
        for role in app_args.in_order(args["services"]):
            self.containers[role] = service_container(
                f"{name}-{role}",
                args,
                role,
                volume_names=self.volume_names,
                children=children,
                after=[self.containers[each] for each in args["services"][role].get("after", [])],
            )
        if "gateway" in args:
            children.refuse_failed(self.containers[each] for each in args["gateway"]["routes"])
        children.look_after(self.containers.values())
        self.container_names = {role: each.name for role, each in self.containers.items()}
        self.register_outputs(
            {"container_names": self.container_names, "volume_names": self.volume_names}
        )
