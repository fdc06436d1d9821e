"""Restoring: all or nothing, and never unasked over what is there."""

import re
from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from backup import check, restore
from backup.errors import BackupError, RefusedError
from backup.tests.conftest import Document, Place


def _all_documents(place: Place) -> set[str]:
    """Return every document, whatever the collection that it is in."""
    return {str(each) for found in place.content().values() for each in found}


def test_documents_that_are_there_are_not_replaced_unasked(place: Place) -> None:
    place.fill()
    place.take()
    place.posts.insert_one({"title": "later"})
    before = place.content()
    with pytest.raises(RefusedError, match=re.escape(f"4 in {place.databases[1]}.posts")):
        place.restore()
    assert place.content() == before


def test_empty_collections_are_no_data(place: Place) -> None:
    place.fill()
    before = place.content()
    place.take()
    place.posts.delete_many({})
    place.comments.delete_many({})
    place.restore()
    assert place.content() == before


def test_replacing_brings_back_exactly_what_was_there(place: Place) -> None:
    place.fill()
    before, indexes = place.content(), place.posts.index_information()
    place.take()
    place.posts.delete_one({"title": "post 1"})
    place.posts.update_one({"title": "post 2"}, {"$set": {"votes": 99}})
    place.posts.drop_index("by_title")
    place.client[place.databases[0]]["others"].insert_one({"new": True})
    place.restore(replace=True)
    assert place.content() == before
    assert place.posts.index_information() == indexes


@pytest.mark.parametrize("method", ["rename", "insert_many"])
@pytest.mark.parametrize("works", range(4))
def test_an_interrupted_restore_loses_nothing_and_can_be_repeated(
    place: Place, monkeypatch: pytest.MonkeyPatch, method: str, works: int
) -> None:
    place.fill()
    backed_up = place.content()
    place.take()
    place.posts.insert_one({"title": "later"})
    before = _all_documents(place)
    original = getattr(Collection, method)
    calls = iter(range(works))

    def failing(self: Collection[Document], *arguments: Any, **options: Any) -> Any:
        if next(calls, None) is None:
            raise PyMongoError("the power went")
        return original(self, *arguments, **options)

    with monkeypatch.context() as broken:
        broken.setattr(Collection, method, failing)
        if method == "insert_many" and works > 1:
            # Two collections, two batches.
            place.restore(replace=True)
            return
        with pytest.raises(PyMongoError, match="the power went"):
            place.restore(replace=True)
    assert before <= _all_documents(place)
    if method == "rename" and works > 0:
        with pytest.raises(BackupError, match="a restore was interrupted"):
            place.take()
        with pytest.raises(BackupError, match="Restore again, with --replace"):
            place.restore()
    place.restore(replace=True)
    assert place.content() == backed_up
    place.take()


def test_a_restore_that_somebody_writes_into_keeps_the_old(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.fill()
    place.take()
    place.posts.insert_one({"title": "later"})
    before = _all_documents(place)
    original = check.database

    def written_meanwhile(*arguments: Any, **options: Any) -> None:
        if not options:
            place.posts.insert_one({"title": "meanwhile"})
        original(*arguments, **options)

    with monkeypatch.context() as busy:
        busy.setattr(check, "database", written_meanwhile)
        with pytest.raises(BackupError, match=r"4 documents, and 3 in the backup\. Somebody"):
            place.restore(replace=True)
    assert before <= _all_documents(place)


def test_a_backup_of_other_databases_is_refused(place: Place) -> None:
    place.fill()
    place.take()
    before = place.content()
    with pytest.raises(BackupError, match="and this application has users"):
        restore.restore(place.client, ["users"], place.backups, "newest", replace=True)
    assert place.content() == before


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (lambda posts: posts.delete_one({"title": "post 1"}), "2 documents, and 3 in the backup"),
        (
            lambda posts: posts.update_one({"title": "post 1"}, {"$inc": {"votes": 1}}),
            "3 documents as in the backup, but not the same",
        ),
        (lambda posts: posts.database["others"].insert_one({}), "has others, and the backup"),
    ],
)
def test_a_database_that_differs_from_its_backup_is_found_out(
    place: Place, change: Any, difference: str
) -> None:
    place.fill()
    manifest = place.take()
    check.database(place.client, manifest)
    change(place.posts)
    with pytest.raises(BackupError, match=difference):
        check.database(place.client, manifest)


def test_a_rehearsal_leaves_everything_as_it_was(place: Place) -> None:
    place.fill()
    place.take()
    before, databases = place.content(), set(place.client.list_database_names())
    assert restore.rehearse(place.client, place.backups, "newest").documents == 8
    assert place.content() == before
    # Others come and go on the same server.
    new = set(place.client.list_database_names()) - databases
    assert not [each for each in new if place.databases[1] in each]


def test_a_rehearsal_fails_where_documents_do_not_come_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.fill()
    place.take()
    original = Collection.insert_many
    monkeypatch.setattr(
        Collection,
        "insert_many",
        lambda self, batch, **options: original(self, batch[1:], **options),
    )
    with pytest.raises(BackupError, match="4 documents, and 5 in the backup"):
        restore.rehearse(place.client, place.backups, "newest")
