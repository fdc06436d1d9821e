"""The comment service as an application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import ASGIApp

from comment.routes import ROUTES, CommentResources
from comment.store import Comments
from service import application, background, database, metrics, tracing
from service.application import State
from service.build import Build
from service.database_settings import DatabaseSettings
from service.health import Health
from service.metrics import NamedCounter
from service.zipkin import ZipkinSettings

NAME = "comment"


def create(
    settings: DatabaseSettings, build: Build, zipkin: ZipkinSettings | None = None
) -> ASGIApp:
    """Return the comment service."""
    registry = metrics.registry()
    added = NamedCounter("comment_count", "Comments added", registry=registry)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[State]:
        async with database.opened(settings) as opened:
            comments = Comments(opened)
            health = Health(
                NAME,
                build,
                {"commentdb": lambda: database.answers(opened)},
                registry=registry,
                gauge_names={"commentdb": "mongo"},
            )
            resources = CommentResources(comments=comments, added=added)
            prepared = database.prepare(NAME, comments.create_index)
            async with background.running(health.watch(), prepared):
                yield {"health": health, "resources": resources}

    return application.create(
        NAME,
        ROUTES,
        registry=registry,
        lifespan=lifespan,
        exception_handlers=database.EXCEPTION_HANDLERS,
        tracer=tracing.tracer(NAME, zipkin, registry=registry),
    )
