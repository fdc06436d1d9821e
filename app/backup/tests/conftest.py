"""What the tests of backups share: an application's databases, and a folder for their backups."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from app.conftest import DatabaseServer
from backup import restore, server
from backup.folder import Backups
from backup.manifest import Manifest
from backup.take import take
from service.database_settings import ServerSettings

Document = dict[str, Any]
_APP = Path(__file__).parents[2]


@dataclass(frozen=True)
class Place:
    """An application's databases and the folder of their backups."""

    address: DatabaseServer
    client: MongoClient[Document]
    databases: list[str]
    folder: Path

    @property
    def backups(self) -> Backups:
        """Return the backups."""
        return Backups(self.folder)

    @property
    def posts(self) -> Any:
        """Return the collection of posts."""
        return self.client[self.databases[1]]["posts"]

    @property
    def comments(self) -> Any:
        """Return the collection of comments."""
        return self.client[self.databases[0]]["comments"]

    def fill(self, posts: int = 3, comments: int = 5) -> None:
        """Add posts, comments and an index."""
        self.posts.insert_many([{"title": f"post {each}", "votes": each} for each in range(posts)])
        self.comments.insert_many([{"body": f"comment {each}"} for each in range(comments)])
        self.posts.create_index([("title", 1), ("votes", -1)], name="by_title", unique=True)

    def take(self) -> Manifest:
        """Take a backup."""
        return take(self.client, self.databases, self.backups, "1.2.3")

    def restore(self, *, replace: bool = False) -> Manifest:
        """Restore the newest backup."""
        return restore.restore(self.client, self.databases, self.backups, "newest", replace=replace)

    def content(self) -> dict[str, list[Document]]:
        """Return all documents of all collections, whatever they are called."""
        return {
            f"{database}.{name}": list(self.client[database][name].find(sort=[("_id", 1)]))
            for database in self.databases
            for name in sorted(self.client[database].list_collection_names())
        }

    def environ(self, **more: object) -> dict[str, str]:
        """Return the environment of a process that works with it."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(_APP),
            "BACKUP_DATABASE_HOST": self.address.host,
            "BACKUP_DATABASE_PORT": str(self.address.port),
            "BACKUP_DATABASES": ",".join(self.databases),
            "BACKUP_FOLDER": str(self.folder),
            "BACKUP_HEALTH_FILE": str(self.folder.parent / "healthy-until"),
            **{key: str(value) for key, value in more.items()},
        }

    def run(self, *arguments: str, **environ: object) -> subprocess.CompletedProcess[str]:
        """Run a command of the image to its end."""
        return run(["-m", "backup", *arguments], self.environ(**environ))


def run(arguments: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Python to its end."""
    return subprocess.run(  # noqa: S603 - the tests' own program
        [sys.executable, *arguments],
        cwd=_APP,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def _place(address: DatabaseServer, folder: Path) -> Iterator[Place]:
    name = uuid.uuid4().hex[:12]
    databases = [f"comments_{name}", f"posts_{name}"]
    folder.mkdir()
    with server.connected(ServerSettings(host=address.host, port=address.port)) as client:
        yield Place(address, client, databases, folder)
        for each in databases:
            client.drop_database(each)


@pytest.fixture
def place(database_server: DatabaseServer, tmp_path: Path) -> Iterator[Place]:
    """An application without data, and a folder without backups."""
    with _place(database_server, tmp_path / "backups") as made:
        yield made


@pytest.fixture(scope="module")
def shared_place(
    database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """One for the examples of a property, which leave it as they please."""
    with _place(database_server, tmp_path_factory.mktemp("shared") / "backups") as made:
        yield made
