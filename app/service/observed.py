"""What is recorded about every request: its identifier, a log line, counts and durations."""

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import logs, request_id

# Method, route, status, seconds.
Observer = Callable[[str, str, int, float], None]

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Asked every few seconds by machines; only their failures are worth a line.
QUIET_PATHS = frozenset({"/healthcheck", "/metrics"})
_FIRST_ERROR_STATUS = 400


def http_metrics(registry: CollectorRegistry) -> Observer:
    """Return an observer that counts requests and measures how long they take."""
    requests = Counter(
        "http_server_requests",
        "Requests answered",
        ("method", "path", "code"),
        registry=registry,
    )
    duration = Histogram(
        "http_server_request_duration_seconds",
        "Seconds until a request was answered",
        ("method", "path"),
        registry=registry,
    )

    def observe(method: str, path: str, status: int, seconds: float) -> None:
        requests.labels(method, path, status).inc()
        duration.labels(method, path).observe(seconds)

    return observe


class Observed:
    """An application whose requests are recorded, the failed ones too."""

    def __init__(self, app: ASGIApp, service: str, *observers: Observer) -> None:
        self._app = app
        self._log = logs.logger(service)
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the application's start and stop."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with request_id.bound(Headers(scope=scope).get(request_id.HEADER)) as identifier:
            await self._serve(scope, receive, send, identifier)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, identifier: str) -> None:
        status = 500

        async def send_identified(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[request_id.HEADER] = identifier
            await send(message)

        begin = time.perf_counter()
        try:
            await self._app(scope, receive, send_identified)
        except Exception:
            # The application has answered 500 by now and passes the error on to be recorded.
            self._log.exception("request_failed")
        finally:
            self._record(scope, status, time.perf_counter() - begin)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        # The route, not the path: a series for every post would never end.
        route = getattr(scope.get("route"), "path", "unmatched")
        for observe in self._observers:
            observe(method, route, status, seconds)
        if status < _FIRST_ERROR_STATUS and scope["path"] in QUIET_PATHS:
            return
        client = scope.get("client")
        self._log.info(
            "request",
            addr=client[0] if client else None,
            method=method,
            path=scope["path"],
            response_status=status,
            seconds=round(seconds, 4),
        )
