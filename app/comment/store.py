"""Comments as the database keeps them."""

from collections.abc import Sequence

from pymongo import ASCENDING
from pymongo.asynchronous.database import AsyncDatabase

from service.database import Document

# Oldest first, as a conversation reads.
_ORDER = [("created_at", ASCENDING), ("_id", ASCENDING)]


class Comments:
    """The collection of comments."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._comments = database["comments"]

    async def create_index(self) -> None:
        """Let the database find a post's comments without reading all of them."""
        await self._comments.create_index([("post_id", ASCENDING), *_ORDER], name="of_post")

    async def of_post(self, post_id: str) -> Sequence[Document]:
        """Return the comments on a post."""
        return await self._comments.find({"post_id": post_id}, sort=_ORDER).to_list()

    async def add(self, comment: Document) -> Document:
        """Store a new comment and return it with its id."""
        stored = dict(comment)
        await self._comments.insert_one(stored)
        return stored
