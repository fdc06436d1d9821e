"""The application on every host of a stack."""

import secrets
from dataclasses import dataclass
from typing import Any

import pulumi

from components import (
    BridgeNetworks,
    DockerHost,
    PulledImages,
    RedditApp,
)
from components.made_up import MadeUp

from . import networks, on_swarm, recovery_output
from .reddit_args import reddit_args
from .settings import EVERY_ADDRESS, Settings

_PASSWORD_BYTES = 24


@dataclass(frozen=True)
class Application:
    """The application of a stack, by the names of the hosts that it runs on."""

    host: DockerHost
    apps: dict[str, RedditApp]
    urls: dict[str, pulumi.Output[str]]
    password: pulumi.Output[str] | None
    swarm: bool

    @property
    def recovery(self) -> dict[str, dict[str, Any]]:
        """What ``python -m recovery`` has to know: of a Swarm, the host that has the data."""
        with_data = list(self.apps)[:1] if self.swarm else self.apps
        names = {name: self.apps[name].container_names for name in with_data}
        return recovery_output.places(self.host, names, swarm=self.swarm)


def deploy(settings: Settings) -> Application:
    """Deploy the application with its networks: to each host, or once to their Swarm."""
    password = _password(settings)
    if settings.swarm:
        host, on_all = on_swarm.deploy(settings, password)
        apps = dict.fromkeys(host.providers, on_all)
    else:
        host = settings.hosts.create()
        apps = {
            name: _on_host(
                settings,
                settings.hosts.suffix(name),
                password,
                pulumi.ResourceOptions(provider=provider),
            )
            for name, provider in host.providers.items()
        }
    everywhere = settings.ui_bind_address == EVERY_ADDRESS
    urls = {
        name: pulumi.Output.concat(
            "http://",
            host.addresses[name] if everywhere else settings.ui_bind_address,
            ":",
            app.port.apply(str),
        )
        for name, app in apps.items()
    }
    return Application(host, apps, urls, password, settings.swarm)


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
    bridges = BridgeNetworks(
        f"networks{suffix}",
        {
            "networks": {
                role: {**network} for role, network in networks.of_application(settings).items()
            },
            "avoid": settings.avoid_ranges,
        },
        on_host,
    )
    args = reddit_args(settings, images.image_ids, bridges.network_ids, password)
    return RedditApp(f"reddit{suffix}", args, on_host)
