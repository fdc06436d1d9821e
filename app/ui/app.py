"""The ui service as an application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Histogram
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from service import application, background, logs, metrics, tracing
from service.application import State
from service.build import Build
from service.health import Health
from service.metrics import NamedCounter
from service.observed import Observer
from service.zipkin import ZipkinSettings
from ui import upstream
from ui.pages import Pages
from ui.routes import ROUTES, UiResources, show_error
from ui.services import CommentService, PostService
from ui.upstream import Upstream

NAME = "ui"
# The name that traces of the original have.
_TRACED_NAME = "ui_app"


@dataclass(frozen=True, kw_only=True)
class UiSettings:
    """Where the other services are, and what the page says about where it runs."""

    post_host: str
    post_port: int
    comment_host: str
    comment_port: int
    environment_name: str
    host_name: str


def create(settings: UiSettings, build: Build, zipkin: ZipkinSettings | None = None) -> ASGIApp:
    """Return the ui service."""
    registry = metrics.registry()
    tracer = tracing.tracer(NAME, zipkin, registry=registry, traced_name=_TRACED_NAME)
    pages = Pages(build, settings.environment_name, settings.host_name)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[State]:
        async with upstream.connections(tracer) as client:
            post = Upstream(client, settings.post_host, settings.post_port)
            comment = Upstream(client, settings.comment_host, settings.comment_port)
            health = Health(
                NAME,
                build,
                {"comment": comment.is_healthy, "post": post.is_healthy},
                registry=registry,
                gauge_names={"comment": "comment", "post": "post"},
            )
            resources = UiResources(
                posts=PostService(post),
                comments=CommentService(comment),
                pages=pages,
                log=logs.logger(NAME),
            )
            async with background.running(health.watch()):
                yield {"health": health, "resources": resources}

    return application.create(
        NAME,
        ROUTES,
        registry=registry,
        lifespan=lifespan,
        exception_handlers={HTTPException: show_error, 500: show_error},
        observers=[_ui_metrics(registry)],
        tracer=tracer,
    )


def _ui_metrics(registry: CollectorRegistry) -> Observer:
    count = NamedCounter(
        "ui_request_count",
        "Requests answered",
        ("method", "path", "http_status"),
        registry=registry,
    )
    response_time = Histogram(
        "ui_request_response_time",
        "Seconds until a request was answered",
        ("path",),
        registry=registry,
    )

    def observe(method: str, path: str, status: int, seconds: float) -> None:
        count.increment(method, path, str(status))
        response_time.labels(path).observe(seconds)

    return observe
