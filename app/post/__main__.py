"""Serve the post service: ``python3 -m post``."""

import os
import sys
from collections.abc import Sequence

import post
from post import app
from service import build, database_settings, server, settings, zipkin
from service.server import Endpoint


def _endpoints() -> Sequence[Endpoint]:
    chosen = database_settings.from_environ(os.environ, "POST_DATABASE", "posts")
    return [
        Endpoint(
            service=app.NAME,
            app=app.create(
                chosen,
                build.read(post.__file__, os.environ),
                zipkin.from_environ(os.environ),
            ),
            host="0.0.0.0",  # noqa: S104 - a container's networks decide who reaches it
            port=settings.port(os.environ, "PORT", 5000),
        )
    ]


if __name__ == "__main__":
    sys.exit(server.main(app.NAME, _endpoints))
