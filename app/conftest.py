"""What the services' tests share: a real database server, and the services as real processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pymongo
import pytest

_APP = Path(__file__).parent
# Inside the images the services are top-level packages.
sys.path.insert(0, str(_APP))

_FERRETDB = Path(os.environ.get("DOCKYARD_FERRETDB", _APP.parent / ".dockyard/bin/ferretdb"))
_WAIT_SECONDS = 20

USER = "dockyard"
SECRET = "s3cret"  # noqa: S105 - of the tests' own server
"""The part of the password that no encoding changes, to search for."""
PASSWORD = f"p@:/%41?#&=\"' ${SECRET}"
"""Every character that a URI, a shell or a log could mistake for its own."""


def free_port() -> int:
    """Return a port that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Process:
    """A program started for a test, and what it printed."""

    def __init__(
        self, command: list[str], environ: Mapping[str, str], log: Path, folder: Path = _APP
    ) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the tests' own programs
                command,
                cwd=folder,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), **environ},
                stdout=output,
                stderr=output,
            )

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end and return the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            return self._process.wait(15)
        finally:
            self._process.kill()

    @property
    def has_ended(self) -> bool:
        """Whether the program is gone."""
        return self._process.poll() is not None

    def output(self) -> str:
        """Return everything printed so far."""
        return self._log.read_text()

    def logged(self) -> list[dict[str, Any]]:
        """Return the log, a dictionary for each line."""
        return [json.loads(line) for line in self.output().splitlines()]


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Wait until something has happened, but not for ever."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail(what)
        time.sleep(0.02)


def wait_for_port(port: int, process: Process) -> None:
    """Wait until a process listens."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline and not process.has_ended:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail(f"nothing listens at port {port}; the program printed:\n{process.output()}")


class Database:
    """A FerretDB server that a test may stop and start.

    Args:
        folder: Where its data goes.
        user: The user, by name and password, that it lets in; everybody unless given.
    """

    def __init__(self, folder: Path, user: tuple[str, str] | None = None) -> None:
        if not _FERRETDB.is_file():
            pytest.fail(
                f"{_FERRETDB} isn't there: run 'python3 -m airgap setup', or name a FerretDB "
                "binary in DOCKYARD_FERRETDB or a server in MONGODB_URL"
            )
        self.port = free_port()
        self._folder = folder
        self._environ = {}
        if user:
            self._environ = {
                "FERRETDB_TEST_ENABLE_NEW_AUTH": "true",
                "FERRETDB_SETUP_USERNAME": user[0],
                "FERRETDB_SETUP_PASSWORD": user[1],
            }
        self._process: Process | None = None

    def start(self) -> None:
        """Start the server with the data that it had."""
        environ = {
            **self._environ,
            "FERRETDB_HANDLER": "sqlite",
            "FERRETDB_LISTEN_ADDR": f"127.0.0.1:{self.port}",
            "FERRETDB_SQLITE_URL": f"file:{self._folder}/",
        }
        self._process = Process([str(_FERRETDB)], environ, self._folder / "server.log")
        wait_for_port(self.port, self._process)

    def stop(self) -> None:
        """Stop the server."""
        if self._process:
            self._process.stop()


@dataclass
class Collector:
    """What stands where a Zipkin server would: keeps the spans that it is sent."""

    port: int
    status: int = 202
    seconds: float = 0
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    spans: list[dict[str, Any]] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str | int]:
        """What makes a service report to it."""
        return {"ZIPKIN_ENABLED": "true", "ZIPKIN_HOST": "127.0.0.1", "ZIPKIN_PORT": self.port}


@dataclass(frozen=True)
class Running:
    """A service that runs, and a client for it."""

    process: Process
    client: httpx2.Client
    port: int


Start = Callable[..., Running]


@dataclass(frozen=True)
class DatabaseServer:
    """Where a database server is."""

    host: str
    port: int

    def environ(self, service: str) -> dict[str, str | int]:
        """Return what makes a service use it: post or comment."""
        variable = f"{service.upper()}_DATABASE"
        return {f"{variable}_HOST": self.host, f"{variable}_PORT": self.port}

    def url(self, name: str) -> str:
        """Return the URL of a database on it."""
        return f"mongodb://{self.host}:{self.port}/{name}"

    @contextmanager
    def client(self) -> Iterator[pymongo.MongoClient[dict[str, object]]]:
        """Provide a client of its own."""
        with pymongo.MongoClient[dict[str, object]](self.host, self.port) as client:
            yield client


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """Return a database server that all tests share: the one at MONGODB_URL, or one of ours."""
    given = urlsplit(os.environ.get("MONGODB_URL", ""))
    if given.hostname:
        yield DatabaseServer(given.hostname, given.port or 27017)
        return
    database = Database(tmp_path_factory.mktemp("database"))
    database.start()
    yield DatabaseServer("127.0.0.1", database.port)
    database.stop()


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[Database]:
    """Return a database server of the test's own, not yet started."""
    folder = tmp_path / "own_database"
    folder.mkdir()
    database = Database(folder)
    yield database
    database.stop()


@pytest.fixture
def locked_database(tmp_path: Path) -> Iterator[Database]:
    """Return a database server, started, that lets in USER with PASSWORD alone."""
    folder = tmp_path / "locked_database"
    folder.mkdir()
    database = Database(folder, (USER, PASSWORD))
    database.start()
    yield database
    database.stop()


@pytest.fixture
def database_name() -> str:
    """Return a name that no other test uses."""
    return f"test_{uuid.uuid4().hex}"


@contextmanager
def collecting(port: int = 0) -> Iterator[Collector]:
    """Run a collector of spans while the block runs, at any port unless one is given."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(kept.seconds)
            kept.requests.append((self.path, self.headers["Content-Type"]))
            kept.spans.extend(json.loads(body))
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    kept = Collector(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Return a collector of spans."""
    with collecting() as started:
        yield started


@contextmanager
def _starter(folder: Path) -> Iterator[Start]:
    started: list[Running] = []

    def start_service(service: str, **environ: str | int) -> Running:
        port = int(environ.get("PORT") or free_port())
        process = Process(
            [sys.executable, "-m", service],
            {**{key: str(value) for key, value in environ.items()}, "PORT": str(port)},
            folder / f"{service}-{port}.log",
        )
        client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=15, trust_env=False)
        running = Running(process, client, port)
        started.append(running)
        wait_for_port(port, process)
        return running

    try:
        yield start_service
    finally:
        for running in started:
            running.client.close()
            running.process.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a service as a process, for one test: its name, and the environment that it gets."""
    with _starter(tmp_path) as starter:
        yield starter


@pytest.fixture(scope="module")
def start_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start a service as ``start`` does, for all tests of a module."""
    with _starter(tmp_path_factory.mktemp("services")) as starter:
        yield starter
