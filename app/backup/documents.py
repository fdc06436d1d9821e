"""Documents as they are: raw BSON, one after the other, never all at once."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection

from backup.errors import BrokenBackupError

_LENGTH_BYTES = 4
_SMALLEST_BYTES = 5
# MongoDB's limit of a document, and the room that it leaves for its own fields.
_LARGEST_BYTES = (16 << 20) + (16 << 10)
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What tells one collection's documents from another's."""

    documents: int
    size_bytes: int
    sha256: str
    """Of all documents one after the other, in order of ``_id``: the hash of the file."""


def in_file(file: BinaryIO) -> Iterator[bytes]:
    """Yield the documents of a file.

    Raises:
        BrokenBackupError: it doesn't hold whole documents and nothing else.
    """
    while head := file.read(_LENGTH_BYTES):
        size = int.from_bytes(head, "little")
        if len(head) < _LENGTH_BYTES or not _SMALLEST_BYTES <= size <= _LARGEST_BYTES:
            raise BrokenBackupError(f"{file.name} holds something else than documents")
        document = head + file.read(size - _LENGTH_BYTES)
        if len(document) < size:
            raise BrokenBackupError(f"{file.name} ends within a document")
        yield document


def in_collection(collection: Collection[dict[str, Any]]) -> Iterator[bytes]:
    """Yield the documents of a collection in order of ``_id``, each exactly once."""
    for document in raw(collection).find(sort=[("_id", 1)]):
        yield bytes(document.raw)


def raw(collection: Collection[dict[str, Any]]) -> Collection[RawBSONDocument]:
    """Return a collection whose documents are taken and given as they are."""
    return collection.with_options(codec_options=_RAW)


def summary(documents: Iterable[bytes]) -> Summary:
    """Return what documents amount to; it needs no room for them."""
    digest, count, size = hashlib.sha256(), 0, 0
    for document in documents:
        digest.update(document)
        count += 1
        size += len(document)
    return Summary(documents=count, size_bytes=size, sha256=digest.hexdigest())


def written(documents: Iterable[bytes], file: BinaryIO) -> Summary:
    """Write documents to a file, down to the disk, and return what they amount to."""

    def writing() -> Iterator[bytes]:
        for document in documents:
            file.write(document)
            yield document

    done = summary(writing())
    file.flush()
    os.fsync(file.fileno())
    return done
