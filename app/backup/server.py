"""The database server: connecting, and which of its collections are an application's data."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database

from backup.errors import BackupError
from service.database_settings import ServerSettings

NEW = "dockyard_new_"
"""Beginning of the name of a collection that a restore fills."""

OLD = "dockyard_old_"
"""Beginning of the name of a collection that a restore has replaced, until it has ended well."""

Client = MongoClient[dict[str, Any]]

_FIND_SERVER_SECONDS = 10
_OPERATION_SECONDS = 600
_SYSTEM = "system."


@contextmanager
def connected(settings: ServerSettings) -> Iterator[Client]:
    """Provide a client; the server is looked for when it is first used."""
    with MongoClient[dict[str, Any]](
        **settings.client_arguments(
            find_server_seconds=_FIND_SERVER_SECONDS, operation_seconds=_OPERATION_SECONDS
        ),
    ) as client:
        yield client


def specifications(database: Database[dict[str, Any]], prefix: str = "") -> dict[str, Any]:
    """Return the collections of a database and their options, by name.

    Args:
        database: the database.
        prefix: ``NEW`` or ``OLD`` for those of a restore, without it in their names; empty for the
            application's own.
    """
    others = () if prefix else (NEW, OLD, _SYSTEM)
    return {
        each["name"].removeprefix(prefix): each.get("options", {})
        for each in database.list_collections()
        if each["name"].startswith(prefix)
        and not each["name"].startswith(others)
        and each.get("type", "collection") == "collection"
    }


def counts(client: Client, databases: Iterable[str]) -> dict[str, int]:
    """Return how many documents each of the application's collections has, by its full name."""
    return {
        f"{database}.{name}": client[database][name].count_documents({})
        for database in databases
        for name in sorted(specifications(client[database]))
    }


def put_aside(client: Client, databases: Iterable[str]) -> list[str]:
    """Return the collections that an interrupted restore has put aside, by their full names."""
    return [
        f"{database}.{OLD}{name}"
        for database in databases
        for name in specifications(client[database], OLD)
    ]


def refuse_half_restored(client: Client, databases: Iterable[str]) -> None:
    """Refuse to go on where a restore was interrupted while it put the new data in place.

    Raises:
        BackupError: it was.
    """
    if left := put_aside(client, databases):
        raise BackupError(
            "a restore was interrupted while it put its data in place; what was there before is in "
            f"{', '.join(left)}. Restore again, with --replace"
        )


def indexes(collection: Collection[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a collection's indexes as the server describes them, in order of their names."""
    described = (dict(each) for each in collection.list_indexes())
    return sorted(described, key=lambda each: str(each["name"]))
