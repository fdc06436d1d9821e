"""The post service as an application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import Histogram
from starlette.applications import Starlette
from starlette.types import ASGIApp

from post.routes import ROUTES, PostResources
from post.store import Posts
from service import application, background, database, metrics, tracing
from service.application import State
from service.build import Build
from service.database_settings import DatabaseSettings
from service.health import Health
from service.metrics import NamedCounter
from service.zipkin import ZipkinSettings

NAME = "post"


def create(
    settings: DatabaseSettings, build: Build, zipkin: ZipkinSettings | None = None
) -> ASGIApp:
    """Return the post service."""
    registry = metrics.registry()
    added = NamedCounter("post_count", "Posts added", registry=registry)
    read_seconds = Histogram(
        "post_read_db_seconds", "Seconds to read posts from the database", registry=registry
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[State]:
        async with database.opened(settings) as opened:
            posts = Posts(opened)
            health = Health(
                NAME,
                build,
                {"postdb": lambda: database.answers(opened)},
                registry=registry,
                gauge_names={"postdb": "mongo"},
            )
            resources = PostResources(posts=posts, added=added, read_seconds=read_seconds)
            prepared = database.prepare(NAME, posts.create_index)
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
