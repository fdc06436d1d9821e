"""Records what a service does for a request as the spans of a trace, in the terms of Zipkin."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import b3
from service.b3 import SpanIdentity
from service.observed import QUIET_PATHS
from service.zipkin import Reporter, ZipkinSettings

_FIRST_SERVER_ERROR = 500
_LONGEST_PATH = 256

_current: ContextVar[SpanIdentity | None] = ContextVar("current_span", default=None)


@dataclass(kw_only=True)
class OpenSpan:
    """Something that is being done."""

    identity: SpanIdentity
    name: str
    tags: dict[str, str] = field(default_factory=dict)

    def answered(self, status: int) -> None:
        """Note the status of the answer; what the asker did wrong is no error of this span."""
        self.tags["http.status_code"] = str(status)
        if status >= _FIRST_SERVER_ERROR:
            self.tags["error"] = str(status)


class Tracer:
    """Opens spans, and has those that were sampled reported when they end."""

    def __init__(self, service: str, reporter: Reporter) -> None:
        self._endpoint = {"serviceName": service}
        self._reporter = reporter

    @contextmanager
    def serving(self, identity: SpanIdentity, method: str, path: str) -> Iterator[OpenSpan]:
        """Record the block as the serving of a request; calls made in it belong to it."""
        token = _current.set(identity)
        try:
            with self._span("SERVER", identity, method, path) as span:
                yield span
        finally:
            _current.reset(token)

    @contextmanager
    def calling(self, method: str, path: str) -> Iterator[OpenSpan | None]:
        """Record the block as a call to another service; None outside of a request."""
        caller = _current.get()
        if caller is None:
            yield None
            return
        with self._span("CLIENT", caller.child(), method, path) as span:
            yield span

    def reporting(
        self, lifespan: Callable[[Starlette], AbstractAsyncContextManager[Any]]
    ) -> Callable[[Starlette], AbstractAsyncContextManager[Any]]:
        """Return the lifespan of a service with that of the reporter around it."""

        @asynccontextmanager
        async def around(app: Starlette) -> AsyncIterator[Any]:
            async with self._reporter.running(), lifespan(app) as state:
                yield state

        return around

    @contextmanager
    def _span(
        self, kind: Literal["SERVER", "CLIENT"], identity: SpanIdentity, method: str, path: str
    ) -> Iterator[OpenSpan]:
        tags = {"http.method": method, "http.path": path[:_LONGEST_PATH]}
        span = OpenSpan(identity=identity, name=method.lower(), tags=tags)
        began_at = time.time_ns() // 1000
        begin = time.perf_counter()
        try:
            yield span
        except BaseException as error:
            # A cancelled request ends here, too.
            span.tags["error"] = type(error).__name__
            raise
        finally:
            if identity.is_sampled:
                microseconds = round((time.perf_counter() - begin) * 1_000_000)
                self._reporter.add(
                    {
                        "traceId": identity.trace_id,
                        "id": identity.span_id,
                        "kind": kind,
                        "name": span.name,
                        "timestamp": began_at,
                        "duration": max(1, microseconds),
                        "localEndpoint": self._endpoint,
                        "tags": span.tags,
                        **({"parentId": identity.parent_id} if identity.parent_id else {}),
                        **({"shared": True} if identity.is_shared else {}),
                    }
                )


class Traced:
    """An application whose requests are recorded as spans, but for those that machines poll."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the application's start and stop."""
        if scope["type"] != "http" or scope["path"] in QUIET_PATHS:
            await self._app(scope, receive, send)
            return
        identity = b3.received(Headers(scope=scope))
        with self._tracer.serving(identity, scope["method"], scope["path"]) as span:

            async def send_noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.answered(message["status"])
                await send(message)

            try:
                await self._app(scope, receive, send_noted)
            finally:
                # The route, not the path, which may be different every time.
                if route := getattr(scope.get("route"), "path", None):
                    span.name = f"{span.name} {route}"


def tracer(
    service: str,
    zipkin: ZipkinSettings | None,
    *,
    registry: CollectorRegistry,
    traced_name: str | None = None,
) -> Tracer | None:
    """Return a tracer, or None where nothing is to be traced.

    Args:
        service: The name of the service in its logs.
        zipkin: Where to report to.
        registry: Where the counter of spans goes.
        traced_name: What Zipkin calls the service, if not by its name.
    """
    if zipkin is None:
        return None
    return Tracer(traced_name or service, Reporter(service, zipkin, registry=registry))
