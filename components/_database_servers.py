"""What each kind of database server expects of the container that it runs in."""

from dataclasses import dataclass, field

from ._reddit_args import DatabaseKind


@dataclass(frozen=True, kw_only=True)
class DatabaseServer:
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

SERVERS = {
    DatabaseKind.MONGO: DatabaseServer(
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
    DatabaseKind.FERRETDB: DatabaseServer(
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
