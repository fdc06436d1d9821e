"""An application of containers: services in health order, and the volumes that they keep."""

import pulumi
import pulumi_docker as docker

from . import _container_app_args as app_args
from ._children import Children
from ._container_app_args import ContainerAppArgs
from ._service_container import labels, service_container


class ContainerApp(pulumi.ComponentResource):
    """An application of containers: services in health order, and the volumes that they keep.

    It creates:

    - ``<name>-<volume>``, for each volume: kept on destroy unless asked otherwise and protected
      from it if asked.
    - ``<name>-<service>``, for each service: on its networks and no other, once the ones that it
      comes after are healthy.

    Every container runs without privileges, with a read-only root, limits and rotated logs. It
    creates no network: see ``BridgeNetworks``.

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
        super().__init__("dockyard:index:ContainerApp", name, None, opts)
        children = Children(self, name, opts)
        self.volumes = {
            role: _create_volume(name, args, role, children) for role in args.get("volumes", {})
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
        self.container_names = {role: each.name for role, each in self.containers.items()}
        self.register_outputs(
            {"container_names": self.container_names, "volume_names": self.volume_names}
        )


def _create_volume(
    name: str, args: ContainerAppArgs, role: str, children: Children
) -> docker.Volume:
    volume = args.get("volumes", {})[role]
    users = [user for user, each in args["services"].items() if role in each.get("volumes", {})]
    return docker.Volume(
        f"{name}-{role}",
        name=f"{args['prefix']}-{volume.get('name', role)}",
        labels=[
            docker.VolumeLabelArgs(label=label, value=value)
            for label, value in children.labels(labels(args, users[0] if users else role))
        ],
        opts=children.options(
            # Docker can't relabel a volume; a replacement would be an empty one.
            pulumi.ResourceOptions(
                retain_on_delete=volume.get("keep", True),
                # Not false: that would undo the protection of everything around it.
                protect=volume.get("protect") or None,
                ignore_changes=["labels"],
            )
        ),
    )
