"""Trying the internet, against a server of our own."""

import hashlib
import http.server
import io
import socket
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from airgap import downloads, pulumi_cli
from airgap.commands import SetupError
from airgap.layout import Layout
from airgap.parts import Kind, Part
from airgap.session import Session


class Site(http.server.ThreadingHTTPServer):
    """Serves what is in ``files``; answers 401 below /v2/, 404 elsewhere."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        content = self.server.files.get(self.path)
        missing = 401 if self.path.startswith("/v2/") else 404
        self.send_response(200 if content is not None else missing)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content or b"")

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server."""
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_is_there_has_no_obstacle(site: Site) -> None:
    site.files["/a"] = b"1"
    assert downloads.obstacle(f"{site.url}/a") == ""
    assert downloads.obstacle(f"{site.url}/v2/") == ""


def test_what_is_not_there_is_an_obstacle_with_its_reason(site: Site) -> None:
    assert downloads.obstacle(f"{site.url}/b") == f"{site.url}/b: HTTP 404"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        assert "refused" in downloads.obstacle(closed)
    assert "example.invalid" in downloads.obstacle("https://example.invalid/")


def test_a_server_that_never_answers_costs_no_more_than_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads, "_CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        reason = downloads.obstacle(f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert "no answer within 0.2 s" in reason or "timed out" in reason


def test_a_download_whose_content_is_another_is_refused_and_removed(
    site: Site, tmp_path: Path
) -> None:
    site.files["/a"] = b"tampered"
    published = hashlib.sha256(b"original").hexdigest()
    with pytest.raises(SetupError, match=published):
        downloads.fetch(f"{site.url}/a", tmp_path / "a", sha256=published)
    assert not (tmp_path / "a").exists()


def test_the_release_of_pulumi_is_installed_with_its_language_host(
    site: Site, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = _release(site, layout, monkeypatch)
    record = pulumi_cli.ensure(session)
    assert record.kind is Kind.REAL
    assert (layout.bin / "pulumi").read_bytes() == b"the cli"
    session.records[Part.PULUMI] = record
    assert pulumi_cli.pending(session) == ""
    assert pulumi_cli.ensure_host(session).where == str(layout.bin / "pulumi-language-python")
    assert (layout.bin / "pulumi-language-python").read_bytes() == b"the host"


def test_a_release_that_does_not_match_its_checksum_installs_nothing(
    site: Site, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = _release(site, layout, monkeypatch)
    (archive,) = [name for name in site.files if name.endswith(".tar.gz")]
    site.files[archive] += b"\0"
    with pytest.raises(SetupError, match="nothing was installed"):
        pulumi_cli.ensure(session)
    assert not list(layout.bin.iterdir())


def _release(site: Site, layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Publish a release on the site, and forget any Pulumi that this machine has."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in (("pulumi", b"the cli"), ("pulumi-language-python", b"the host")):
            entry = tarfile.TarInfo(f"pulumi/{name}")
            entry.size = len(content)
            entry.mode = 0o755
            tar.addfile(entry, io.BytesIO(content))
    version = pulumi_cli.VERSION
    archive = f"pulumi-v{version}-linux-x64.tar.gz"
    checksum = hashlib.sha256(packed.getvalue()).hexdigest()
    site.files[f"/{archive}"] = packed.getvalue()
    site.files[f"/pulumi-{version}-checksums.txt"] = f"{checksum}  {archive}\n".encode()
    monkeypatch.setattr(pulumi_cli, "_RELEASES", site.url)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setenv("PATH", "/nonexistent")
    layout.folder.mkdir()
    return Session(layout)
