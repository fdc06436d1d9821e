"""From the application's arguments to its four containers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_docker as docker

from . import checks
from ._reddit_args import DEFAULT_ALIASES, DatabaseKind, RedditAppArgs, ServiceArgs
from ._service_container import Networks, Service

_UI_PORT = 9292
_POST_PORT = 5000
_COMMENT_PORT = 9292
_DATABASE_PORT = 27017

_DEFAULT_SERVICE_MEMORY_MIB = 128
_DEFAULT_DATABASE_MEMORY_MIB = 512
_DEFAULT_CPUS = 1.0
_DEFAULT_HEALTH_INTERVAL_SECONDS = 5
_DEFAULT_START_TIMEOUT_SECONDS = 120

_SERVICE_PROCESSES = 512
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
    tmpfs: tuple[str, ...] = ("/tmp",)  # noqa: S108 - a path inside the container, its own
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


def database_kind(args: RedditAppArgs) -> DatabaseKind:
    """Return which database server the application uses."""
    return DatabaseKind(args["database"].get("kind", DatabaseKind.MONGO))


def labels(args: RedditAppArgs, role: str) -> dict[str, str]:
    """Return the labels of one part of the application, the caller's last."""
    return {
        "org.dockyard.app": args["prefix"],
        "org.dockyard.role": role,
        **args.get("labels", {}),
    }


def ui_port(args: RedditAppArgs) -> int:
    """Return the port of the host at which the page is published."""
    return int(args.get("port", _UI_PORT))


def database_service(args: RedditAppArgs, volume_name: pulumi.Input[str]) -> Service:
    """Return the database: on the back network only, under the aliases of both services."""
    given = args["database"]
    server = _SERVERS[database_kind(args)]
    login = _login(args, server.username_variable, server.password_variable)
    aliases = {_alias(args, "post_database"), _alias(args, "comment_database")}
    return Service(
        container_name=f"{args['prefix']}-database",
        image=given["image"],
        networks={"back": (args["back_network_id"], sorted(aliases))},
        environment={
            **server.environment,
            **(server.login_environment if login else {}),
            **login,
            **given.get("environment", {}),
        },
        labels=labels(args, "database"),
        health_command=server.login_health_command if login else server.health_command,
        health_interval_seconds=_health_interval_seconds(args),
        start_timeout_seconds=_start_timeout_seconds(args),
        memory_mib=int(given.get("memory_mib", _DEFAULT_DATABASE_MEMORY_MIB)),
        cpus=float(given.get("cpus", _DEFAULT_CPUS)),
        processes=_DATABASE_PROCESSES,
        user=server.user,
        tmpfs=server.tmpfs,
        volumes=[
            docker.ContainerVolumeArgs(volume_name=volume_name, container_path=server.data_path)
        ],
    )


def post_service(args: RedditAppArgs) -> Service:
    """Return the service that keeps posts, found by the ui under its alias."""
    return _backend(args, "post", args["post"], _POST_PORT)


def comment_service(args: RedditAppArgs) -> Service:
    """Return the service that keeps comments, found by the ui under its alias."""
    return _backend(args, "comment", args["comment"], _COMMENT_PORT)


def ui_service(args: RedditAppArgs) -> Service:
    """Return the page: on the front network only, published on the host."""
    given = args["ui"]
    environment: dict[str, pulumi.Input[str]] = {
        "POST_SERVICE_HOST": _alias(args, "post"),
        "POST_SERVICE_PORT": str(_POST_PORT),
        "COMMENT_SERVICE_HOST": _alias(args, "comment"),
        "COMMENT_SERVICE_PORT": str(_COMMENT_PORT),
    }
    if "environment_name" in args:
        environment["ENV"] = args["environment_name"]
    published = docker.ContainerPortArgs(
        internal=_UI_PORT,
        external=ui_port(args),
        ip=args.get("bind_address", checks.DEFAULT_BIND_ADDRESS),
        protocol="tcp",
    )
    networks: Networks = {"front": (args["front_network_id"], [])}
    return _http_service(
        args,
        "ui",
        given,
        _UI_PORT,
        networks=networks,
        environment=environment,
        published=[published],
    )


def _backend(args: RedditAppArgs, role: str, given: ServiceArgs, port: int) -> Service:
    variable = f"{role.upper()}_DATABASE"
    networks: Networks = {
        "back": (args["back_network_id"], []),
        "front": (args["front_network_id"], [_alias(args, role)]),
    }
    environment: dict[str, pulumi.Input[str]] = {
        f"{variable}_HOST": _alias(args, f"{role}_database"),
        f"{variable}_PORT": str(_DATABASE_PORT),
        **_login(args, f"{variable}_USERNAME", f"{variable}_PASSWORD"),
    }
    return _http_service(args, role, given, port, networks=networks, environment=environment)


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


def _http_service(
    args: RedditAppArgs,
    role: str,
    given: ServiceArgs,
    port: int,
    *,
    networks: Networks,
    environment: Mapping[str, pulumi.Input[str]],
    published: Sequence[docker.ContainerPortArgs] = (),
) -> Service:
    override = given.get("override", {})
    return Service(
        container_name=f"{args['prefix']}-{role}",
        image=given["image"],
        networks=networks,
        environment={**environment, **given.get("environment", {})},
        labels=labels(args, role),
        health_command=given.get("health_command") or _probe(port),
        health_interval_seconds=_health_interval_seconds(args),
        start_timeout_seconds=_start_timeout_seconds(args),
        memory_mib=int(given.get("memory_mib", _DEFAULT_SERVICE_MEMORY_MIB)),
        cpus=float(given.get("cpus", _DEFAULT_CPUS)),
        processes=_SERVICE_PROCESSES,
        user=given.get("user"),
        command=override.get("command"),
        read_only=given.get("read_only", True),
        ports=published,
        volumes=[
            docker.ContainerVolumeArgs(host_path=source, container_path=target, read_only=True)
            for source, target in sorted(override.get("mounts", {}).items())
        ],
    )


def _probe(port: int) -> list[str]:
    return ["python3", "-m", "service.probe", f"http://127.0.0.1:{port}/healthcheck"]


def _alias(args: RedditAppArgs, name: str) -> str:
    return str({**DEFAULT_ALIASES, **args.get("aliases", {})}[name])


def _health_interval_seconds(args: RedditAppArgs) -> int:
    return int(args.get("health_interval_seconds", _DEFAULT_HEALTH_INTERVAL_SECONDS))


def _start_timeout_seconds(args: RedditAppArgs) -> int:
    return int(args.get("start_timeout_seconds", _DEFAULT_START_TIMEOUT_SECONDS))
