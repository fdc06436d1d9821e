"""A git server of the tests' own, on this machine: HTTPS before git's own http-backend."""

import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.gitlab_api.certificate import self_signed
from tests.serving import serving

ADDRESS = "127.0.0.1"
# The CLI names a plugin's folder after the server, and no virtualenv can be made where a colon
# and a port are in the way.
_PORT = 443


class _Server(ThreadingHTTPServer):
    root: Path


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _pass_on(self) -> None:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length", 0))
        done = subprocess.run(
            ["git", "http-backend"],  # noqa: S607
            input=self.rfile.read(length),
            env={
                **os.environ,
                "GIT_PROJECT_ROOT": str(self.server.root),
                "GIT_HTTP_EXPORT_ALL": "yes",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(length),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            },
            capture_output=True,
            check=True,
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def git_server(root: Path, folder: Path) -> Iterator[Path]:
    """Serve the repositories below a folder until the block ends.

    Needs root, as everything on a port below 1024 does.

    Args:
        root: folder with the repositories.
        folder: an empty one, for the server's certificate.

    Yields:
        a folder with the certificates that a client has to trust.
    """
    identity = self_signed(folder)
    trusted = folder / "trusted"
    trusted.mkdir()
    (folder / "cert.pem").rename(trusted / "cert.pem")
    server = _Server((ADDRESS, _PORT), _Handler)
    server.root = root
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield trusted
