"""Settings of the application: from the configuration to checked values."""

from dataclasses import dataclass

import pulumi

from app import images
from components import DatabaseKind, checks
from components.checks import ArgumentError

from . import backup_settings, host_settings, network_settings
from .backup_settings import BackupSettings
from .host_settings import HostSettings
from .reader import Reader

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared with, never bound to
"""What ``uiBindAddress`` is where the page is published at all of a host's addresses."""

_DEFAULT_PREFIX = "reddit"
_MOST_REPLICAS = 99


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack of the application is made from. Every value is checked."""

    stack: str
    """Name of the stack."""
    hosts: HostSettings
    """The Docker hosts, and the network of those to create."""
    prefix: str
    """Beginning of every physical name."""
    environment_name: str
    """Name of the environment, shown on the page."""
    ui_port: int
    """Port of the host at which the page is published."""
    ui_bind_address: str
    """IPv4 address of the host that the port is bound to."""
    images: dict[str, str]
    """Pinned references of the images of ui, post, comment, database and, if there are to be any,
    gateway and backup."""
    database_kind: DatabaseKind
    """Which server the database's image holds."""
    post_alias: str
    """Name under which the ui finds post."""
    comment_alias: str
    """Name under which the ui finds comment."""
    post_database_alias: str
    """Name under which post finds the database."""
    comment_database_alias: str
    """Name under which comment finds the database."""
    front_subnet: str
    """Range of the front network, CIDR."""
    back_subnet: str
    """Range of the back network, CIDR."""
    avoid_ranges: list[str]
    """Ranges that neither subnet may touch, CIDR."""
    network_mtu_bytes: int | None
    """Largest packet on both networks in bytes; None leaves it to the engine."""
    service_memory_mib: int
    """Memory limit of ui, post and comment each, MiB."""
    database_memory_mib: int
    """Memory limit of the database, MiB."""
    health_interval_seconds: int
    """Seconds between two health checks."""
    start_timeout_seconds: int
    """Seconds that each container may take to get healthy."""
    database_username: str
    """Administrator of the database; empty lets everybody in who reaches it."""
    database_password: pulumi.Output[str] | None
    """The administrator's password; None has one made up."""
    keep_data: bool
    """Whether the volumes outlive a destroy."""
    protect_data: bool
    """Whether the volumes refuse to be deleted or replaced."""
    backup: BackupSettings | None
    """The backups of the database; None where none are taken."""
    swarm: bool
    """Whether all hosts are one Swarm, with the application on it once."""
    swarm_replicas: int
    """How many containers of each of ui, post and comment are on the Swarm."""
    swarm_encryption: bool
    """Whether what the containers of a Swarm say from host to host is encrypted."""
    live_source: bool
    """Whether the services run the code in ``app/`` directly."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where on its host a stack is."""

    ui_port: int
    """Port of the host at which the page is published."""
    ui_port_key: str
    """Key that the port comes from."""
    front_subnet: str
    """Range of the front network, CIDR."""
    back_subnet: str
    """Range of the back network, CIDR."""
    ranges: dict[str, str]
    """All that the networks may take, CIDR, by the keys that it comes from."""


def load(config: pulumi.Config, stack: str) -> Settings:
    """Read and check the configuration of a stack.

    The defaults stand in ``Pulumi.yaml``, where the engine takes them from.

    Raises:
        ArgumentError: a key is unknown or missing, or its value breaks a rule.
    """
    reader = Reader(config.name)
    front_subnet, back_subnet = reader.text("frontSubnet"), reader.text("backSubnet")
    place = Place(
        ui_port=reader.integer("uiPort", checks.port),
        ui_port_key="uiPort",
        front_subnet=front_subnet,
        back_subnet=back_subnet,
        ranges={"frontSubnet": front_subnet, "backSubnet": back_subnet},
    )
    settings = read(reader, stack, place)
    reader.refuse_unread_keys()
    return settings


def read(reader: Reader, stack: str, place: Place) -> Settings:
    """Read and check all but a stack's place.

    Raises:
        ArgumentError: a key is missing, or its value breaks a rule.
    """
    references = {role: _image(reader, role) for role in images.SERVICES}
    database = reader.text("databaseImage", checks.image_reference)
    prefix = checks.name_prefix(
        reader.field("prefix"), reader.text("prefix") or default_prefix(_DEFAULT_PREFIX, stack)
    )
    if gateway := reader.text("gatewayImage"):
        references["gateway"] = checks.image_reference(reader.field("gatewayImage"), gateway)
    if backup := backup_settings.load(reader):
        references[images.BACKUP] = backup.image
    ui_bind_address = reader.text("uiBindAddress", checks.ip_address)
    avoid_ranges = network_settings.avoid_ranges(reader, place.ranges)
    swarm = reader.boolean("swarm")
    hosts = host_settings.load(
        reader,
        swarm=swarm,
        prefix=prefix,
        ports={place.ui_port_key: place.ui_port},
        bind_address=ui_bind_address,
        source_ranges_key="uiSourceRanges",
        container_ranges=[*place.ranges.values(), *avoid_ranges],
    )
    settings = Settings(
        stack=stack,
        hosts=hosts,
        prefix=prefix,
        environment_name=reader.text("environmentName") or stack,
        ui_port=place.ui_port,
        ui_bind_address=ui_bind_address,
        images={**references, "database": database},
        database_kind=_database_kind(reader.field("databaseImage"), database),
        post_alias=reader.text("postAlias", checks.host_name),
        comment_alias=reader.text("commentAlias", checks.host_name),
        post_database_alias=reader.text("postDatabaseAlias", checks.host_name),
        comment_database_alias=reader.text("commentDatabaseAlias", checks.host_name),
        front_subnet=place.front_subnet,
        back_subnet=place.back_subnet,
        avoid_ranges=avoid_ranges,
        network_mtu_bytes=network_settings.mtu_bytes(reader) or hosts.network_mtu_bytes,
        service_memory_mib=reader.integer("serviceMemoryMib", checks.memory_mib),
        database_memory_mib=reader.integer("databaseMemoryMib", checks.memory_mib),
        health_interval_seconds=reader.integer("healthIntervalSeconds", checks.seconds),
        start_timeout_seconds=reader.integer("startTimeoutSeconds", checks.seconds),
        database_username=reader.text("databaseUsername"),
        database_password=reader.secret("databasePassword"),
        keep_data=reader.boolean("keepData"),
        protect_data=reader.boolean("protectData"),
        backup=backup,
        swarm=swarm,
        swarm_replicas=reader.integer("swarmReplicas", _replicas),
        swarm_encryption=reader.boolean("swarmEncryption"),
        live_source=reader.boolean("liveSource"),
    )
    _check_together(reader, settings)
    return settings


def _image(reader: Reader, role: str) -> str:
    key = f"{role}Image"
    given = reader.text(key)
    return checks.image_reference(reader.field(key), given) if given else images.reference(role)


def _replicas(field: str, value: int) -> int:
    return checks.whole_number(field, value, smallest=1, largest=_MOST_REPLICAS)


def default_prefix(beginning: str, stack: str) -> str:
    """Return ``reddit`` for ``dev`` and ``reddit-blue`` for ``dev-blue``."""
    rest = stack.partition("-")[2]
    return f"{beginning}-{rest}" if rest else beginning


def _database_kind(field: str, reference: str) -> DatabaseKind:
    name = checks.image_name(reference)
    if name not in set(DatabaseKind):
        known = " or ".join(DatabaseKind)
        raise ArgumentError(field, reference, f"is no database known here; name one {known}")
    return DatabaseKind(name)


def _check_together(reader: Reader, settings: Settings) -> None:
    """Check what no value can break alone."""
    if settings.post_alias == settings.comment_alias:
        raise ArgumentError(
            reader.field("commentAlias"),
            settings.comment_alias,
            f"is also {reader.field('postAlias')}; the ui could not tell them apart",
        )
    if settings.database_password is not None and not settings.database_username:
        raise ArgumentError(
            reader.field("databasePassword"),
            "…",
            f"belongs to nobody; set {reader.field('databaseUsername')} too",
        )
    if settings.swarm and settings.ui_bind_address != EVERY_ADDRESS:
        raise ArgumentError(
            reader.field("uiBindAddress"),
            settings.ui_bind_address,
            f"can't be kept to: a Swarm publishes on every address of its hosts; set "
            f"{EVERY_ADDRESS}, and keep others out with a firewall",
        )
    if settings.live_source and not settings.hosts.is_this_machine:
        raise ArgumentError(
            reader.field("liveSource"),
            "true",
            "needs the containers on the machine that has the code; other hosts have none of it",
        )
