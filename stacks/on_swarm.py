"""The application once, on a Swarm of all hosts of a stack."""

import pulumi

from components import (
    DockerHost,
    OverlayNetworks,
    PulledImages,
    RedditApp,
)

from . import networks
from .reddit_args import reddit_args
from .settings import Settings


def deploy(settings: Settings, password: pulumi.Output[str] | None) -> tuple[DockerHost, RedditApp]:
    """Make all hosts one Swarm, and deploy the application to it with its networks."""
    swarm = settings.hosts.create_swarm()
    pulled = [
        PulledImages(
            f"images{settings.hosts.suffix(name)}",
            {"references": settings.images},
            pulumi.ResourceOptions(provider=provider),
        )
        for name, provider in swarm.providers.items()
    ]
    # Nothing starts before every host holds every image: the Swarm may choose any.
    on_all = pulumi.ResourceOptions(provider=swarm.provider, depends_on=[swarm, *pulled])
    overlays = OverlayNetworks(
        "networks",
        {
            "networks": {
                role: {**network, "encrypted": settings.swarm_encryption}
                for role, network in networks.of_application(settings).items()
            },
            "avoid": settings.avoid_ranges,
        },
        on_all,
    )
    args = reddit_args(settings, pulled[0].image_ids, overlays.network_ids, password)
    args["swarm"] = {"hosts": len(swarm.providers), "replicas": settings.swarm_replicas}
    return swarm.host, RedditApp("reddit", args, on_all)
