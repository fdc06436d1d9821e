"""Serve the ui service: ``python3 -m ui``."""

import os
import socket
import sys
from collections.abc import Sequence

import ui
from service import build, server, settings, zipkin
from service.server import Endpoint
from ui import app
from ui.app import UiSettings


def _endpoints() -> Sequence[Endpoint]:
    environ = os.environ
    chosen = UiSettings(
        post_host=settings.host(environ, "POST_SERVICE_HOST", "127.0.0.1"),
        post_port=settings.port(environ, "POST_SERVICE_PORT", 4567),
        comment_host=settings.host(environ, "COMMENT_SERVICE_HOST", "127.0.0.1"),
        comment_port=settings.port(environ, "COMMENT_SERVICE_PORT", 4567),
        environment_name=settings.text(environ, "ENV", ""),
        host_name=settings.text(environ, "HOSTNAME", socket.gethostname()),
    )
    return [
        Endpoint(
            service=app.NAME,
            app=app.create(chosen, build.read(ui.__file__, environ), zipkin.from_environ(environ)),
            host="0.0.0.0",  # noqa: S104 - a container's networks decide who reaches it
            port=settings.port(environ, "PORT", 9292),
        )
    ]


if __name__ == "__main__":
    sys.exit(server.main(app.NAME, _endpoints))
