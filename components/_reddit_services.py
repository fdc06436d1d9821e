"""From the reddit application's arguments to the ones of an application of containers."""

import pulumi

from ._backup_args import BACKUPS, BackupArgs
from ._container_app_args import AppServiceArgs, AppVolumeArgs, ContainerAppArgs
from ._database_servers import SERVERS, DatabaseServer
from ._gateway_args import DRAIN_SECONDS, GatewayArgs
from ._reddit_args import (
    DEFAULT_ALIASES,
    DatabaseArgs,
    DatabaseKind,
    RedditAppArgs,
    ServiceArgs,
)

DATA = "data"
"""Role of the volume that holds the database's files."""

_UI_PORT = 9292
_POST_PORT = 5000
_COMMENT_PORT = 9292
_DATABASE_PORT = 27017

_DEFAULT_DATABASE_MEMORY_MIB = 512
# MongoDB runs a thread per connection.
_DATABASE_PROCESSES = 4096


def ui_port(args: RedditAppArgs) -> int:
    """Return the port of the host at which the page is published."""
    return int(args.get("port", _UI_PORT))


def container_app_args(args: RedditAppArgs) -> ContainerAppArgs:
    """Return the application as services, networks and a volume."""
    database = args["database"]
    kind = DatabaseKind(database.get("kind", DatabaseKind.MONGO))
    kept = AppVolumeArgs(
        keep=database.get("keep_data", True), protect=database.get("protect_data", False)
    )
    app = ContainerAppArgs(
        prefix=args["prefix"],
        network_ids={"front": args["front_network_id"], "back": args["back_network_id"]},
        services={
            "database": _database(args, SERVERS[kind]),
            "post": _backend(args, "post", args["post"], _POST_PORT),
            "comment": _backend(args, "comment", args["comment"], _COMMENT_PORT),
            "ui": _ui(args),
        },
        volumes={
            DATA: {
                # Files of one server mean nothing to the other.
                "name": f"{kind.value}-data",
                **kept,
            }
        },
        labels=args.get("labels", {}),
    )
    if "gateway_image" in args:
        app["gateway"] = GatewayArgs(
            image=args["gateway_image"],
            network="front",
            routes={
                "ui": {"port": _UI_PORT},
                "post": {"port": _POST_PORT},
                "comment": {"port": _COMMENT_PORT},
            },
        )
    if "backup" in args:
        app["services"]["backup"] = _backup(args, args["backup"])
        app["volumes"][BACKUPS] = kept
    if "health_interval_seconds" in args:
        app["health_interval_seconds"] = args["health_interval_seconds"]
    if "start_timeout_seconds" in args:
        app["start_timeout_seconds"] = args["start_timeout_seconds"]
    return app


def _database(args: RedditAppArgs, server: DatabaseServer) -> AppServiceArgs:
    """Return the database: on the back network only, under the aliases of both services."""
    given = args["database"]
    login = _login(args, server.username_variable, server.password_variable)
    aliases = {_alias(args, "post_database"), _alias(args, "comment_database")}
    service = AppServiceArgs(
        image=given["image"],
        networks={"back": sorted(aliases)},
        health_command=list(server.login_health_command if login else server.health_command),
        environment={
            **server.environment,
            **(server.login_environment if login else {}),
            **login,
            **given.get("environment", {}),
        },
        memory_mib=given.get("memory_mib", _DEFAULT_DATABASE_MEMORY_MIB),
        processes=_DATABASE_PROCESSES,
        user=server.user,
        tmpfs=list(server.tmpfs),
        volumes={DATA: server.data_path},
    )
    return _limited(service, given)


def _backend(args: RedditAppArgs, role: str, given: ServiceArgs, port: int) -> AppServiceArgs:
    """Return a service that the ui finds under its alias, and that finds the database."""
    variable = f"{role.upper()}_DATABASE"
    service = AppServiceArgs(
        image=given["image"],
        networks={"back": [], "front": [_alias(args, role)]},
        health_command=_probe(port),
        after=["database"],
        environment={
            f"{variable}_HOST": _alias(args, f"{role}_database"),
            f"{variable}_PORT": str(_DATABASE_PORT),
            **_login(args, f"{variable}_USERNAME", f"{variable}_PASSWORD"),
        },
    )
    return _as_given(args, service, given)


def _ui(args: RedditAppArgs) -> AppServiceArgs:
    """Return the page: on the front network only, published on the host."""
    service = AppServiceArgs(
        image=args["ui"]["image"],
        networks={"front": []},
        health_command=_probe(_UI_PORT),
        after=["post", "comment"],
        environment={
            "POST_SERVICE_HOST": _alias(args, "post"),
            "POST_SERVICE_PORT": str(_POST_PORT),
            "COMMENT_SERVICE_HOST": _alias(args, "comment"),
            "COMMENT_SERVICE_PORT": str(_COMMENT_PORT),
        },
        ports=[{"internal": _UI_PORT, "external": ui_port(args)}],
    )
    if "environment_name" in args:
        service["environment"]["ENV"] = args["environment_name"]
    if "bind_address" in args:
        service["ports"][0]["bind_address"] = args["bind_address"]
    return _as_given(args, service, args["ui"])


def _backup(args: RedditAppArgs, given: BackupArgs) -> AppServiceArgs:
    """Return the service that takes backups of the databases of post and comment."""
    from ._reddit_backup import backup_service

    # Comments first: one that is made meanwhile then never lacks its post.
    databases = [
        args["comment"].get("environment", {}).get("COMMENT_DATABASE", "comments"),
        args["post"].get("environment", {}).get("POST_DATABASE", "posts"),
    ]
    service = backup_service(
        given,
        {
            "BACKUP_DATABASE_HOST": _alias(args, "post_database"),
            "BACKUP_DATABASE_PORT": str(_DATABASE_PORT),
            "BACKUP_DATABASES": pulumi.Output.concat(databases[0], ",", databases[1]),
            **_login(args, "BACKUP_DATABASE_USERNAME", "BACKUP_DATABASE_PASSWORD"),
        },
    )
    return _limited(service, given)


def _login(
    args: RedditAppArgs, username_variable: str, password_variable: str
) -> dict[str, pulumi.Input[str]]:
    """Return the variables of who logs in; empty where nobody has to."""
    given = args["database"]
    if "username" not in given:
        return {}
    return {
        username_variable: given["username"],
        password_variable: pulumi.Output.secret(given["password"]),
    }


def _as_given(args: RedditAppArgs, service: AppServiceArgs, given: ServiceArgs) -> AppServiceArgs:
    """Return a service with what its caller wants otherwise."""
    # Known in the service's own code: see app/service/server.py.
    drain = {"STOP_DELAY_SECONDS": str(DRAIN_SECONDS)} if "gateway_image" in args else {}
    service["environment"] = {**service["environment"], **drain, **given.get("environment", {})}
    # An empty command could not tell health either.
    service["health_command"] = given.get("health_command") or service["health_command"]
    if "user" in given:
        service["user"] = given["user"]
    if "read_only" in given:
        service["read_only"] = given["read_only"]
    override = given.get("override", {})
    if "command" in override:
        service["command"] = override["command"]
    if "mounts" in override:
        service["mounts"] = override["mounts"]
    return _limited(service, given)


def _limited(
    service: AppServiceArgs, given: ServiceArgs | DatabaseArgs | BackupArgs
) -> AppServiceArgs:
    if "memory_mib" in given:
        service["memory_mib"] = given["memory_mib"]
    if "cpus" in given:
        service["cpus"] = given["cpus"]
    return service


def _probe(port: int) -> list[str]:
    return ["python3", "-m", "service.probe", f"http://127.0.0.1:{port}/healthcheck"]


def _alias(args: RedditAppArgs, name: str) -> str:
    return str({**DEFAULT_ALIASES, **args.get("aliases", {})}[name])
