"""The application once, on a Swarm of all hosts of a stack."""

import pulumi

from components import (
    DockerHost,
    OverlayNetworkArgs,
    OverlayNetworks,
    PulledImages,
    RedditApp,
)

from .host_settings import STACK_LABEL
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
    networks = OverlayNetworks(
        "networks",
        {
            "networks": {
                "front": _network(settings, "front_net", settings.front_subnet),
                "back": {
                    **_network(settings, "back_net", settings.back_subnet),
                    "internal": True,
                },
            },
            "avoid": settings.avoid_ranges,
            "labels": {STACK_LABEL: settings.stack},
        },
        on_all,
    )
    args = reddit_args(settings, pulled[0].image_ids, networks.network_ids, password)
    args["swarm"] = {"hosts": len(swarm.providers), "replicas": settings.swarm_replicas}
    return swarm.host, RedditApp("reddit", args, on_all)


def _network(settings: Settings, suffix: str, subnet: str) -> OverlayNetworkArgs:
    network = OverlayNetworkArgs(
        name=f"{settings.prefix}-{suffix}",
        subnet=subnet,
        encrypted=settings.swarm_encryption,
    )
    if settings.network_mtu_bytes:
        network["mtu_bytes"] = settings.network_mtu_bytes
    return network
