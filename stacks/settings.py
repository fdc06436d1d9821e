"""The only reader of configuration: from text to checked values."""

import difflib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from app import images
from components import DatabaseKind, checks
from components.checks import ArgumentError

_DEFAULT_PREFIX = "reddit"
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack of the application is made from. Every value is checked."""

    stack: str
    """Name of the stack."""
    docker_host: str
    """The engine's socket, as ``unix:///path``."""
    prefix: str
    """Beginning of every physical name."""
    environment_name: str
    """Name of the environment, shown on the page."""
    ui_port: int
    """Port of the host at which the page is published."""
    ui_bind_address: str
    """IPv4 address of the host that the port is bound to."""
    images: dict[str, str]
    """Pinned references of the images of ui, post, comment and database."""
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
    keep_data: bool
    """Whether the volume outlives a destroy."""
    live_source: bool
    """Whether the services run the code in ``app/`` directly."""


def load(config: pulumi.Config, stack: str) -> Settings:
    """Read and check the configuration of a stack.

    The defaults stand in ``Pulumi.yaml``, where the engine takes them from.

    Raises:
        ArgumentError: a key is unknown or missing, or its value breaks a rule.
    """
    reader = _Reader(config.name)
    references = {role: _image(reader, role) for role in images.SERVICES}
    database = reader.text("databaseImage", checks.image_reference)
    settings = Settings(
        stack=stack,
        docker_host=_docker_host(reader),
        prefix=checks.name_prefix(
            reader.field("prefix"), reader.text("prefix") or _default_prefix(stack)
        ),
        environment_name=reader.text("environmentName") or stack,
        ui_port=reader.integer("uiPort", checks.port),
        ui_bind_address=reader.text("uiBindAddress", checks.ip_address),
        images={**references, "database": database},
        database_kind=_database_kind(reader.field("databaseImage"), database),
        post_alias=reader.text("postAlias", checks.host_name),
        comment_alias=reader.text("commentAlias", checks.host_name),
        post_database_alias=reader.text("postDatabaseAlias", checks.host_name),
        comment_database_alias=reader.text("commentDatabaseAlias", checks.host_name),
        front_subnet=reader.text("frontSubnet"),
        back_subnet=reader.text("backSubnet"),
        avoid_ranges=reader.texts("avoidRanges"),
        network_mtu_bytes=_mtu_bytes(reader),
        service_memory_mib=reader.integer("serviceMemoryMib", checks.memory_mib),
        database_memory_mib=reader.integer("databaseMemoryMib", checks.memory_mib),
        health_interval_seconds=reader.integer("healthIntervalSeconds", checks.seconds),
        start_timeout_seconds=reader.integer("startTimeoutSeconds", checks.seconds),
        keep_data=reader.boolean("keepData"),
        live_source=reader.boolean("liveSource"),
    )
    _check_together(reader, settings)
    reader.refuse_unknown_keys()
    return settings


def _image(reader: "_Reader", role: str) -> str:
    key = f"{role}Image"
    given = reader.text(key)
    return checks.image_reference(reader.field(key), given) if given else images.reference(role)


def _docker_host(reader: "_Reader") -> str:
    given = reader.text("dockerHost")
    if given:
        return checks.engine_socket(reader.field("dockerHost"), given)
    # Docker's own clients follow this variable too.
    return checks.engine_socket(
        "DOCKER_HOST", os.environ.get("DOCKER_HOST") or checks.DEFAULT_SOCKET
    )


def _default_prefix(stack: str) -> str:
    """Return ``reddit`` for ``dev`` and ``reddit-blue`` for ``dev-blue``."""
    rest = stack.partition("-")[2]
    return f"{_DEFAULT_PREFIX}-{rest}" if rest else _DEFAULT_PREFIX


def _database_kind(field: str, reference: str) -> DatabaseKind:
    name = checks.image_name(reference)
    if name not in set(DatabaseKind):
        known = " or ".join(DatabaseKind)
        raise ArgumentError(field, reference, f"is no database known here; name one {known}")
    return DatabaseKind(name)


def _mtu_bytes(reader: "_Reader") -> int | None:
    given = reader.integer("networkMtuBytes")
    return checks.mtu_bytes(reader.field("networkMtuBytes"), given) if given else None


def _check_together(reader: "_Reader", settings: Settings) -> None:
    """Check what no value can break alone."""
    checks.separate(
        {
            reader.field(key): checks.subnet(reader.field(key), value)
            for key, value in (
                ("frontSubnet", settings.front_subnet),
                ("backSubnet", settings.back_subnet),
            )
        },
        {
            field: checks.ip_range(field, value)
            for index, value in enumerate(settings.avoid_ranges)
            for field in [f"{reader.field('avoidRanges')}[{index}]"]
        },
    )
    if settings.post_alias == settings.comment_alias:
        raise ArgumentError(
            reader.field("commentAlias"),
            settings.comment_alias,
            f"is also {reader.field('postAlias')}; the ui could not tell them apart",
        )


class _Reader:
    """Reads values of one namespace, and remembers which keys there are."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._values: dict[str, str] = {**get_config_env(), **CONFIG.get()}
        self._known: set[str] = set()

    def field(self, key: str) -> str:
        """Return a key's full name, as errors and ``pulumi config`` say it."""
        return f"{self._namespace}:{key}"

    def text(self, key: str, rule: Callable[[str, str], object] | None = None) -> str:
        """Return a text, checked by a rule."""
        field = self.field(key)
        self._known.add(field)
        if field not in self._values:
            raise ArgumentError(
                field, None, f"is not set and Pulumi.yaml has no default; pulumi config set {key} …"
            )
        value = self._values[field]
        if rule:
            rule(field, value)
        return value

    def integer(self, key: str, rule: Callable[[str, int], int] | None = None) -> int:
        """Return a whole number, checked by a rule."""
        value = self.text(key)
        if not _WHOLE_NUMBER.fullmatch(value):
            raise ArgumentError(self.field(key), value, "is not a whole number; write digits only")
        return rule(self.field(key), int(value)) if rule else int(value)

    def boolean(self, key: str) -> bool:
        """Return a truth value."""
        value = self.text(key)
        if value not in {"true", "false"}:
            raise ArgumentError(self.field(key), value, "is neither true nor false")
        return value == "true"

    def texts(self, key: str) -> list[str]:
        """Return a list of texts."""
        value = self.text(key)
        try:
            items = json.loads(value)
        except json.JSONDecodeError:
            items = None
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ArgumentError(
                self.field(key),
                value,
                f"is not a list of texts; pulumi config set --path '{key}[0]' …",
            )
        return items

    def refuse_unknown_keys(self) -> None:
        """Refuse keys of this namespace that nothing reads: most are slips of the pen."""
        known = {field.partition(":")[2] for field in self._known}
        for field in sorted(self._values):
            namespace, _, key = field.partition(":")
            if namespace == self._namespace and key not in known:
                close = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {close[0]}?" if close else "Pulumi.yaml lists the known ones;"
                raise ArgumentError(
                    "configuration", field, f"is an unknown key; {hint} pulumi config rm {key}"
                )
