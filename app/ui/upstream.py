"""A service behind the page, over a pool of connections."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from service import request_id
from service.tracing import Tracer
from ui.traced import TracedTransport

_TIMEOUT = httpx2.Timeout(connect=2, read=6, write=2, pool=2)
# Idle connections are given up well before the services close them.
_LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5)
# A dependency waits two seconds for its own before it says that it is unwell.
_HEALTH_TIMEOUT = httpx2.Timeout(3)

_NOT_FOUND = 404
_SHOWN_CHARACTERS = 200


class UpstreamError(Exception):
    """What was asked of a service was not done."""


class UnavailableError(UpstreamError):
    """The service doesn't answer, or answers with an error of its own."""


class RefusedError(UpstreamError):
    """The service refuses what it was sent."""


class NotFoundError(UpstreamError):
    """The service has no such thing."""


class Upstream:
    """One service."""

    def __init__(self, client: httpx2.AsyncClient, host: str, port: int) -> None:
        self._client = client
        self._base = str(httpx2.URL(scheme="http", host=host, port=port))

    async def get(
        self, path: str, parameters: Mapping[str, int] | None = None
    ) -> tuple[Any, httpx2.Headers]:
        """Return the content of a JSON answer and its headers.

        A request whose connection breaks is sent once more, because reading changes nothing.

        Raises:
            UpstreamError: there is no usable answer.
        """
        try:
            answer = await self._read(path, parameters)
        except httpx2.TimeoutException as error:
            raise _unavailable(error) from error
        except httpx2.TransportError:
            try:
                answer = await self._read(path, parameters)
            except httpx2.TransportError as error:
                raise _unavailable(error) from error
        _check(answer)
        try:
            return answer.json(), answer.headers
        except ValueError as error:
            msg = f"{path} answered something that is no JSON"
            raise UnavailableError(msg) from error

    async def post(self, path: str, form: Mapping[str, str]) -> None:
        """Send a form, once: what was sent and not confirmed may have happened.

        Raises:
            UpstreamError: the service didn't do what the form says.
        """
        try:
            answer = await self._client.post(self._base + path, data=form, headers=_headers())
        except httpx2.TransportError as error:
            raise _unavailable(error) from error
        _check(answer)

    async def is_healthy(self) -> bool:
        """Tell whether the service says that it is well."""
        try:
            answer = await self._client.get(self._base + "/healthcheck", timeout=_HEALTH_TIMEOUT)
            return bool(answer.json()["status"] == 1)
        except (httpx2.HTTPError, ValueError, TypeError, KeyError):
            return False

    async def _read(self, path: str, parameters: Mapping[str, int] | None) -> httpx2.Response:
        return await self._client.get(self._base + path, params=parameters, headers=_headers())


@asynccontextmanager
async def connections(tracer: Tracer | None) -> AsyncIterator[httpx2.AsyncClient]:
    """Provide the pool of connections, with its requests traced where there is a tracer."""
    async with httpx2.AsyncClient(
        timeout=_TIMEOUT,
        limits=_LIMITS,
        # Proxies are for the way out; these services are next door.
        trust_env=False,
        transport=TracedTransport(tracer, limits=_LIMITS, trust_env=False) if tracer else None,
    ) as client:
        yield client


def _headers() -> dict[str, str]:
    identifier = request_id.current()
    return {request_id.HEADER: identifier} if identifier else {}


def _check(answer: httpx2.Response) -> None:
    path = answer.request.url.path
    if answer.status_code == _NOT_FOUND:
        msg = f"{path} is not there"
        raise NotFoundError(msg)
    if answer.is_client_error:
        msg = f"{path} refused: {_words(answer)}"
        raise RefusedError(msg)
    if not answer.is_success:
        msg = f"{path} answered {answer.status_code}: {_words(answer)}"
        raise UnavailableError(msg)


def _words(answer: httpx2.Response) -> str:
    return answer.text[:_SHOWN_CHARACTERS].strip()


def _unavailable(error: httpx2.TransportError) -> UnavailableError:
    return UnavailableError(f"{type(error).__name__}: {error}")
