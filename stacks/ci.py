"""The stack of the delivery: GitLab, its project and its runners."""

from dataclasses import dataclass

import pulumi

from components import (
    BridgeNetworks,
    GitlabProject,
    GitlabServer,
    PulledImages,
    RunnerPool,
)
from components.gitlab_api import gitlab_provider

from . import networks, recovery_output
from .ci_settings import CiSettings
from .gitlab_hardening import harden
from .host_settings import STACK_LABEL

_NETWORK = "ci"


@dataclass(frozen=True)
class _Place:
    """A host that is ready for containers: its images, its network, and what to give them."""

    suffix: str
    image_ids: dict[str, pulumi.Output[str]]
    network_id: pulumi.Output[str]
    opts: pulumi.ResourceOptions


def program(settings: CiSettings) -> None:
    """Deploy GitLab to the first host, make its project, and runners on the other hosts.

    With one host, the runners are beside GitLab.
    """
    host = settings.hosts.create()
    names = list(host.providers)
    places = {
        name: _place(settings, name, host.providers[name], has_server=index == 0)
        for index, name in enumerate(names)
    }
    labels = {STACK_LABEL: settings.stack}
    first = places[names[0]]
    server = GitlabServer(
        "gitlab",
        {
            **settings.server,
            "image_id": first.image_ids["gitlab"],
            "network_id": first.network_id,
            "labels": labels,
        },
        first.opts,
    )
    provider = gitlab_provider(
        "gitlab-api",
        server.url,
        server.api_token,
        [server.container],
        timeout_seconds=settings.server["start_timeout_seconds"],
    )
    on_gitlab = pulumi.ResourceOptions(provider=provider)
    harden("gitlab-settings", on_gitlab)
    project = GitlabProject("project", settings.project, on_gitlab)
    pools = {
        name: RunnerPool(
            f"runners{places[name].suffix}",
            {
                **settings.runners,
                "gitlab_url": server.url,
                "token": project.runner_token,
                "image": places[name].image_ids["runner"],
                "network_id": places[name].network_id,
                "labels": labels,
            },
            places[name].opts,
        )
        for name in names[1:] or names
    }
    pulumi.export("url", server.url)
    pulumi.export("project", project.web_url)
    pulumi.export("apiToken", server.api_token)
    pulumi.export("gitlab", server.container_name)
    pulumi.export("runners", {name: pool.container_names for name, pool in pools.items()})
    pulumi.export("dockerHost", host.endpoint)
    pulumi.export("dockerEnv", host.docker_env)
    pulumi.export("sshConfig", host.ssh_config)
    pulumi.export("ansibleInventory", host.ansible_inventory)
    pulumi.export(
        "recovery", recovery_output.places(host, {names[0]: {"gitlab": server.container_name}})
    )


def _place(
    settings: CiSettings, name: str, provider: pulumi.ProviderResource, *, has_server: bool
) -> _Place:
    suffix = settings.hosts.suffix(name)
    roles = ["gitlab", "runner"] if has_server else ["runner"]
    opts = pulumi.ResourceOptions(provider=provider)
    images = PulledImages(
        f"images{suffix}", {"references": {role: settings.images[role] for role in roles}}, opts
    )
    # Nothing is made on the host before it holds every image.
    opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[images]))
    network = networks.network(
        settings.stack,
        f"{settings.prefix}-net",
        settings.subnet,
        mtu_bytes=settings.network_mtu_bytes,
    )
    bridge = BridgeNetworks(f"networks{suffix}", {"networks": {_NETWORK: {**network}}}, opts)
    return _Place(suffix, images.image_ids, bridge.network_ids[_NETWORK], opts)
