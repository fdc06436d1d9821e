"""The connection to a MongoDB-compatible server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pymongo
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConnectionFailure, PyMongoError
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


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """Where a database is, and as whom to use it."""

    host: str
    port: int
    name: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def from_environ(environ: Mapping[str, str], prefix: str, default_name: str) -> DatabaseSettings:
    """Read ``<prefix>_HOST``, ``_PORT``, ``_USER``, ``_PASSWORD_FILE``, and ``<prefix>`` itself.

    Raises:
        SettingError: a value makes no sense.
    """
    user = settings.text(environ, f"{prefix}_USER", "") or None
    password = settings.secret_from_file(environ, f"{prefix}_PASSWORD_FILE")
    if (user is None) != (password is None):
        msg = f"{prefix}_USER and {prefix}_PASSWORD_FILE go together: set both or neither"
        raise SettingError(msg)
    return DatabaseSettings(
        host=settings.host(environ, f"{prefix}_HOST", "127.0.0.1"),
        port=settings.port(environ, f"{prefix}_PORT", 27017),
        name=settings.database_name(environ, prefix, default_name),
        user=user,
        password=password,
    )


@asynccontextmanager
async def opened(chosen: DatabaseSettings) -> AsyncIterator[AsyncDatabase[Document]]:
    """Provide a database by a pool of connections; the server need not be there yet."""
    client: AsyncMongoClient[Document] = AsyncMongoClient(
        chosen.host,
        chosen.port,
        username=chosen.user,
        password=chosen.password,
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
    """Tell whether the server answers within two seconds."""
    try:
        with pymongo.timeout(_FIND_SERVER_SECONDS):
            await database.command("ping")
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
            log.warning("database_not_prepared", reason=type(error).__name__, again=pause_seconds)
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
        else:
            return


async def _answer_unavailable(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("The database doesn't answer\n", 503, {"Retry-After": "5"})


EXCEPTION_HANDLERS: Mapping[Any, ExceptionHandler] = {ConnectionFailure: _answer_unavailable}
