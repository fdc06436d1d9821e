"""What a request gets when the database refuses something."""

import asyncio

import pytest
from pymongo import WriteConcern
from pymongo.errors import NotPrimaryError, OperationFailure, PyMongoError, WriteError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient

from service.database import EXCEPTION_HANDLERS, opened
from service.database_settings import DatabaseSettings


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationFailure("Authentication failed.", 18), 503),
        (OperationFailure("not authorized", 13), 503),
        (OperationFailure("disk space below the threshold", 14031), 503),
        (WriteError("[sqlite] database or disk is full (13)", 1), 503),
        (NotPrimaryError("away"), 503),
        # Our own fault: waiting won't mend it.
        (OperationFailure("unknown operator", 2), 500),
        (OperationFailure("without a code"), 500),
        (WriteError("too large", 10334), 500),
    ],
)
def test_only_what_may_pass_is_answered_with_try_again(error: PyMongoError, status: int) -> None:
    def route(_request: Request) -> None:
        raise error

    app = Starlette(routes=[Route("/", route)], exception_handlers=EXCEPTION_HANDLERS)
    answer = TestClient(app, raise_server_exceptions=False).get("/")
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_nothing_counts_as_stored_before_it_is_on_the_disk() -> None:
    async def concern() -> WriteConcern:
        async with opened(DatabaseSettings(host="127.0.0.1", port=1, name="any")) as database:
            return database.write_concern

    assert asyncio.run(concern()) == WriteConcern(w=1, j=True)
