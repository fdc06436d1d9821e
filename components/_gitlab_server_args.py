"""What a GitLab server needs to know, and the rules for it."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlsplit

import pulumi

from . import _gitlab_omnibus, checks
from ._gitlab_upgrade import Release, Version, release_of

DEFAULT_IMAGE = "gitlab/gitlab-ce:19.3.0-ce.0"
DEFAULT_SSH_PORT = 2222
DEFAULT_SHM_MIB = 256
DEFAULT_REGISTRY_PORT = 5050
DEFAULT_SCHEDULE = "30 2 * * *"
DEFAULT_KEEP_DAYS = 7
DEFAULT_BACKUP_TIMEOUT_SECONDS = 3600
DEFAULT_HEALTH_INTERVAL_SECONDS = 15
DEFAULT_START_TIMEOUT_SECONDS = 900

_OLDEST = Version(17, 0, 0)
# Listened on inside the container by GitLab's own parts; NGINX could not have them.
_TAKEN_PORTS = {22, 5000, 5001, 8080, 8082, 8092, *range(8150, 8156)} | {
    9090, 9093, 9094, 9121, 9168, 9187, 9229, 9236,
}  # fmt: skip
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
_SCHEDULE = re.compile(r"[0-9*/,-]+( [0-9*/,-]+){4}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_TOKEN = re.compile(r"[A-Za-z0-9_.=-]{20,255}")
_SHORTEST_PASSWORD = 8
_LONGEST_PASSWORD = 128
_LONGEST_KEEP_DAYS = 3650
_LONGEST_BACKUP_SECONDS = 86_400
_LARGEST_SHM_MIB = 65_536
# Below it the database or the web server is killed while it starts.
_SMALLEST_MEMORY_MIB = 2048
_HIDDEN = "(not shown)"


class GitlabProfile(StrEnum):
    """How much of GitLab runs, and how big."""

    NORMAL = "normal"
    """Everything, with the sizes that GitLab finds for the machine. It wants 8 GB and more."""

    MEMORY_CONSTRAINED = "memory_constrained"
    """One process for the web, few background jobs at a time, no monitoring: for up to five people
    on 4 GB."""


class GitlabLetsEncryptArgs(TypedDict):
    """A certificate from Let's Encrypt, which must reach ports 80 and 443 from the internet."""

    contact_emails: NotRequired[list[str]]
    """Addresses that are told of a certificate that is about to expire. Default: none."""


class GitlabCertificateArgs(TypedDict):
    """A certificate of one's own."""

    certificate: pulumi.Input[str]
    """The certificate and those between it and the root, PEM."""

    key: pulumi.Input[str]
    """Its private key without a passphrase, PEM; a secret wherever it goes."""


class GitlabRegistryArgs(TypedDict):
    """The container registry, under the server's name and with its certificate."""

    port: NotRequired[int]
    """Port of the host. Default: 5050."""


class GitlabBucketArgs(TypedDict):
    """A bucket of Google Cloud Storage, reached with the service account of the host's VM."""

    name: str
    """The bucket. Its lifecycle rules remove what is too old; GitLab never does there."""

    project: str
    """Id of the project that it is in."""


class GitlabBackupArgs(TypedDict):
    """Backups of the data, and of the configuration with the keys that the data is encrypted by."""

    schedule: NotRequired[str]
    """When, UTC, as in a crontab: minute, hour, day of month, month, day of week. Default:
    ``30 2 * * *``."""

    keep_days: NotRequired[int]
    """Days after which a backup on the host is removed. Default: 7."""

    directory: NotRequired[str]
    """Folder of the host, by absolute path. Default: a volume of its own."""

    bucket: NotRequired[GitlabBucketArgs]
    """Where each backup is copied to. Default: nowhere."""

    timeout_seconds: NotRequired[int]
    """Seconds that the backup before an upgrade may take. Default: 3600."""


class GitlabServerArgs(TypedDict):
    """GitLab on one Docker host."""

    prefix: str
    """Beginning of the container's and the volumes' names, unique on the host."""

    external_url: str
    """Where people and runners reach it: ``http://`` or ``https://``, a name or an address, and a
    port if it isn't 80 or 443. The port is published as it is."""

    network_id: pulumi.Input[str]
    """Network of the server, on which it also has the name in ``external_url``."""

    image: NotRequired[str]
    """The omnibus image, pinned by a tag that names version and edition. Default:
    ``gitlab/gitlab-ce:19.3.0-ce.0``."""

    image_id: NotRequired[pulumi.Input[str]]
    """Docker's id of that image, from ``PulledImages``. Default: the engine pulls ``image``."""

    lets_encrypt: NotRequired[GitlabLetsEncryptArgs]
    """A certificate from Let's Encrypt. For ``https://``, this or ``certificate``."""

    certificate: NotRequired[GitlabCertificateArgs]
    """A certificate of one's own. For ``https://``, this or ``lets_encrypt``."""

    ssh_port: NotRequired[int]
    """Port of the host for Git over SSH. Default: 2222."""

    bind_address: NotRequired[str]
    """IPv4 address of the host that all ports are bound to; ``0.0.0.0`` is all. Default:
    ``127.0.0.1``."""

    profile: NotRequired[GitlabProfile]
    """How big GitLab is. Default: ``normal``."""

    memory_mib: NotRequired[int]
    """Memory limit in MiB. Default: 8192, and 4096 in the memory-constrained profile."""

    cpus: NotRequired[float]
    """CPU limit in CPUs. Default: 4.0, and 2.0 in the memory-constrained profile."""

    shm_mib: NotRequired[int]
    """Shared memory in MiB, for the database. Default: 256."""

    root_password: NotRequired[pulumi.Input[str]]
    """Password of the user root, a secret wherever it goes; set again at every start. Default:
    GitLab makes one up, in ``/etc/gitlab/initial_root_password`` for a day."""

    api_token: NotRequired[pulumi.Input[str]]
    """Personal access token that root shall have, a secret wherever it goes: 20 characters or more.
    Another one takes the place of the last, which is revoked. Default: one is made up, once."""

    registry: NotRequired[GitlabRegistryArgs]
    """The container registry. Default: none."""

    backup: NotRequired[GitlabBackupArgs]
    """Backups. Default: one a night, kept for a week in a volume of its own."""

    directory: NotRequired[str]
    """Folder of the host, by absolute path, below which configuration, logs and data are. Default:
    three volumes."""

    keep_data: NotRequired[bool]
    """Whether the volumes outlive a destroy or a replacement. Default: true."""

    protect_data: NotRequired[bool]
    """Whether Pulumi refuses to delete or replace the volumes until this is taken back; all else of
    the server still goes. Default: false."""

    settings: NotRequired[dict[str, Any]]
    """More of ``gitlab.rb``, by section and key, over what the component sets itself:
    ``{"gitlab_rails": {"time_zone": "Europe/Berlin"}}``. Values are text, numbers, true and false,
    ``None``, lists and mappings; outputs, and with them secrets, may stand for any."""

    health_interval_seconds: NotRequired[int]
    """Seconds between two health checks. Default: 15."""

    start_timeout_seconds: NotRequired[int]
    """Seconds that GitLab may take to get ready; the first start takes several minutes. Default:
    900."""

    labels: NotRequired[dict[str, str]]
    """Labels of the container and of the volumes."""


@dataclass(frozen=True)
class ServerUrl:
    """The parts of an external URL."""

    scheme: str
    host: str
    port: int

    @property
    def is_tls(self) -> bool:
        """Say whether the server speaks TLS."""
        return self.scheme == "https"

    @property
    def redirects_from_http(self) -> bool:
        """Say whether it also listens on port 80, to send everybody to the other one."""
        return self.is_tls and self.port == _DEFAULT_PORTS["https"]

    def at(self, port: int) -> str:
        """Return the URL of the same server at a port."""
        suffix = "" if port == _DEFAULT_PORTS[self.scheme] else f":{port}"
        return f"{self.scheme}://{self.host}{suffix}"

    def __str__(self) -> str:
        """Return it in its shortest form."""
        return self.at(self.port)


def server_url(args: GitlabServerArgs) -> ServerUrl:
    """Return the parts of the external URL.

    Raises:
        ArgumentError: it is not the URL of a server.
    """
    value = args["external_url"]
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        host, port = "", None
    if port is None or not _HOST.fullmatch(host) or parts.scheme not in _DEFAULT_PORTS:
        raise checks.ArgumentError(
            "external_url",
            value,
            "is not a server's URL; write one like https://gitlab.example.org",
        )
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
        raise checks.ArgumentError(
            "external_url", value, "has more than a name and a port; leave out the rest"
        )
    return ServerUrl(parts.scheme, host, port)


def release(args: GitlabServerArgs) -> Release:
    """Return the release that the image's tag names.

    Raises:
        ArgumentError: it names none, or one too old.
    """
    image = args.get("image", DEFAULT_IMAGE)
    named = release_of(image)
    if named is None:
        raise checks.ArgumentError(
            "image", image, f"doesn't name version and edition; write one like {DEFAULT_IMAGE}"
        )
    if named.version < _OLDEST:
        raise checks.ArgumentError("image", image, f"is older than {_OLDEST}; take a newer one")
    return named


def published_ports(args: GitlabServerArgs) -> dict[str, tuple[int, int]]:
    """Return the container's and the host's number of each published port, by its field."""
    url = server_url(args)
    ports = {"external_url": (url.port, url.port)}
    if url.redirects_from_http:
        ports["external_url (http)"] = (80, 80)
    if "registry" in args:
        port = int(args["registry"].get("port", DEFAULT_REGISTRY_PORT))
        ports["registry.port"] = (port, port)
    ports["ssh_port"] = (22, int(args.get("ssh_port", DEFAULT_SSH_PORT)))
    return ports


def check(args: GitlabServerArgs) -> None:
    """Check everything that is known before anything is created.

    Raises:
        ArgumentError: an argument is invalid, or two contradict each other.
    """
    checks.name_prefix("prefix", args["prefix"])
    image = args.get("image", DEFAULT_IMAGE)
    checks.image_reference("image", image)
    release(args)
    if isinstance(args.get("image_id"), str):
        checks.image_reference("image_id", str(args.get("image_id")))
    _check_tls(args)
    _check_ports(args)
    _check_limits(args)
    _check_secrets(args)
    _check_backup(args.get("backup", {}))
    _check_directory("directory", args.get("directory"))
    _gitlab_omnibus.check_settings("settings", args.get("settings", {}))


def _check_tls(args: GitlabServerArgs) -> None:
    url = server_url(args)
    given = [name for name in ("lets_encrypt", "certificate") if name in args]
    if url.is_tls and len(given) != 1:
        raise checks.ArgumentError(
            "external_url",
            args["external_url"],
            "needs exactly one of lets_encrypt and certificate",
        )
    if not url.is_tls and given:
        raise checks.ArgumentError(
            given[0], _HIDDEN, "is of no use without https:// in external_url; change one of them"
        )
    if "lets_encrypt" in args and (not url.redirects_from_http or _is_private(url.host)):
        raise checks.ArgumentError(
            "external_url",
            args["external_url"],
            "can't have a certificate from Let's Encrypt, which looks up a public name and asks at "
            "ports 80 and 443; give a certificate of your own",
        )


def _is_private(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))
    return True


def _check_ports(args: GitlabServerArgs) -> None:
    if "ssh_port" in args:
        checks.port("ssh_port", args["ssh_port"])
    if "port" in args.get("registry", {}):
        checks.port("registry.port", args["registry"]["port"])
    if "bind_address" in args:
        checks.ip_address("bind_address", args["bind_address"])
    seen: dict[int, str] = {}
    for field, (inside, outside) in published_ports(args).items():
        if field != "ssh_port" and inside in _TAKEN_PORTS:
            raise checks.ArgumentError(
                field, inside, "is a port that a part of GitLab listens on; take another one"
            )
        if outside in seen:
            raise checks.ArgumentError(
                field, outside, f"is also the port of {seen[outside]}; take another one"
            )
        seen[outside] = field


def _check_limits(args: GitlabServerArgs) -> None:
    if "memory_mib" in args:
        checks.memory_mib("memory_mib", args["memory_mib"])
        if args["memory_mib"] < _SMALLEST_MEMORY_MIB:
            raise checks.ArgumentError(
                "memory_mib",
                args["memory_mib"],
                f"is too little for GitLab to start; give {_SMALLEST_MEMORY_MIB} or more",
            )
    if "cpus" in args:
        checks.cpus("cpus", args["cpus"])
    if "shm_mib" in args:
        checks.whole_number(
            "shm_mib", args["shm_mib"], smallest=DEFAULT_SHM_MIB, largest=_LARGEST_SHM_MIB
        )
    for field in ("health_interval_seconds", "start_timeout_seconds"):
        if field in args:
            checks.seconds(field, args[field])


def _check_secrets(args: GitlabServerArgs) -> None:
    # An output, such as a configured secret, is not known yet.
    password, token = args.get("root_password"), args.get("api_token")
    if isinstance(password, str) and not (_SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD):
        raise checks.ArgumentError(
            "root_password",
            _HIDDEN,
            f"is not {_SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} characters long, as GitLab wants",
        )
    if isinstance(token, str) and not _TOKEN.fullmatch(token):
        raise checks.ArgumentError(
            "api_token",
            _HIDDEN,
            "is not a token; give 20 letters, digits, '_', '.', '=' or '-', or more",
        )


def _check_backup(backup: GitlabBackupArgs) -> None:
    schedule = backup.get("schedule", DEFAULT_SCHEDULE)
    if not _SCHEDULE.fullmatch(schedule):
        raise checks.ArgumentError(
            "backup.schedule", schedule, f"is not a time in five fields, like '{DEFAULT_SCHEDULE}'"
        )
    if "keep_days" in backup:
        checks.whole_number(
            "backup.keep_days", backup["keep_days"], smallest=1, largest=_LONGEST_KEEP_DAYS
        )
    if "timeout_seconds" in backup:
        checks.whole_number(
            "backup.timeout_seconds",
            backup["timeout_seconds"],
            smallest=1,
            largest=_LONGEST_BACKUP_SECONDS,
        )
    _check_directory("backup.directory", backup.get("directory"))
    if "bucket" in backup:
        _check_bucket(backup["bucket"])


def _check_bucket(bucket: GitlabBucketArgs) -> None:
    if not _BUCKET.fullmatch(bucket["name"]):
        raise checks.ArgumentError(
            "backup.bucket.name", bucket["name"], "is not the name of a bucket, such as my-backups"
        )
    if not _PROJECT.fullmatch(bucket["project"]):
        raise checks.ArgumentError(
            "backup.bucket.project", bucket["project"], "is not the id of a project"
        )


def _check_directory(field: str, path: str | None) -> None:
    # A colon would end the path in Docker's notation.
    if path is not None and (not path.startswith("/") or ":" in path or path == "/"):
        raise checks.ArgumentError(
            field, path, "is not an absolute path of a folder; write one like /srv/gitlab"
        )
