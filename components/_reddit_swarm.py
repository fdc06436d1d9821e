"""The reddit application on a Docker Swarm."""

import pulumi

from ._gateway_args import GATEWAY
from ._reddit_args import RedditAppArgs, RedditSwarmArgs
from ._reddit_services import container_app_args
from .swarm_app import SwarmApp

_DEFAULT_REPLICAS = 2


def create(
    name: str, args: RedditAppArgs, swarm: RedditSwarmArgs, opts: pulumi.ResourceOptions
) -> SwarmApp:
    """Create the application as services of a Swarm; what is published is on every host.

    Args:
        name: logical name.
        args: checked.
        swarm: how it is spread.
        opts: options of the application.
    """
    hosts, replicas = int(swarm["hosts"]), int(swarm.get("replicas", _DEFAULT_REPLICAS))
    entrance = GATEWAY if "gateway_image" in args else "ui"
    return SwarmApp(
        name,
        {
            "app": container_app_args(args),
            "replicas": {"ui": replicas, "post": replicas, "comment": replicas, entrance: hosts},
        },
        opts,
    )
