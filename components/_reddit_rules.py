"""The rules for the reddit application."""

from . import checks
from ._reddit_args import (
    DEFAULT_ALIASES,
    DatabaseArgs,
    RedditAppArgs,
    RedditSwarmArgs,
    ServiceArgs,
)

_MOST_HOSTS = 99


def check(args: RedditAppArgs) -> None:
    """Check everything that is known before anything is created.

    Raises:
        ArgumentError: a name, alias, image, port, limit or path is invalid.
    """
    checks.name_prefix("prefix", args["prefix"])
    if "port" in args:
        checks.port("port", args["port"])
    if "bind_address" in args:
        checks.ip_address("bind_address", args["bind_address"])
    if "swarm" in args:
        _check_swarm(args["swarm"])
    if "health_interval_seconds" in args:
        checks.seconds("health_interval_seconds", args["health_interval_seconds"])
    if "start_timeout_seconds" in args:
        checks.seconds("start_timeout_seconds", args["start_timeout_seconds"])
    _check_service("ui", args["ui"])
    _check_service("post", args["post"])
    _check_service("comment", args["comment"])
    checks.image_and_limits("database", args["database"])
    _check_login(args["database"])
    if "backup" in args:
        from . import _reddit_backup

        checks.image_and_limits("backup", args["backup"])
        _reddit_backup.check(args["backup"])
    if isinstance(image := args.get("gateway_image"), str):
        checks.image_reference("gateway_image", image)
    aliases = {**DEFAULT_ALIASES, **args.get("aliases", {})}
    for name, alias in aliases.items():
        checks.host_name(f"aliases.{name}", str(alias))
    if aliases["post"] == aliases["comment"]:
        raise checks.ArgumentError(
            "aliases.comment",
            aliases["comment"],
            "is also the alias of post; the ui could not tell them apart",
        )


def _check_swarm(swarm: RedditSwarmArgs) -> None:
    checks.whole_number("swarm.hosts", swarm["hosts"], smallest=1, largest=_MOST_HOSTS)
    if "replicas" in swarm:
        checks.whole_number("swarm.replicas", swarm["replicas"], smallest=1, largest=_MOST_HOSTS)


def _check_service(field: str, service: ServiceArgs) -> None:
    checks.image_and_limits(field, service)
    mounts = service.get("override", {}).get("mounts", {})
    for path in (*mounts, *mounts.values()):
        checks.absolute_path(f"{field}.override.mounts", path)


def _check_login(database: DatabaseArgs) -> None:
    for name, other in (("username", "password"), ("password", "username")):
        if name not in database and other in database:
            raise checks.ArgumentError(
                f"database.{name}", None, f"is missing beside {other}; give both or neither"
            )
        # An output, such as a configured secret, is not known yet.
        if database.get(name) == "":
            raise checks.ArgumentError(
                f"database.{name}", "", f"is empty; give one, or leave out {other} too"
            )
