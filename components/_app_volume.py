"""A volume of an application, and what becomes of it."""

import pulumi_docker as docker

from ._children import Children
from ._container_app_args import ContainerAppArgs
from ._service_container import labels


def app_volume(name: str, args: ContainerAppArgs, role: str, children: Children) -> docker.Volume:
    """Create a volume of an application, or adopt the one that it left behind.

    Args:
        name: the application's logical name.
        args: the application.
        role: which of its volumes.
        children: what all children of its component have in common.
    """
    volume = args.get("volumes", {})[role]
    users = [user for user, each in args["services"].items() if role in each.get("volumes", {})]
    return docker.Volume(
        f"{name}-{role}",
        name=f"{args['prefix']}-{volume.get('name', role)}",
        labels=[
            docker.VolumeLabelArgs(label=label, value=value)
            for label, value in children.labels(labels(args, users[0] if users else role))
        ],
        opts=children.volume_options(
            keep=volume.get("keep", True), protect=volume.get("protect", False)
        ),
    )
