"""Documents as they are, in files and from a server."""

import io
import math
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import pytest
from bson.int64 import Int64
from bson.objectid import ObjectId
from bson.regex import Regex
from bson.timestamp import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from backup import documents
from backup.documents import summary
from backup.errors import BrokenBackupError
from backup.tests.conftest import Place

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
# FerretDB on SQLite fails where a name needs escapes in JSON.
_KEY = st.text(
    st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters='.$"\\'),
    min_size=1,
    max_size=8,
)
_SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.integers(-(2**63), 2**63 - 1).map(Int64)
    # FerretDB takes neither NaN nor infinity, and makes a zero of a negative one.
    | st.floats(allow_nan=False, allow_infinity=False).filter(
        lambda each: each != 0 or math.copysign(1, each) > 0
    )
    | _TEXT
    | st.binary(max_size=20)
    | st.binary(min_size=12, max_size=12).map(ObjectId)
    | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(
        lambda each: each.replace(microsecond=0, tzinfo=UTC)
    )
    | st.builds(Timestamp, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
    | st.builds(Regex, st.just("^a.*b$"), st.sampled_from(["", "i", "m"]))
)
_VALUE = st.recursive(
    _SCALAR,
    lambda each: (
        st.dictionaries(_KEY, each, max_size=3)
        # FerretDB has no arrays within arrays.
        | st.lists(_SCALAR, max_size=3)
    ),
    max_leaves=8,
)
_DOCUMENTS = st.lists(
    st.dictionaries(_KEY.filter(lambda key: key != "_id"), _VALUE, max_size=5), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(_DOCUMENTS)
def test_what_is_restored_is_what_was_backed_up(
    shared_place: Place, given_documents: list[dict[str, Any]]
) -> None:
    posts = shared_place.posts
    posts.drop()
    shared_place.posts.database.create_collection("posts")
    if given_documents:
        posts.insert_many([{"_id": ObjectId(), **each} for each in given_documents])
    before = list(documents.in_collection(posts))
    shared_place.backups.keep(0)
    shared_place.take()
    posts.drop()
    shared_place.restore()
    assert list(documents.in_collection(posts)) == before
    assert len(before) == len(given_documents)


@given(st.lists(st.dictionaries(_KEY, _SCALAR, max_size=4), max_size=5))
def test_a_file_holds_the_documents_one_after_the_other(content: list[dict[str, Any]]) -> None:
    encoded = [bson.encode(each) for each in content]
    with tempfile.TemporaryFile() as file:
        done = documents.written(encoded, file)
        file.seek(0)
        assert list(documents.in_file(file)) == encoded
    assert done == summary(encoded)
    assert done.size_bytes == sum(map(len, encoded))


@given(st.integers(1, 10_000))
def test_a_file_that_ends_too_early_is_not_what_it_was(cut: int) -> None:
    whole = b"".join(bson.encode({"number": each}) for each in range(5))
    file = io.BytesIO(whole[: -(cut % len(whole)) or -1])
    file.name = "posts.bson"
    try:
        found = summary(documents.in_file(file))
    except BrokenBackupError:
        return
    assert found.documents < 5


@pytest.mark.parametrize("size", [0, 4, (16 << 20) + (16 << 10) + 1, 2**32 - 1])
def test_a_length_that_no_document_has_is_refused_without_reading_on(size: int) -> None:
    file = io.BytesIO(size.to_bytes(4, "little"))
    file.name = "posts.bson"
    with pytest.raises(BrokenBackupError, match="something else than documents"):
        list(documents.in_file(file))


def test_other_tools_read_the_file(place: Place) -> None:
    place.fill()
    place.take()
    (folder,) = place.folder.iterdir()
    path = Path(folder, place.databases[1], "posts.bson")
    assert bson.decode_all(path.read_bytes()) == list(place.posts.find(sort=[("_id", 1)]))
