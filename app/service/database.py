"""The connection to a MongoDB-compatible server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pymongo
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ExceptionHandler

from service import logs
from service.database_settings import DatabaseSettings

Document = dict[str, Any]

_FIND_SERVER_SECONDS = 2
_OPERATION_SECONDS = 5
_MOST_CONNECTIONS = 50
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 5.0
_NO_ROOM = 14031
# SQLite's words, which FerretDB passes on without a code of their own.
_NO_ROOM_WORDS = "database or disk is full"
# By MongoDB's codes; a server names no account and no password in them.
_REFUSALS = {
    13: "the database lets this user do nothing here: give one that it knows, and its password",
    18: "the database refuses the user name or the password",
    _NO_ROOM: "the database has no room left on its disk: nothing is stored until it has",
}


@asynccontextmanager
async def opened(chosen: DatabaseSettings) -> AsyncIterator[AsyncDatabase[Document]]:
    """Provide a database by a pool of connections; the server need not be there yet."""
    client: AsyncMongoClient[Document] = AsyncMongoClient(
        **chosen.client_arguments(
            find_server_seconds=_FIND_SERVER_SECONDS, operation_seconds=_OPERATION_SECONDS
        ),
        waitQueueTimeoutMS=_FIND_SERVER_SECONDS * 1000,
        maxPoolSize=_MOST_CONNECTIONS,
        # A write that was sent and not confirmed may have happened: a vote must not count twice.
        retryWrites=False,
        # Nobody is told "stored" before it is on the disk: a killed server forgets the rest.
        w=1,
        journal=True,
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
    if not isinstance(error, OperationFailure):
        return None
    code = _NO_ROOM if _NO_ROOM_WORDS in str(error) else error.code
    return _REFUSALS.get(code or 0)


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
