"""From data to HTML. Everything that a template shows is escaped."""

import hashlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from service import limits
from service.build import Build
from service.links import is_web_link
from ui import flash
from ui.flash import Message

_TEMPLATES = Path(__file__).parent / "templates"
_LAST_UNIX_SECOND = 253_402_300_799

_UNITS = (
    (365 * 24 * 3600, "year"),
    (30 * 24 * 3600, "month"),
    (24 * 3600, "day"),
    (3600, "hour"),
    (60, "minute"),
)

# No script anywhere, nothing from elsewhere, in nobody's frame.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Without a referrer on our own pages, browsers would send forms with the origin "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class Pages:
    """Renders the pages of one running service."""

    def __init__(self, build: Build, environment_name: str, host_name: str) -> None:
        style = (_TEMPLATES / "style.css").read_bytes()
        self._environment = Environment(
            autoescape=True,
            loader=FileSystemLoader(_TEMPLATES),
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            build=build,
            environment_name=environment_name,
            host_name=host_name,
            limits=limits,
            # The address changes with the content, so browsers may keep it for ever.
            style_version=hashlib.sha256(style).hexdigest()[:12],
        )
        self._environment.filters.update(
            ago=_ago, iso_time=_iso_time, site=_site, web_link=_web_link
        )
        for name in self._environment.list_templates(extensions=["html"]):
            self._environment.get_template(name)

    def render(
        self,
        request: Request,
        template: str,
        values: Mapping[str, object],
        *,
        status: int = 200,
        message: Message | None = None,
    ) -> Response:
        """Return a page, with the message given or the one that a redirect carried."""
        shown = message or flash.take(request)
        text = self._environment.get_template(template).render(values, message=shown)
        response = HTMLResponse(text, status_code=status, headers=_HEADERS)
        flash.forget(request, response)
        return response


def _ago(unix_seconds: int) -> str:
    age = int(time.time()) - unix_seconds
    for seconds, unit in _UNITS:
        if age >= seconds:
            count = age // seconds
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def _iso_time(unix_seconds: int) -> str:
    known = min(max(unix_seconds, 0), _LAST_UNIX_SECOND)
    return datetime.fromtimestamp(known, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _web_link(link: str) -> str | None:
    """Return a link that is safe to click, or None: the database may hold older ones."""
    return link if is_web_link(link) else None


def _site(link: str) -> str:
    return (urlsplit(link).hostname or "").removeprefix("www.")
