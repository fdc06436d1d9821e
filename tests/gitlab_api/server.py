"""As much of GitLab's REST API as a deployment asks for, with a server's bad days.

It answers as GitLab's documentation says: who shows a token that is known, valid and far-reaching
enough gets in; everybody else is told what is wrong. Before that it may have a start to live
through, in which nginx answers in its place.
"""

import contextlib
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.serving import serving

TODAY = date(2026, 11, 24)
"""The server's own calendar."""

_READING = frozenset({"api", "read_api", "read_user"})
_NOT_RESPONDING = b"<html><h1>502</h1><p>Waiting for GitLab to boot</p></html>"


@dataclass
class Token:
    """A personal access token."""

    scopes: tuple[str, ...] = ("api",)
    expires_at: date = date(2027, 11, 24)
    revoked: bool = False


@dataclass(frozen=True)
class Request:
    """What somebody asks for, with the token that is shown."""

    method: str
    path: str
    token: str
    body: Any


@dataclass(frozen=True)
class Answer:
    """What is answered; without a body it is nginx that answers."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class GitlabApi:
    """A GitLab that a test leads through its life."""

    tokens: dict[str, Token] = field(default_factory=dict)
    """Who gets in."""
    boot_answers: int = 0
    """How many requests nginx answers with 502 before GitLab is there."""
    token_after: int = 0
    """How many requests GitLab answers before it knows any token."""
    moved_to: str = ""
    """Address that everybody is sent to; nobody, if empty."""
    asked: list[str] = field(default_factory=list)
    """The paths asked for, in order."""
    url: str = ""

    def handle(self, request: Request) -> Answer:
        """Answer a request of any kind."""
        status, body = self.answer(request.path, request.token)
        return Answer(status, body, {"Location": self.moved_to} if self.moved_to else {})

    def answer(self, path: str, shown: str) -> tuple[int, Any]:
        """Return the status and the body of an answer to who shows a token."""
        self.asked.append(path)
        if self.moved_to:
            return 301, {}
        if len(self.asked) <= self.boot_answers:
            return 502, None
        token = self.tokens.get(shown)
        if token is None or len(self.asked) <= self.boot_answers + self.token_after:
            return 401, {"message": "401 Unauthorized"}
        return _refusal(token) or _content(path, token)

    @contextmanager
    def serving(self, *, port: int = 0, certificate: Path | None = None) -> Iterator[Self]:
        """Listen on this machine, with TLS if given a file with a certificate and its key."""
        server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        scheme = "http"
        if certificate is not None:
            scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        self.url = f"{scheme}://127.0.0.1:{server.server_port}"
        with serving(server):
            yield self


def _refusal(token: Token) -> tuple[int, Any] | None:
    if token.revoked:
        return 401, _error("invalid_token", "Token was revoked. You have to re-authorize.")
    if token.expires_at <= TODAY:
        return 401, _error("invalid_token", "Token is expired. You can do re-authorization.")
    if not _READING & set(token.scopes):
        return 403, _error("insufficient_scope", "The request requires higher privileges.")
    return None


def _content(path: str, token: Token) -> tuple[int, Any]:
    found = {
        "/api/v4/version": {"version": "19.3.0", "revision": "0123abc"},
        "/api/v4/user": {"id": 1, "username": "root", "state": "active"},
        "/api/v4/personal_access_tokens/self": {
            "id": 1,
            "revoked": token.revoked,
            "active": True,
            "scopes": list(token.scopes),
            "expires_at": token.expires_at.isoformat(),
        },
    }.get(path)
    return (404, {"error": "404 Not Found"}) if found is None else (200, found)


def _error(name: str, description: str) -> dict[str, str]:
    return {"error": name, "error_description": description}


def _handler(api: GitlabApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            shown = self.headers.get("PRIVATE-TOKEN") or self.headers.get(
                "Authorization", ""
            ).removeprefix("Bearer ")
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(sent) if sent else None
            answer = api.handle(Request(self.command, self.path, shown, body))
            content = _NOT_RESPONDING if answer.body is None else json.dumps(answer.body).encode()
            if answer.status == HTTPStatus.NO_CONTENT:
                content = b""
            self.send_response(answer.status)
            kind = "text/html" if answer.body is None else "application/json"
            for name, value in {"Content-Type": kind, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            # Who had no patience is gone.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 - their names

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    return Handler
