"""The web application of a service, with the routes that all of them have."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, ExceptionHandler

from service import forms, metrics
from service.health import Health
from service.observed import Observed, Observer, http_metrics
from service.tracing import Traced, Tracer

# What a service has while it runs; requests reach it as ``request.state``.
State = Mapping[str, Any]
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[State]]

_NOBODY_LISTENS = 499


def create(
    service: str,
    routes: Sequence[BaseRoute],
    *,
    registry: CollectorRegistry,
    lifespan: Lifespan,
    exception_handlers: Mapping[Any, ExceptionHandler],
    observers: Sequence[Observer] = (),
    tracer: Tracer | None = None,
) -> ASGIApp:
    """Return the application of a service.

    Args:
        service: Its name.
        routes: What only this service has.
        registry: Its metrics.
        lifespan: Opens what the service needs and closes it; must provide ``health``.
        exception_handlers: Answers to errors, by status or class.
        observers: What else wants to know of every request.
        tracer: Records every request as a span, where there is one.
    """

    async def show_health(request: Request) -> Response:
        health: Health = request.state.health
        return await health.respond()

    async def show_metrics(request: Request) -> Response:
        return metrics.respond(request, registry)

    app: ASGIApp = Starlette(
        routes=[
            *routes,
            Route("/healthcheck", show_health),
            Route("/metrics", show_metrics),
        ],
        lifespan=tracer.reporting(lifespan) if tracer else lifespan,
        exception_handlers={ClientDisconnect: _answer_nobody, **exception_handlers},
        max_body_size=forms.MAX_BODY_BYTES,
    )
    if tracer:
        app = Traced(app, tracer)
    return Observed(app, service, http_metrics(registry), *observers)


async def _answer_nobody(_request: Request, _error: Exception) -> Response:
    return Response(status_code=_NOBODY_LISTENS)
