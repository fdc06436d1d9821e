"""The manifest: what a backup holds, so that nothing in it can change unseen."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Self
from urllib.parse import quote

from backup.documents import Summary
from backup.errors import BrokenBackupError

FILE = "manifest.json"
_FORMAT = 1
_HASH = "sha256"


@dataclass(frozen=True, kw_only=True)
class Record:
    """A collection in a backup."""

    database: str
    collection: str
    documents: int
    size_bytes: int
    sha256: str
    metadata_sha256: str
    """Of the file that holds its options and its indexes."""

    @property
    def name(self) -> str:
        """Return its full name, as MongoDB writes it."""
        return f"{self.database}.{self.collection}"

    @property
    def summary(self) -> Summary:
        """Return what its documents amount to."""
        return Summary(documents=self.documents, size_bytes=self.size_bytes, sha256=self.sha256)

    @property
    def documents_file(self) -> PurePosixPath:
        """Return the path of its documents in the backup, as mongodump names it."""
        return documents_file(self.database, self.collection)

    @property
    def metadata_file(self) -> PurePosixPath:
        """Return the path of its options and indexes in the backup, as mongodump names it."""
        return metadata_file(self.database, self.collection)


def documents_file(database: str, collection: str) -> PurePosixPath:
    """Return where a collection's documents are in a backup."""
    return PurePosixPath(database, f"{quote(collection, safe='')}.bson")


def metadata_file(database: str, collection: str) -> PurePosixPath:
    """Return where a collection's options and indexes are in a backup."""
    return PurePosixPath(database, f"{quote(collection, safe='')}.metadata.json")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup holds."""

    taken_at: datetime
    """When it was begun, UTC, to the second."""
    version: str
    """Version of what took it."""
    server: str
    """Version that the database server gave of itself."""
    databases: list[str]
    collections: list[Record]

    @property
    def documents(self) -> int:
        """Return how many documents it holds."""
        return sum(each.documents for each in self.collections)

    def dump(self) -> str:
        """Return it as text, with a hash of itself."""
        values = {**dataclasses.asdict(self), "format": _FORMAT}
        values["taken_at"] = self.taken_at.isoformat()
        values[_HASH] = _hash(values)
        return json.dumps(values, indent=2, sort_keys=True) + "\n"

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the manifest of a backup.

        Raises:
            BrokenBackupError: there is none, or it isn't as it was written.
        """
        file = folder / FILE
        try:
            values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            claimed = values.pop(_HASH)
        except (OSError, ValueError, KeyError, AttributeError):
            raise BrokenBackupError(f"{file} is missing or broken; use another backup") from None
        if claimed != _hash(values):
            raise BrokenBackupError(f"{file} has changed since it was written; use another backup")
        if (found := values.pop("format")) != _FORMAT:
            raise BrokenBackupError(f"{file} has format {found}, and this reads {_FORMAT} alone")
        return cls(
            taken_at=datetime.fromisoformat(values.pop("taken_at")).astimezone(UTC),
            collections=[Record(**each) for each in values.pop("collections")],
            **values,
        )


def _hash(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
