"""From the reddit application's arguments to the ones of an application of containers."""

from dataclasses import dataclass, field

import pulumi

from ._container_app_args import AppServiceArgs, ContainerAppArgs
from ._gateway import DRAIN_SECONDS, GATEWAY
from ._gateway_args import GatewayArgs
from ._reddit_args import (
    DEFAULT_ALIASES,
    DatabaseArgs,
    DatabaseKind,
    RedditAppArgs,
    RedditSwarmArgs,
    ServiceArgs,
)
from ._reddit_backup import BACKUPS, BackupArgs, backup_service
from ._swarm_app_args import SwarmAppArgs

DATA = "data"
"""Role of the volume that holds the database's files."""

_UI_PORT = 9292
_POST_PORT = 5000
_COMMENT_PORT = 9292
_DATABASE_PORT = 27017

_DEFAULT_DATABASE_MEMORY_MIB = 512
_DEFAULT_REPLICAS = 2
# MongoDB runs a thread per connection.
_DATABASE_PROCESSES = 4096


@dataclass(frozen=True, kw_only=True)
class _Server:
    """What a kind of database server expects of its container."""

    data_path: str
    user: str
    health_command: tuple[str, ...]
    username_variable: str
    password_variable: str
    login_health_command: tuple[str, ...]
    """The health command where a user has to log in."""
    login_environment: dict[str, str] = field(default_factory=dict)
    """What makes the server insist on a login, beside the two variables."""
    tmpfs: tuple[str, ...] = ("/tmp",)  # noqa: S108 - a path inside the container
    environment: dict[str, str] = field(default_factory=dict)


# The password stays in the environment: a command would show it. The server is asked by the
# container's own name, because the one that the image runs for a moment, to make the user, listens
# on the loopback address alone.
_MONGO_LOGIN = """
const admin = connect("mongodb://" + require("os").hostname() + "/admin");
const { MONGO_INITDB_ROOT_USERNAME: user, MONGO_INITDB_ROOT_PASSWORD: password } = process.env;
quit(admin.auth(user, password).ok ? 0 : 1);
"""

_SERVERS = {
    DatabaseKind.MONGO: _Server(
        data_path="/data/db",
        # The image's own mongodb user. Started as root, it would need the right to change users.
        user="999:999",
        health_command=(
            "mongosh",
            "--quiet",
            "--eval",
            "quit(db.adminCommand('ping').ok ? 0 : 1)",
        ),
        # Not MONGO_INITDB_ROOT_PASSWORD_FILE: nothing can be uploaded to a read-only root.
        username_variable="MONGO_INITDB_ROOT_USERNAME",
        password_variable="MONGO_INITDB_ROOT_PASSWORD",  # noqa: S106 - its name
        login_health_command=("mongosh", "--quiet", "--nodb", "--eval", _MONGO_LOGIN),
        # mongosh writes its history, mongod its socket.
        tmpfs=("/tmp", "/data/configdb"),  # noqa: S108
        environment={"HOME": "/tmp"},  # noqa: S108
    ),
    DatabaseKind.FERRETDB: _Server(
        data_path="/state",
        user="10001:10001",
        health_command=("/ferretdb", "ping"),
        username_variable="FERRETDB_SETUP_USERNAME",
        password_variable="FERRETDB_SETUP_PASSWORD",  # noqa: S106 - its name
        login_health_command=("/ferretdb", "ping"),
        login_environment={
            "FERRETDB_SETUP_DATABASE": "admin",
            "FERRETDB_TEST_ENABLE_NEW_AUTH": "true",
        },
        environment={"FERRETDB_HANDLER": "sqlite", "FERRETDB_SQLITE_URL": "file:/state/"},
    ),
}


def ui_port(args: RedditAppArgs) -> int:
    """Return the port of the host at which the page is published."""
    return int(args.get("port", _UI_PORT))


def container_app_args(args: RedditAppArgs) -> ContainerAppArgs:
    """Return the application as services, networks and a volume."""
    database = args["database"]
    kind = DatabaseKind(database.get("kind", DatabaseKind.MONGO))
    app = ContainerAppArgs(
        prefix=args["prefix"],
        network_ids={"front": args["front_network_id"], "back": args["back_network_id"]},
        services={
            "database": _database(args, _SERVERS[kind]),
            "post": _backend(args, "post", args["post"], _POST_PORT),
            "comment": _backend(args, "comment", args["comment"], _COMMENT_PORT),
            "ui": _ui(args),
        },
        volumes={
            DATA: {
                # Files of one server mean nothing to the other.
                "name": f"{kind.value}-data",
                "keep": database.get("keep_data", True),
                "protect": database.get("protect_data", False),
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
        app["volumes"][BACKUPS] = {
            "keep": database.get("keep_data", True),
            "protect": database.get("protect_data", False),
        }
    if "health_interval_seconds" in args:
        app["health_interval_seconds"] = args["health_interval_seconds"]
    if "start_timeout_seconds" in args:
        app["start_timeout_seconds"] = args["start_timeout_seconds"]
    return app


def swarm_app_args(args: RedditAppArgs, swarm: RedditSwarmArgs) -> SwarmAppArgs:
    """Return the application as services of a Swarm; what is published is on every host."""
    hosts, replicas = int(swarm["hosts"]), int(swarm.get("replicas", _DEFAULT_REPLICAS))
    entrance = GATEWAY if "gateway_image" in args else "ui"
    return SwarmAppArgs(
        app=container_app_args(args),
        replicas={"ui": replicas, "post": replicas, "comment": replicas, entrance: hosts},
    )


def _database(args: RedditAppArgs, server: _Server) -> AppServiceArgs:
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
