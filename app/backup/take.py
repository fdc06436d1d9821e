"""Taking a backup."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bson import json_util

from backup import check, documents, manifest, server
from backup.folder import Backups
from backup.manifest import Manifest, Record
from backup.server import Client


def take(client: Client, databases: Sequence[str], backups: Backups, version: str) -> Manifest:
    """Take a backup of databases, one after the other in the order given.

    Each document is whole, and in the state of some moment between beginning and end.

    Raises:
        BackupError: a restore was interrupted, or what was written can't be read again.
        OSError: the disk is full or fails. Earlier backups stay as they are.
        PyMongoError: the server doesn't answer, or refuses.
    """
    with backups.locked():
        server.refuse_half_restored(client, databases)
        with backups.new() as (began, folder):
            taken = Manifest(
                taken_at=began,
                version=version,
                server=str(client.server_info()["version"]),
                databases=list(databases),
                collections=[
                    _take_collection(client, folder, database, name, options)
                    for database in databases
                    for name, options in server.specifications(client[database]).items()
                ],
            )
            _write(folder / manifest.FILE, taken.dump().encode())
            check.files(folder)
    return taken


def _take_collection(
    client: Client, folder: Path, database: str, name: str, options: dict[str, Any]
) -> Record:
    collection = client[database][name]
    file = folder / manifest.documents_file(database, name)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    with file.open("xb") as stream:
        summary = documents.written(documents.in_collection(collection), stream)
    metadata = json_util.dumps(
        {
            "collectionName": name,
            "indexes": server.indexes(collection),
            "options": options,
            "type": "collection",
        },
        json_options=json_util.CANONICAL_JSON_OPTIONS,
    ).encode()
    _write(folder / manifest.metadata_file(database, name), metadata)
    return Record(
        database=database,
        collection=name,
        metadata_sha256=hashlib.sha256(metadata).hexdigest(),
        **vars(summary),
    )


def _write(file: Path, content: bytes) -> None:
    with file.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
