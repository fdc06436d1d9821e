#!/usr/bin/env python3
"""Stands in for Miniflux and PostgreSQL, by the name that it is called with.

The database counts its callers in its volume; the page asks it and shows the number.
"""

import http.server
import os
import signal
import socket
import socketserver
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

_COUNT = Path("/var/lib/postgresql/data/count")
_TIMEOUT_SECONDS = 5


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer with how often the database was called, or that this page lives."""
        text = "OK" if self.path == "/healthcheck" else f"calls: {_ask()}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


class _Database(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Count the caller and tell it the number; whoever only knocks isn't one."""
        if not self.request.recv(1):
            return
        count = int(_COUNT.read_text()) + 1 if _COUNT.exists() else 1
        _COUNT.write_text(str(count))
        self.request.sendall(str(count).encode())


def _ask() -> str:
    host = urllib.parse.urlsplit(os.environ["DATABASE_URL"]).hostname
    with socket.create_connection((host, 5432), timeout=_TIMEOUT_SECONDS) as database:
        database.sendall(b"?")
        return database.recv(64).decode()


def _serve(server: Any) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve_forever()


match Path(sys.argv[0]).name, sys.argv[1:]:
    case "miniflux", ["-healthcheck", "auto"]:
        urllib.request.urlopen("http://127.0.0.1:8080/healthcheck", timeout=_TIMEOUT_SECONDS)
    case "pg_isready", _:
        socket.create_connection(("127.0.0.1", 5432), timeout=_TIMEOUT_SECONDS).close()
    case "miniflux", []:
        _serve(http.server.ThreadingHTTPServer(("", 8080), _Page))
    case "postgres", []:
        if not os.environ["POSTGRES_PASSWORD"]:
            sys.exit("no password")
        _serve(socketserver.TCPServer(("", 5432), _Database))
