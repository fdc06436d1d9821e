"""Restoring a backup: beside what is there first, and in its place once it is known to be whole.

FerretDB can't rename a collection over another one. So what was there is put aside, what was
restored takes its place, and only then does the old go. A restore that is cut off in between is
noticed by the next one, and by the next backup.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bson import json_util
from bson.raw_bson import RawBSONDocument

from backup import check, documents, server
from backup.errors import BackupError, RefusedError
from backup.folder import Backups
from backup.manifest import Manifest, Record
from backup.server import NEW, OLD, Client

_BATCH_DOCUMENTS = 1000
_BATCH_BYTES = 8 << 20
# What describes an index, and isn't part of asking for one.
_DESCRIPTION = frozenset({"v", "ns"})
_REHEARSAL = "dockyard_drill_"


def restore(
    client: Client, databases: Sequence[str], backups: Backups, name: str, *, replace: bool
) -> Manifest:
    """Make databases what they were when a backup was taken.

    Interrupted, it can be repeated. Until everything is loaded and compared, what was there stays
    untouched.

    Args:
        client: a client of the server.
        databases: the application's databases.
        backups: all backups.
        name: the backup's name, or ``newest``.
        replace: whether documents that are there may go.

    Raises:
        BrokenBackupError: the backup is broken; nothing was touched.
        RefusedError: there are documents already, and ``replace`` is false; nothing was touched.
        BackupError: the data in place isn't that of the backup; it says what to do.
        PyMongoError: the server doesn't answer, or refuses.
    """
    with backups.locked():
        folder = backups.path(name)
        manifest = check.files(folder)
        if sorted(manifest.databases) != sorted(databases):
            has, wants = ", ".join(manifest.databases), ", ".join(databases)
            raise BackupError(f"the backup holds {has}, and this application has {wants}")
        if not replace:
            server.refuse_half_restored(client, databases)
            _refuse_to_lose(client, databases)
        _forget(client, databases, NEW)
        for record in manifest.collections:
            _load(client, folder, record, prefix=NEW)
        check.database(client, manifest, prefix=NEW)
        _put_in_place(client, manifest)
        _compare_before_the_old_goes(client, manifest)
        _forget(client, databases, OLD)
    return manifest


def rehearse(client: Client, backups: Backups, name: str) -> Manifest:
    """Restore a backup into throw-away databases of the same server, compare, and remove them.

    Raises:
        BackupError: what was restored isn't what was backed up.
        PyMongoError: the server doesn't answer, or refuses.
    """
    with backups.locked():
        folder = backups.path(name)
        manifest = check.files(folder)
        scratch = [f"{_REHEARSAL}{each}" for each in manifest.databases]
        try:
            for each in scratch:
                client.drop_database(each)
            for record in manifest.collections:
                _load(client, folder, record, rename=_REHEARSAL)
            check.database(client, manifest, rename=_REHEARSAL)
        finally:
            for each in scratch:
                client.drop_database(each)
    return manifest


def _refuse_to_lose(client: Client, databases: Sequence[str]) -> None:
    found = {name: count for name, count in server.counts(client, databases).items() if count}
    if found:
        listed = ", ".join(f"{count} in {name}" for name, count in found.items())
        raise RefusedError(
            f"there are documents that would be lost: {listed}. Nothing was touched; --replace "
            "lets them go"
        )


def _load(
    client: Client, folder: Path, record: Record, *, prefix: str = "", rename: str = ""
) -> None:
    metadata = json_util.loads((folder / record.metadata_file).read_text(encoding="utf-8"))
    database = client[f"{rename}{record.database}"]
    name = f"{prefix}{record.collection}"
    database.create_collection(name, **metadata["options"])
    target = documents.raw(database[name])
    for batch in _batches(folder / record.documents_file):
        target.insert_many(batch)
    wanted = [
        {key: value for key, value in index.items() if key not in _DESCRIPTION}
        for index in metadata["indexes"]
        if index["name"] != "_id_"
    ]
    if wanted:
        database.command("createIndexes", name, indexes=wanted)


def _batches(file: Path) -> Iterator[list[RawBSONDocument]]:
    batch: list[RawBSONDocument] = []
    size = 0
    with file.open("rb") as stream:
        for document in documents.in_file(stream):
            batch.append(RawBSONDocument(document))
            size += len(document)
            if len(batch) == _BATCH_DOCUMENTS or size >= _BATCH_BYTES:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


def _put_in_place(client: Client, manifest: Manifest) -> None:
    for name in manifest.databases:
        database = client[name]
        # Of a restore that was cut off here: the older one is the data that was there before.
        aside = server.specifications(database, OLD)
        for collection in server.specifications(database):
            if collection in aside:
                database.drop_collection(collection)
            else:
                database[collection].rename(f"{OLD}{collection}")
        for collection in server.specifications(database, NEW):
            database[f"{NEW}{collection}"].rename(collection)


def _compare_before_the_old_goes(client: Client, manifest: Manifest) -> None:
    try:
        check.database(client, manifest)
    except BackupError as error:
        raise BackupError(
            f"{error}. Somebody writes meanwhile: stop that and restore again, with --replace. "
            f"What was there before is kept in collections named {OLD}…"
        ) from None


def _forget(client: Client, databases: Sequence[str], prefix: str) -> None:
    for name in databases:
        for collection in server.specifications(client[name], prefix):
            client[name].drop_collection(f"{prefix}{collection}")
