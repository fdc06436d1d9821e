"""A GitLab server: the omnibus container, its data, its backups and its upgrades."""

import secrets

import pulumi
import pulumi_docker as docker

from . import _gitlab_server_files as files
from . import checks
from ._children import Children
from ._gitlab_server_args import (
    DEFAULT_BACKUP_TIMEOUT_SECONDS,
    DEFAULT_HEALTH_INTERVAL_SECONDS,
    DEFAULT_IMAGE,
    DEFAULT_SHM_MIB,
    DEFAULT_START_TIMEOUT_SECONDS,
    GitlabProfile,
    GitlabServerArgs,
)
from ._gitlab_server_config import BACKUPS
from ._gitlab_server_rules import check, published_ports, release
from ._gitlab_server_url import server_url
from ._gitlab_upgrade import UpgradeGuard
from ._ownership import OwnedProvider
from ._service_container import NOT_APPLIED_IN_PLACE, go_duration
from .made_up import MadeUp

_FOLDERS = {"config": "/etc/gitlab", "logs": "/var/log/gitlab", "data": "/var/opt/gitlab"}
_DEFAULT_LIMITS = {
    GitlabProfile.NORMAL: (8192, 4.0),
    GitlabProfile.MEMORY_CONSTRAINED: (4096, 2.0),
}
_TOKEN_BYTES = 24
# The database must write down what it has in memory.
_STOP_SECONDS = 120
_CHECK_TIMEOUT_SECONDS = 15
_CHECK_RETRIES = 3
_LOG_OPTIONS = {"max-size": "10m", "max-file": "5"}
_DOCKER = "docker:index/container:Container"


class GitlabServer(pulumi.ComponentResource):
    """A GitLab server: the omnibus container, its data, its backups and its upgrades.

    It creates:

    - ``<name>-release``: a record of version and edition. A change that GitLab doesn't allow is
      refused, in the preview too, with the path to take; before one that it allows a backup is
      taken, or nothing happens.
    - ``<name>-token``: the API token, made up once, unless one is given.
    - ``<name>-config``, ``<name>-logs``, ``<name>-data``: the volumes, unless all is below a folder
      of the host; kept on destroy unless asked otherwise.
    - ``<name>-backups``: the volume for backups, unless they go to a folder of the host.
    - ``<name>-server``: the container, done when GitLab is ready and accepts the token.

    Nobody can sign up. Secrets reach the container as files for root alone, never in its
    environment or in a command.

    The container runs as root, with the engine's default capabilities, on a root file system that
    it can write to: GitLab's own init needs all three to set up its users and services. It is not
    privileged and never sees Docker's socket. Runners don't belong on its host.

    It sends no mail: set ``smtp_…`` of ``gitlab_rails`` in ``settings``. It creates no network.

    Raises:
        ArgumentError: an argument is invalid, or two contradict each other.
    """

    url: pulumi.Output[str]
    """Where the server is reached, once it is ready."""

    container_name: pulumi.Output[str]
    """Docker's name of the container."""

    version: pulumi.Output[str]
    """Version of GitLab, such as ``19.3.0``, once it runs."""

    volume_names: dict[str, pulumi.Output[str]]
    """Docker's name of each volume: ``config``, ``logs``, ``data`` and ``backups``, without those
    that are folders of the host."""

    api_token: pulumi.Output[str]
    """Root's personal access token with the scope ``api``, a secret. The server renews it."""

    def __init__(
        self, name: str, args: GitlabServerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        check(args)
        super().__init__("dockyard:index:GitlabServer", name, None, opts)
        children = Children(self, name, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        self.guard = _guard(name, args, self.get_provider(_DOCKER), child)
        self.api_token = _api_token(name, args, child)
        self.volumes = {
            role: _volume(f"{name}-{role}", f"{args['prefix']}-{role}", args, children)
            for role in _volume_roles(args)
        }
        self.container = _container(
            f"{name}-server",
            args,
            volumes=self.volumes,
            api_token=self.api_token,
            children=children,
            guard=self.guard,
        )

        url, version = str(server_url(args)), str(release(args).version)
        # Known in a preview, and yet whatever uses them waits for the server.
        self.url = self.container.urn.apply(lambda _: url)
        self.version = self.container.urn.apply(lambda _: version)
        self.container_name = self.container.name
        self.volume_names = {role: volume.name for role, volume in self.volumes.items()}
        self.register_outputs(
            {
                "url": self.url,
                "container_name": self.container_name,
                "version": self.version,
                "volume_names": self.volume_names,
                "api_token": self.api_token,
            }
        )

    @staticmethod
    def check(args: GitlabServerArgs) -> None:
        """Check arguments without creating anything.

        Raises:
            ArgumentError: as the constructor would.
        """
        check(args)

    @staticmethod
    def published_ports(args: GitlabServerArgs) -> dict[str, int]:
        """Return the ports of the host that a server will publish, by the field they come from."""
        return {field: outside for field, (_, outside) in published_ports(args).items()}


def _guard(
    name: str,
    args: GitlabServerArgs,
    provider: pulumi.ProviderResource | None,
    opts: pulumi.ResourceOptions,
) -> UpgradeGuard:
    return UpgradeGuard(
        f"{name}-release",
        release(args),
        container=_container_name(args),
        machine=provider.machine if isinstance(provider, OwnedProvider) else None,
        backup_command=files.backup_command(args),
        backup_timeout_seconds=int(
            args.get("backup", {}).get("timeout_seconds", DEFAULT_BACKUP_TIMEOUT_SECONDS)
        ),
        opts=opts,
    )


def _api_token(
    name: str, args: GitlabServerArgs, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    if "api_token" in args:
        return pulumi.Output.secret(args["api_token"])
    made_up = f"glpat-{secrets.token_urlsafe(_TOKEN_BYTES)}"
    token = MadeUp(f"{name}-token", made_up, secret=True, opts=opts)
    return pulumi.Output.secret(token.output)


def _volume_roles(args: GitlabServerArgs) -> list[str]:
    roles = [] if "directory" in args else list(_FOLDERS)
    return roles if "directory" in args.get("backup", {}) else [*roles, "backups"]


def _volume(
    name: str, volume_name: str, args: GitlabServerArgs, children: Children
) -> docker.Volume:
    return docker.Volume(
        name,
        name=volume_name,
        labels=[
            docker.VolumeLabelArgs(label=label, value=value)
            for label, value in children.labels(args.get("labels", {}))
        ],
        opts=children.volume_options(
            keep=args.get("keep_data", True), protect=args.get("protect_data", False)
        ),
    )


def _mounts(
    args: GitlabServerArgs, volumes: dict[str, docker.Volume]
) -> list[docker.ContainerVolumeArgs]:
    places = {**_FOLDERS, "backups": BACKUPS}
    folders = {role: f"{args['directory']}/{role}" for role in _FOLDERS if "directory" in args}
    if "directory" in args.get("backup", {}):
        folders["backups"] = args["backup"]["directory"]
    return [
        docker.ContainerVolumeArgs(
            volume_name=volumes[role].name if role in volumes else None,
            host_path=folders.get(role),
            container_path=place,
        )
        for role, place in places.items()
    ]


def _container_name(args: GitlabServerArgs) -> str:
    return f"{args['prefix']}-gitlab"


def _container(
    name: str,
    args: GitlabServerArgs,
    *,
    volumes: dict[str, docker.Volume],
    api_token: pulumi.Output[str],
    children: Children,
    guard: pulumi.Resource,
) -> docker.Container:
    memory_mib, cpus = _DEFAULT_LIMITS[args.get("profile", GitlabProfile.NORMAL)]
    memory_mib = int(args.get("memory_mib", memory_mib))
    seconds = int(args.get("start_timeout_seconds", DEFAULT_START_TIMEOUT_SECONDS))
    interval = int(args.get("health_interval_seconds", DEFAULT_HEALTH_INTERVAL_SECONDS))
    address = args.get("bind_address", checks.DEFAULT_BIND_ADDRESS)
    return docker.Container(
        name,
        name=_container_name(args),
        image=args.get("image_id", args.get("image", DEFAULT_IMAGE)),
        envs=files.environment(args),
        uploads=files.uploads(args, api_token),
        labels=[
            docker.ContainerLabelArgs(label=label, value=value)
            for label, value in children.labels(args.get("labels", {}))
        ],
        # Under its own name too, so that runners on the network need no way around by the host.
        networks_advanced=[
            docker.ContainerNetworksAdvancedArgs(
                name=args["network_id"], aliases=[server_url(args).host]
            )
        ],
        network_mode="bridge",
        ports=[
            docker.ContainerPortArgs(internal=inside, external=outside, ip=address, protocol="tcp")
            for inside, outside in published_ports(args).values()
        ],
        volumes=_mounts(args, volumes),
        healthcheck=docker.ContainerHealthcheckArgs(
            tests=["CMD-SHELL", files.health_command(args)],
            interval=go_duration(interval),
            timeout=go_duration(_CHECK_TIMEOUT_SECONDS),
            retries=_CHECK_RETRIES,
            start_period=go_duration(seconds),
        ),
        must_run=True,
        wait=True,
        wait_timeout=seconds,
        # Not "unless-stopped": an engine that was killed takes its containers for stopped by hand.
        restart="always",
        stop_timeout=_STOP_SECONDS,
        destroy_grace_seconds=_STOP_SECONDS,
        memory=memory_mib,
        memory_swap=2 * memory_mib,
        cpus=str(float(args.get("cpus", cpus))),
        shm_size=int(args.get("shm_mib", DEFAULT_SHM_MIB)),
        ipc_mode="private",
        log_driver="json-file",
        log_opts=_LOG_OPTIONS,
        opts=children.named_options(
            pulumi.ResourceOptions(depends_on=[guard], replace_on_changes=NOT_APPLIED_IN_PLACE)
        ),
    )
