"""The application on every host of a stack."""

import secrets
from dataclasses import dataclass

import pulumi

from components import (
    BridgeNetworkArgs,
    BridgeNetworks,
    DatabaseArgs,
    DockerHost,
    PulledImages,
    RedditApp,
    ServiceArgs,
)
from components.made_up import MadeUp

from . import live_source
from .host_settings import STACK_LABEL
from .settings import Settings

_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared with, never bound to
_PASSWORD_BYTES = 24


@dataclass(frozen=True)
class Application:
    """The application of a stack, by the names of the hosts that it runs on."""

    host: DockerHost
    apps: dict[str, RedditApp]
    urls: dict[str, pulumi.Output[str]]
    password: pulumi.Output[str] | None


def deploy(settings: Settings) -> Application:
    """Deploy the application to each host, with its networks and nothing else."""
    host = settings.hosts.create()
    password = _password(settings)
    apps = {
        name: _on_host(
            settings,
            settings.hosts.suffix(name),
            password,
            pulumi.ResourceOptions(provider=provider),
        )
        for name, provider in host.providers.items()
    }
    everywhere = settings.ui_bind_address == _EVERY_ADDRESS
    urls = {
        name: pulumi.Output.concat(
            "http://",
            host.addresses[name] if everywhere else settings.ui_bind_address,
            ":",
            app.port.apply(str),
        )
        for name, app in apps.items()
    }
    return Application(host, apps, urls, password)


def _password(settings: Settings) -> pulumi.Output[str] | None:
    if not settings.database_username:
        return None
    if settings.database_password is not None:
        return settings.database_password
    made_up = secrets.token_urlsafe(_PASSWORD_BYTES)
    return pulumi.Output.secret(MadeUp("database-password", made_up, secret=True).output)


def _on_host(
    settings: Settings,
    suffix: str,
    password: pulumi.Output[str] | None,
    on_host: pulumi.ResourceOptions,
) -> RedditApp:
    images = PulledImages(f"images{suffix}", {"references": settings.images}, on_host)
    # Nothing is made on the host before it holds every image.
    on_host = pulumi.ResourceOptions.merge(on_host, pulumi.ResourceOptions(depends_on=[images]))
    labels = {STACK_LABEL: settings.stack}
    networks = BridgeNetworks(
        f"networks{suffix}",
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
    return RedditApp(
        f"reddit{suffix}",
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
            "database": _database(settings, images, password),
        },
        on_host,
    )


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


def _database(
    settings: Settings, images: PulledImages, password: pulumi.Output[str] | None
) -> DatabaseArgs:
    database = DatabaseArgs(
        image=images.image_ids["database"],
        kind=settings.database_kind,
        memory_mib=settings.database_memory_mib,
        keep_data=settings.keep_data,
        protect_data=settings.protect_data,
    )
    if password is not None:
        database["username"] = settings.database_username
        database["password"] = password
    return database
