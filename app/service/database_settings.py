"""Where a MongoDB-compatible server is and who logs in, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service import settings
from service.settings import SettingError

_DEFAULT_AUTH_SOURCE = "admin"


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Where a database server is, and as whom to use it."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    auth_source: str = _DEFAULT_AUTH_SOURCE
    """The database that knows the user."""

    def client_arguments(
        self, *, find_server_seconds: int, operation_seconds: int
    ) -> dict[str, Any]:
        """Return what a client of pymongo is made with, the password among it.

        Args:
            find_server_seconds: how long the server may take to be found and to accept.
            operation_seconds: how long it may then take to answer.
        """
        return {
            "host": self.host,
            "port": self.port,
            "username": self.username,
            "password": self.password,
            "authSource": self.auth_source,
            "serverSelectionTimeoutMS": find_server_seconds * 1000,
            "connectTimeoutMS": find_server_seconds * 1000,
            "socketTimeoutMS": operation_seconds * 1000,
        }


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings(ServerSettings):
    """Where a database is, and as whom to use it."""

    name: str


def server_from_environ(environ: Mapping[str, str], prefix: str) -> ServerSettings:
    """Read ``<prefix>_HOST`` and ``_PORT``, and who logs in.

    That is ``_USERNAME`` with ``_PASSWORD`` or ``_PASSWORD_FILE``, and ``_AUTH_SOURCE``.

    Raises:
        SettingError: a value makes no sense. Its text never holds the password.
    """
    username = settings.text(environ, f"{prefix}_USERNAME", "") or None
    password = settings.secret(environ, f"{prefix}_PASSWORD")
    if (username is None) != (password is None):
        msg = (
            f"{prefix}_USERNAME goes together with {prefix}_PASSWORD or {prefix}_PASSWORD_FILE: "
            "set both or neither"
        )
        raise SettingError(msg)
    return ServerSettings(
        host=settings.host(environ, f"{prefix}_HOST", "127.0.0.1"),
        port=settings.port(environ, f"{prefix}_PORT", 27017),
        username=username,
        password=password,
        auth_source=settings.database_name(environ, f"{prefix}_AUTH_SOURCE", _DEFAULT_AUTH_SOURCE),
    )


def from_environ(environ: Mapping[str, str], prefix: str, default_name: str) -> DatabaseSettings:
    """Read a server's settings, and the database's name from ``<prefix>`` itself.

    Raises:
        SettingError: a value makes no sense. Its text never holds the password.
    """
    server = server_from_environ(environ, prefix)
    return DatabaseSettings(
        name=settings.database_name(environ, prefix, default_name), **vars(server)
    )
