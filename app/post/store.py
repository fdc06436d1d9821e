"""Posts as the database keeps them."""

from collections.abc import Sequence

from bson import ObjectId
from bson.errors import InvalidId
from pymongo import DESCENDING
from pymongo.asynchronous.database import AsyncDatabase

from post.turns import Turns
from service.database import Document

# Newest first; of two posts made in the same second, the one that was stored last.
_ORDER = [("created_at", DESCENDING), ("_id", DESCENDING)]


class Posts:
    """The collection of posts."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._posts = database["posts"]
        self._turns = Turns()

    async def create_index(self) -> None:
        """Let the database find the newest posts without reading all of them."""
        await self._posts.create_index(_ORDER, name="newest")

    async def all(self) -> Sequence[Document]:
        """Return every post, the newest first."""
        return await self._posts.find(sort=_ORDER).to_list()

    async def some(self, *, skip: int, limit: int) -> Sequence[Document]:
        """Return posts from one position on, the newest first, by a single query."""
        # A batch that isn't quite full spares FerretDB a second command, to close the cursor.
        found = self._posts.find(sort=_ORDER, skip=skip, limit=limit, batch_size=limit + 1)
        return await found.to_list()

    async def get(self, post_id: str) -> Document | None:
        """Return a post, or None where there is none of that id."""
        key = _key(post_id)
        return None if key is None else await self._posts.find_one({"_id": key})

    async def add(self, *, title: str, link: str, created_at: str) -> None:
        """Store a new post, which nobody has voted on."""
        await self._posts.insert_one(
            {"title": title, "link": link, "created_at": created_at, "votes": 0}
        )

    async def vote(self, post_id: str, change: int) -> bool:
        """Change a post's votes; return False where there is no post of that id.

        The database adds, so that votes cast at the same time all count, also when several of
        these services run. FerretDB 1.24 on SQLite reads, adds and writes as three steps; taking
        turns makes it count right as long as one service runs.
        """
        key = _key(post_id)
        if key is None:
            return False
        async with self._turns.take(key):
            result = await self._posts.update_one({"_id": key}, {"$inc": {"votes": change}})
        return result.matched_count == 1


def _key(post_id: str) -> ObjectId | None:
    try:
        return ObjectId(post_id)
    except InvalidId:
        return None
