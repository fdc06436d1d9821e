"""The health probe of the containers."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.conftest import free_port

_APP = Path(__file__).parents[2]


@contextmanager
def _answering(status: int, body: bytes) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def _probe(*arguments: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the probe itself
        [sys.executable, *options, "-m", "service.probe", *arguments],
        cwd=_APP,
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )


@pytest.mark.parametrize(
    ("status", "body", "exit_code"),
    [
        (200, b'{"status":1,"dependent_services":{"post":1},"version":"1"}', 0),
        (200, b'{"dependent_services": {}, "status": 1}', 0),
        (200, b'{"status":0,"dependent_services":{"post":1},"version":"1"}', 1),
        (200, b'{"status":10}', 1),
        (200, b"", 1),
        (503, b'{"status":1}', 1),
        (404, b'{"status":1}', 1),
        (302, b'{"status":1}', 1),
    ],
)
def test_only_200_with_status_1_is_healthy(status: int, body: bytes, exit_code: int) -> None:
    with _answering(status, body) as port:
        assert _probe(f"http://127.0.0.1:{port}/healthcheck").returncode == exit_code


def test_the_answer_of_an_unhealthy_service_is_shown() -> None:
    with _answering(503, b'{"status":0,"dependent_services":{"postdb":0}}') as port:
        assert '"postdb":0' in _probe(f"http://127.0.0.1:{port}/healthcheck").stdout


def test_a_service_that_does_not_listen_is_unhealthy() -> None:
    probed = _probe(f"http://127.0.0.1:{free_port()}/healthcheck")
    assert (probed.returncode, probed.stderr) == (1, "")
    assert "no answer" in probed.stdout


@pytest.mark.parametrize("arguments", [[], ["https://a:1/"], ["http://a/"], ["a", "b"]])
def test_other_arguments_are_refused_with_the_usage(arguments: list[str]) -> None:
    probed = _probe(*arguments)
    assert (probed.returncode, probed.stderr) == (2, "")
    assert "usage" in probed.stdout


def test_the_probe_starts_without_slow_modules() -> None:
    with _answering(200, b'{"status":1}') as port:
        probed = _probe(f"http://127.0.0.1:{port}/", options=("-S", "-X", "importtime"))
    loaded = {line.rpartition("|")[2].strip() for line in probed.stderr.splitlines()}
    assert probed.returncode == 0
    assert not loaded & {"socket", "re", "json", "http.client", "asyncio", "structlog"}
