"""The connection to a MongoDB-compatible server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pymongo
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ExceptionHandler

from service import logs, settings
from service.settings import SettingError

Document = dict[str, Any]

_FIND_SERVER_SECONDS = 2
_OPERATION_SECONDS = 5
_MOST_CONNECTIONS = 50
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 5.0
_DEFAULT_AUTH_SOURCE = "admin"
# MongoDB's codes; a server names no account and no password in them.
_REFUSALS = {
    13: "the database lets this user do nothing here: give one that it knows, and its password",
    18: "the database refuses the user name or the password",
}


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """Where a database is, and as whom to use it."""

    host: str
    port: int
    name: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    auth_source: str = _DEFAULT_AUTH_SOURCE
    """The database that knows the user."""


def from_environ(environ: Mapping[str, str], prefix: str, default_name: str) -> DatabaseSettings:
    """Read ``<prefix>_HOST`` and ``_PORT``, the name from ``<prefix>`` itself, and who logs in.

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
    return DatabaseSettings(
        host=settings.host(environ, f"{prefix}_HOST", "127.0.0.1"),
        port=settings.port(environ, f"{prefix}_PORT", 27017),
        name=settings.database_name(environ, prefix, default_name),
        username=username,
        password=password,
        auth_source=settings.database_name(environ, f"{prefix}_AUTH_SOURCE", _DEFAULT_AUTH_SOURCE),
    )


@asynccontextmanager
async def opened(chosen: DatabaseSettings) -> AsyncIterator[AsyncDatabase[Document]]:
    """Provide a database by a pool of connections; the server need not be there yet."""
    client: AsyncMongoClient[Document] = AsyncMongoClient(
        chosen.host,
        chosen.port,
        username=chosen.username,
        password=chosen.password,
        authSource=chosen.auth_source,
        serverSelectionTimeoutMS=_FIND_SERVER_SECONDS * 1000,
        connectTimeoutMS=_FIND_SERVER_SECONDS * 1000,
        socketTimeoutMS=_OPERATION_SECONDS * 1000,
        waitQueueTimeoutMS=_FIND_SERVER_SECONDS * 1000,
        maxPoolSize=_MOST_CONNECTIONS,
        # A write that was sent and not confirmed may have happened: a vote must not count twice.
        retryWrites=False,
    )
    try:
        yield client[chosen.name]
    finally:
        await client.close()


async def answers(database: AsyncDatabase[Document]) -> bool:
    """Tell whether the server answers within two seconds, to this user."""
    try:
        with pymongo.timeout(_FIND_SERVER_SECONDS):
            # Not "ping": servers answer that to strangers too.
            await database.list_collection_names()
    except PyMongoError:
        return False
    return True


async def prepare(service: str, prepare_once: Callable[[], Awaitable[object]]) -> None:
    """Do what the database needs once, such as creating an index, as soon as it can be done."""
    log = logs.logger(service)
    pause_seconds = _FIRST_PAUSE_SECONDS
    while True:
        try:
            await prepare_once()
        except PyMongoError as error:
            reason = _refusal(error) or type(error).__name__
            log.warning("database_not_prepared", reason=reason, again=pause_seconds)
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
        else:
            return


def _refusal(error: Exception) -> str | None:
    return _REFUSALS.get(error.code or 0) if isinstance(error, OperationFailure) else None


async def _answer_unavailable(_request: Request, _error: Exception) -> Response:
    return _unavailable("the database doesn't answer")


async def _answer_refused(_request: Request, error: Exception) -> Response:
    refusal = _refusal(error)
    if refusal is None:
        raise error
    return _unavailable(refusal)


def _unavailable(reason: str) -> Response:
    return PlainTextResponse(f"{reason}\n", 503, {"Retry-After": "5"})


EXCEPTION_HANDLERS: Mapping[Any, ExceptionHandler] = {
    ConnectionFailure: _answer_unavailable,
    OperationFailure: _answer_refused,
}
