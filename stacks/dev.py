"""The development stack: the whole application on this machine."""

import pulumi

from components import (
    BridgeNetworkArgs,
    BridgeNetworks,
    DockerHost,
    PulledImages,
    RedditApp,
    ServiceArgs,
)

from . import live_source
from .settings import Settings

# Finds what a stack left on a host after its state is gone: a volume that was kept.
_STACK_LABEL = "org.dockyard.stack"
_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared with, never bound to


def program(settings: Settings) -> None:
    """Deploy the application, its networks and nothing else."""
    host = DockerHost(
        "host",
        {
            "endpoint": settings.docker_host,
            "published_ports": [
                {"port": settings.ui_port, "bind_address": settings.ui_bind_address}
            ],
        },
    )
    images = PulledImages(
        "images",
        {"references": settings.images},
        pulumi.ResourceOptions(provider=host.provider),
    )
    # Nothing is made on the host before it holds every image.
    on_host = pulumi.ResourceOptions(provider=host.provider, depends_on=[images])
    labels = {_STACK_LABEL: settings.stack}
    networks = BridgeNetworks(
        "networks",
        {
            "networks": {
                "front": _network(settings, "front_net", settings.front_subnet),
                "back": _network(settings, "back_net", settings.back_subnet, internal=True),
            },
            "avoid": settings.avoid_ranges,
            "labels": labels,
        },
        on_host,
    )
    app = RedditApp(
        "reddit",
        {
            "prefix": settings.prefix,
            "environment_name": settings.environment_name,
            "front_network_id": networks.network_ids["front"],
            "back_network_id": networks.network_ids["back"],
            "health_interval_seconds": settings.health_interval_seconds,
            "start_timeout_seconds": settings.start_timeout_seconds,
            "labels": labels,
            "port": settings.ui_port,
            "bind_address": settings.ui_bind_address,
            "aliases": {
                "post": settings.post_alias,
                "comment": settings.comment_alias,
                "post_database": settings.post_database_alias,
                "comment_database": settings.comment_database_alias,
            },
            "ui": _service(settings, images, "ui"),
            "post": _service(settings, images, "post"),
            "comment": _service(settings, images, "comment"),
            "database": {
                "image": images.image_ids["database"],
                "kind": settings.database_kind,
                "memory_mib": settings.database_memory_mib,
                "keep_data": settings.keep_data,
            },
        },
        on_host,
    )
    everywhere = settings.ui_bind_address == _EVERY_ADDRESS
    address = host.address if everywhere else settings.ui_bind_address
    pulumi.export("url", pulumi.Output.concat("http://", address, ":", app.port.apply(str)))
    pulumi.export("dockerHost", host.endpoint)
    pulumi.export("containers", app.container_names)
    pulumi.export("volume", app.volume_name)


def _network(
    settings: Settings, suffix: str, subnet: str, *, internal: bool = False
) -> BridgeNetworkArgs:
    network = BridgeNetworkArgs(
        name=f"{settings.prefix}-{suffix}", subnet=subnet, internal=internal
    )
    if settings.network_mtu_bytes:
        network["mtu_bytes"] = settings.network_mtu_bytes
    return network


def _service(settings: Settings, images: PulledImages, role: str) -> ServiceArgs:
    service = ServiceArgs(image=images.image_ids[role], memory_mib=settings.service_memory_mib)
    if settings.live_source:
        service["override"] = live_source.override(role)
    return service
