"""Comparing a backup with its manifest, and a database with a backup."""

import hashlib
from pathlib import Path

from backup import documents, server
from backup.documents import Summary
from backup.errors import BackupError, BrokenBackupError
from backup.manifest import FILE, Manifest
from backup.server import Client


def files(folder: Path) -> Manifest:
    """Read a whole backup and return its manifest.

    Raises:
        BrokenBackupError: a file is missing, too many, or not as it was written.
    """
    manifest = Manifest.read(folder)
    expected = {FILE}
    for record in manifest.collections:
        expected |= {str(record.documents_file), str(record.metadata_file)}
    found = {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
    if found != expected:
        names = ", ".join(sorted(found ^ expected))
        raise BrokenBackupError(f"{folder}: missing or not its own: {names}; use another backup")
    for record in manifest.collections:
        with (folder / record.documents_file).open("rb") as stream:
            _same(folder, record.name, documents.summary(documents.in_file(stream)), record.summary)
        metadata = (folder / record.metadata_file).read_bytes()
        _same(
            folder,
            f"{record.name}'s indexes",
            hashlib.sha256(metadata).hexdigest(),
            record.metadata_sha256,
        )
    return manifest


def _same(folder: Path, what: str, found: object, expected: object) -> None:
    if found != expected:
        raise BrokenBackupError(
            f"{folder}: {what} has changed since it was written; use another backup"
        )


def database(client: Client, manifest: Manifest, *, prefix: str = "", rename: str = "") -> None:
    """Compare databases with what a backup holds of them, document by document.

    Args:
        client: a client of the server.
        manifest: what the backup holds.
        prefix: beginning of the names of the collections to compare.
        rename: beginning of the names of the databases to compare.

    Raises:
        BackupError: a collection is missing, or another document is there than in the backup.
    """
    for record in manifest.collections:
        collection = client[f"{rename}{record.database}"][f"{prefix}{record.collection}"]
        found = documents.summary(documents.in_collection(collection))
        if found != record.summary:
            raise BackupError(f"{record.name}: {_difference(found, record.summary)}")
    for name in manifest.databases:
        kept = {each.collection for each in manifest.collections if each.database == name}
        more = server.specifications(client[f"{rename}{name}"], prefix).keys() - kept
        if more:
            raise BackupError(f"{name} has {', '.join(sorted(more))}, and the backup has not")


def _difference(found: Summary, expected: Summary) -> str:
    if found.documents != expected.documents:
        return f"{found.documents} documents, and {expected.documents} in the backup"
    return f"{found.documents} documents as in the backup, but not the same"
