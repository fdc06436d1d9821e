"""Serve the comment service: ``python3 -m comment``."""

import os
import sys
from collections.abc import Sequence

import comment
from comment import app
from service import build, database_settings, server, settings, zipkin
from service.server import Endpoint


def _endpoints() -> Sequence[Endpoint]:
    chosen = database_settings.from_environ(os.environ, "COMMENT_DATABASE", "comments")
    return [
        Endpoint(
            service=app.NAME,
            app=app.create(
                chosen,
                build.read(comment.__file__, os.environ),
                zipkin.from_environ(os.environ),
            ),
            host="0.0.0.0",  # noqa: S104 - a container's networks decide who reaches it
            port=settings.port(os.environ, "PORT", 9292),
        )
    ]


if __name__ == "__main__":
    sys.exit(server.main(app.NAME, _endpoints))
