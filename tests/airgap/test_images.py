"""The database and the base image, as programs and as containers."""
# ruff: noqa: S603, S607, S108 - it runs programs, which it names itself

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pymongo
import pymongo.errors
import pytest

from airgap import database
from tests.airgap.conftest import CLONE

FERRETDB = CLONE.bin / "ferretdb"
_SECONDS = 10


class Server:
    """A FerretDB process on a port and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.environment = {
            "FERRETDB_LISTEN_ADDR": self.address,
            "FERRETDB_SQLITE_URL": f"file:{folder}/",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen([FERRETDB], env=self.environment)
        deadline = time.monotonic() + _SECONDS
        while self.ping().returncode != 0:
            assert time.monotonic() < deadline, "it never answered"
            time.sleep(0.02)

    def ping(self) -> subprocess.CompletedProcess[str]:
        """Run the health check."""
        return subprocess.run(
            [FERRETDB, "ping"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )

    def end(self, number: signal.Signals) -> int:
        """Send a signal; return the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(_SECONDS)

    def client(self) -> pymongo.MongoClient[dict[str, object]]:
        """Return a client."""
        return _client(self.address)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that runs."""
    running = Server(tmp_path)
    running.start()
    yield running
    assert running.process is not None
    running.process.kill()
    running.process.wait()


def test_ping_succeeds_only_while_the_server_answers(server: Server) -> None:
    assert server.ping().returncode == 0
    server.end(signal.SIGKILL)
    done = server.ping()
    assert done.returncode == 1
    assert "connection refused" in done.stderr


def test_ping_is_not_fooled_by_another_server(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        server.environment["FERRETDB_LISTEN_ADDR"] = f"127.0.0.1:{other.getsockname()[1]}"
        with subprocess.Popen(
            [FERRETDB, "ping"], env=server.environment, stderr=subprocess.PIPE
        ) as ping:
            connection, _ = other.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                assert ping.wait(_SECONDS) == 1


def test_no_acknowledged_write_is_lost_when_the_server_is_killed(server: Server) -> None:
    acknowledged: list[int] = []
    with ThreadPoolExecutor() as pool, closing(server.client()) as client:
        writers = [pool.submit(_write, client, n, acknowledged) for n in range(4)]
        while len(acknowledged) < 500:
            assert not any(writer.done() for writer in writers)
            time.sleep(0.01)
        server.end(signal.SIGKILL)
    server.start()
    with closing(server.client()) as client:
        kept = {document["_id"] for document in client.trial.items.find()}
    assert set(acknowledged) <= kept


def _write(
    client: pymongo.MongoClient[dict[str, object]], first: int, acknowledged: list[int]
) -> None:
    with contextlib.suppress(pymongo.errors.PyMongoError):
        for number in itertools.count(first, 4):
            client.trial.items.insert_one({"_id": number})
            acknowledged.append(number)


def test_it_ends_well_and_soon_though_a_client_stays_connected(server: Server) -> None:
    with closing(server.client()) as client:
        client.trial.items.insert_one({"_id": 1})
        began = time.monotonic()
        assert server.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FERRETDB_HANDLER", "postgresql"),
        ("FERRETDB_LISTEN_ADDR", "27017"),
        ("FERRETDB_LOG_LEVEL", "loud"),
        ("FERRETDB_SQLITE_URL", "file:/nowhere/"),
    ],
)
def test_a_setting_it_cannot_follow_is_refused(variable: str, value: str) -> None:
    done = subprocess.run(
        [FERRETDB],
        env={variable: value},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert variable in done.stderr or value.removeprefix("file:") in done.stderr


@pytest.fixture
def name() -> Iterator[str]:
    """A name for a container and a volume that are gone afterwards."""
    unique = f"dy-airgap-{uuid.uuid4().hex[:8]}"
    yield unique
    _docker("rm", "--force", "--volumes", unique, check=False)
    _docker("volume", "rm", "--force", unique, check=False)


def test_the_databases_image_runs_locked_down_and_keeps_its_data(name: str) -> None:
    for round_number in range(2):
        _docker(
            *("run", "--detach", "--name", name, "--read-only", "--tmpfs", "/tmp"),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--volume", f"{name}:/state", "--publish", "127.0.0.1::27017", database.IMAGE),
        )
        _wait_until_healthy(name)
        address = _docker("port", name, "27017")
        with closing(_client(address)) as client:
            assert client.trial.items.count_documents({}) == round_number
            client.trial.items.insert_one({"_id": round_number})
        _docker("kill", name)
        _docker("rm", name)


def test_the_base_image_has_what_the_dockerfiles_count_on() -> None:
    script = (
        "set -e; python3 -m pip --version >&2; echo x >/tmp/x; mkdir /tmp/d; rm -r /tmp/d;"
        " test -s /etc/ssl/certs/ca-certificates.crt;"
        " python3 -c 'import bz2, ctypes, lzma, sqlite3, ssl, sys, uuid, zoneinfo;"
        ' assert ssl.create_default_context().cert_store_stats()["x509_ca"] > 10;'
        " print(*sys.version_info[:2])'"
    )
    hardened = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--user", "10001:10001")
    image = CLONE.base_image.read_text().strip()
    said = _docker("run", "--rm", "--network", "none", *hardened, image, "sh", "-c", script)
    assert said == "3 13"


def _client(address: str) -> pymongo.MongoClient[dict[str, object]]:
    return pymongo.MongoClient(
        f"mongodb://{address}/", directConnection=True, serverSelectionTimeoutMS=2000
    )


def _wait_until_healthy(name: str) -> None:
    deadline = time.monotonic() + _SECONDS
    while _docker("inspect", "--format", "{{.State.Health.Status}}", name) != "healthy":
        assert time.monotonic() < deadline, _docker("logs", name)
        time.sleep(0.1)


def _docker(*arguments: str, check: bool = True) -> str:
    done = subprocess.run(
        ["docker", *arguments], env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 or not check, done.stderr
    return done.stdout.strip()
