"""What the reddit application needs to know."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

from ._backup_args import BackupArgs

DEFAULT_ALIASES = {
    "post": "post",
    "comment": "comment",
    "post_database": "post_db",
    "comment_database": "comment_db",
}


class DatabaseKind(StrEnum):
    """A database server that the services can talk to."""

    MONGO = "mongo"
    """MongoDB 6 or newer, as in the official image ``mongo``."""

    FERRETDB = "ferretdb"
    """FerretDB 1.24 on SQLite: small, no server beside it, speaks the same protocol. It calls its
    own authentication experimental."""


class OverrideArgs(TypedDict):
    """What development changes about a service, to see edits without building an image."""

    mounts: NotRequired[dict[str, str]]
    """Folders of the host, by absolute path, and where each is seen in the container
    (read-only)."""

    command: NotRequired[list[str]]
    """Command to run instead of the image's own."""


class ServiceArgs(TypedDict):
    """A service of the application."""

    image: pulumi.Input[str]
    """The image: a pinned reference, or an id from ``PulledImages``."""

    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables, over the ones derived from aliases and ports."""

    health_command: NotRequired[list[str]]
    """Command that exits 0 when the service is healthy. Default: the probe in Dockyard's images."""

    memory_mib: NotRequired[int]
    """Memory limit in MiB. Default: 128."""

    cpus: NotRequired[float]
    """CPU limit in CPUs. Default: 1.0."""

    user: NotRequired[str]
    """User (and group) to run as, such as ``10001:10001``. Default: the image's."""

    read_only: NotRequired[bool]
    """Whether the root file system is read-only (``/tmp`` is not). Default: true."""

    override: NotRequired[OverrideArgs]
    """Changes for development. Default: none."""


class AliasesArgs(TypedDict):
    """The names under which the parts of the application find each other."""

    post: NotRequired[str]
    """Name under which the ui finds post. Default: ``post``."""

    comment: NotRequired[str]
    """Name under which the ui finds comment. Default: ``comment``."""

    post_database: NotRequired[str]
    """Name under which post finds the database. Default: ``post_db``."""

    comment_database: NotRequired[str]
    """Name under which comment finds the database. Default: ``comment_db``."""


class DatabaseArgs(TypedDict):
    """The database, and the volume that its data lives on."""

    image: pulumi.Input[str]
    """The image: a pinned reference, or an id from ``PulledImages``."""

    kind: NotRequired[DatabaseKind]
    """Which server the image holds. Default: ``mongo``."""

    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables, over the ones that the kind needs."""

    memory_mib: NotRequired[int]
    """Memory limit in MiB. Default: 512."""

    cpus: NotRequired[float]
    """CPU limit in CPUs. Default: 1.0."""

    username: NotRequired[str]
    """User that post and comment log in as; the server makes it, with every right, when its data is
    new. Goes together with ``password``. Default: none, everybody on the back network gets in."""

    password: NotRequired[pulumi.Input[str]]
    """Password of that user, a secret wherever it goes. Data that is not new keeps its user: change
    the password in the database first, then here; until both agree, nothing gets healthy."""

    keep_data: NotRequired[bool]
    """Whether the volume outlives a destroy or a replacement. Default: true."""

    protect_data: NotRequired[bool]
    """Whether Pulumi refuses to delete or replace the volume until this is taken back; all else of
    the application still goes. Default: false."""


class RedditSwarmArgs(TypedDict):
    """How the application is spread over a Docker Swarm."""

    hosts: int
    """How many hosts the Swarm has, 1 to 99. The page is published on each of them."""

    replicas: NotRequired[int]
    """How many containers of each of ui, post and comment, 1 to 99. Without a gateway the ui has
    one on each host instead. Default: 2."""


class RedditAppArgs(TypedDict):
    """The reddit application on one Docker host."""

    prefix: str
    """Beginning of every container's and volume's name, unique on the host."""

    front_network_id: pulumi.Input[str]
    """Network of the ui, post and comment; the page is published from it."""

    back_network_id: pulumi.Input[str]
    """Network of post, comment and the database. The ui is never on it."""

    ui: ServiceArgs
    """The page."""

    post: ServiceArgs
    """The service that keeps posts and votes."""

    comment: ServiceArgs
    """The service that keeps comments."""

    database: DatabaseArgs
    """The database of both."""

    backup: NotRequired[BackupArgs]
    """Backups by the clock, in a volume that is kept and protected as the data's is. Default:
    none."""

    gateway_image: NotRequired[pulumi.Input[str]]
    """Image of HAProxy 3.2 or newer, for a gateway in front of ui, post and comment: a pinned
    reference, or an id from ``PulledImages``. With it an update of them loses no request. Default:
    none, and an update interrupts them for as long as the new container takes to get healthy."""

    port: NotRequired[int]
    """Port of the host at which the page is published. Default: 9292."""

    bind_address: NotRequired[str]
    """IPv4 address of the host that the port is bound to; ``0.0.0.0`` is all. Default:
    ``127.0.0.1``."""

    aliases: NotRequired[AliasesArgs]
    """Names under which the parts find each other. Default: the original ones."""

    environment_name: NotRequired[str]
    """Name of the environment, shown on the page. Default: none."""

    swarm: NotRequired[RedditSwarmArgs]
    """Deploy on a Docker Swarm: the provider is a ``DockerSwarm``'s, the networks are those of
    ``OverlayNetworks``, ``bind_address`` is ``0.0.0.0``, and the database stays on the provider's
    host. Default: none, all of it is on one host."""

    health_interval_seconds: NotRequired[int]
    """Seconds between two health checks. Each service starts when the one it needs is healthy, so
    a short interval makes a quick deployment. Default: 5."""

    start_timeout_seconds: NotRequired[int]
    """Seconds that each container may take to get healthy. Default: 120."""

    labels: NotRequired[dict[str, str]]
    """Labels of every container and of the volume."""
