"""Serve everything: ``python3 -m monolith``. Only the page is reachable from outside."""

import os
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial

import comment.app
import monolith
import post.app
import ui.app
from monolith import embedded
from monolith.settings import database_settings
from service import build, logs, server, settings, zipkin
from service.database_settings import DatabaseSettings
from service.server import Endpoint
from service.settings import SettingError
from ui.app import UiSettings

NAME = "monolith"

_LOOPBACK = "127.0.0.1"


def _endpoints(environ: Mapping[str, str], database: DatabaseSettings) -> Sequence[Endpoint]:
    built = build.read(monolith.__file__, environ)
    traced_to = zipkin.from_environ(environ)
    chosen = UiSettings(
        post_host=_LOOPBACK,
        post_port=settings.port(environ, "POST_SERVICE_PORT", 5000),
        comment_host=_LOOPBACK,
        comment_port=settings.port(environ, "COMMENT_SERVICE_PORT", 9293),
        environment_name=settings.text(environ, "ENV", ""),
        host_name=settings.text(environ, "HOSTNAME", socket.gethostname()),
    )
    return [
        Endpoint(
            service=ui.app.NAME,
            app=ui.app.create(chosen, built, traced_to),
            host="0.0.0.0",  # noqa: S104 - a container's networks decide who reaches it
            port=settings.port(environ, "PORT", 9292),
        ),
        Endpoint(
            service=post.app.NAME,
            app=post.app.create(database, built, traced_to),
            host=_LOOPBACK,
            port=chosen.post_port,
        ),
        Endpoint(
            service=comment.app.NAME,
            app=comment.app.create(database, built, traced_to),
            host=_LOOPBACK,
            port=chosen.comment_port,
        ),
    ]


def main(environ: Mapping[str, str]) -> int:
    """Serve until told to stop and return the exit code."""
    logs.configure(NAME)
    log = logs.logger(NAME)
    log.warning("for_demonstration_only", advice="run the three services for anything else")
    try:
        given = database_settings(environ)
    except SettingError as error:
        log.error("not_started", reason=str(error))
        return 1
    if given is None and not embedded.is_present():
        given = DatabaseSettings(host=_LOOPBACK, port=27017, name="user_posts")
    database = nullcontext(given) if given else embedded.running(environ)
    with database as opened:
        return server.main(NAME, partial(_endpoints, environ, opened))


if __name__ == "__main__":
    sys.exit(main(os.environ))
