"""The rules for a GitLab server, and the release and the ports that follow from its arguments."""

import ipaddress
import re

from . import _gitlab_omnibus, checks
from ._gitlab_server_args import (
    DEFAULT_IMAGE,
    DEFAULT_REGISTRY_PORT,
    DEFAULT_SCHEDULE,
    DEFAULT_SHM_MIB,
    DEFAULT_SSH_PORT,
    GitlabBackupArgs,
    GitlabBucketArgs,
    GitlabServerArgs,
)
from ._gitlab_server_url import server_url
from ._gitlab_upgrade import Release, Version, release_of

_OLDEST = Version(17, 0, 0)
# Listened on inside the container by GitLab's own parts; NGINX could not have them.
_TAKEN_PORTS = {22, 5000, 5001, 8080, 8082, 8092, *range(8150, 8156)} | {
    9090, 9093, 9094, 9121, 9168, 9187, 9229, 9236,
}  # fmt: skip
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
            given[0],
            checks.HIDDEN,
            "is of no use without https:// in external_url; change one of them",
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
            checks.HIDDEN,
            f"is not {_SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} characters long, as GitLab wants",
        )
    if isinstance(token, str) and not _TOKEN.fullmatch(token):
        raise checks.ArgumentError(
            "api_token",
            checks.HIDDEN,
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
