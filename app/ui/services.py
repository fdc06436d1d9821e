"""Posts and comments, as the services behind the page speak of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ui.upstream import NotFoundError, UnavailableError, Upstream

_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True, kw_only=True)
class Post:
    """A post as the page shows it."""

    id: str
    title: str
    link: str
    created_at: int
    votes: int


@dataclass(frozen=True, kw_only=True)
class Comment:
    """A comment as the page shows it; e-mail addresses stay private."""

    name: str
    body: str
    created_at: int


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some posts, and whether these are the oldest."""

    posts: Sequence[Post]
    is_last: bool


class PostService:
    """The service that keeps posts. Every method raises UpstreamError when it can't be done."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def page(self, number: int, per_page: int) -> Page:
        """Return a page of posts, the newest first."""
        content, headers = await self._upstream.get(
            "/posts", {"page": number, "per_page": per_page}
        )
        posts = [_post(item) for item in _documents(content)]
        first = (number - 1) * per_page
        if len(posts) > per_page:
            # A service that knows no pages has returned every post.
            is_last = len(posts) <= first + per_page
            return Page(posts=posts[first : first + per_page], is_last=is_last)
        return Page(posts=posts, is_last="Next-Page" not in headers)

    async def get(self, post_id: str) -> Post:
        """Return a post."""
        content, _ = await self._upstream.get(f"/post/{_checked_id(post_id)}")
        if content is None:
            msg = f"/post/{post_id} is not there"
            raise NotFoundError(msg)
        if not isinstance(content, dict):
            msg = f"/post/{post_id} answered no post"
            raise UnavailableError(msg)
        return _post(content)

    async def add(self, *, title: str, link: str, created_at: int) -> None:
        """Add a post."""
        form = {"title": title, "link": link, "created_at": str(created_at)}
        await self._upstream.post("/add_post", form)

    async def vote(self, post_id: str, kind: str) -> None:
        """Cast a vote: ``1`` or ``-1``."""
        await self._upstream.post("/vote", {"id": _checked_id(post_id), "type": kind})


class CommentService:
    """The service that keeps comments. Every method raises UpstreamError when it can't be done."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def of_post(self, post_id: str) -> Sequence[Comment]:
        """Return the comments on a post."""
        content, _ = await self._upstream.get(f"/{_checked_id(post_id)}/comments")
        return [
            Comment(
                name=_text(item, "name"), body=_text(item, "body"), created_at=_created_at(item)
            )
            for item in _documents(content)
        ]

    async def add(self, post_id: str, *, name: str, email: str, body: str, created_at: int) -> None:
        """Add a comment."""
        await self._upstream.post(
            "/add_comment",
            {
                "post_id": _checked_id(post_id),
                "name": name,
                "email": email,
                "body": body,
                "created_at": str(created_at),
            },
        )


def _checked_id(post_id: str) -> str:
    """Let nothing but an id into a path of another service."""
    if not _ID.fullmatch(post_id):
        msg = f"{post_id[:30]!r} is no id of a post"
        raise NotFoundError(msg)
    return post_id


def _documents(content: object) -> list[dict[str, Any]]:
    if not isinstance(content, list):
        msg = "a list was expected and something else came"
        raise UnavailableError(msg)
    return [item for item in content if isinstance(item, dict)]


def _post(document: Mapping[str, Any]) -> Post:
    key = document.get("_id")
    return Post(
        id=str(key.get("$oid", "") if isinstance(key, dict) else key),
        title=_text(document, "title"),
        link=_text(document, "link"),
        created_at=_created_at(document),
        votes=_number(document, "votes"),
    )


def _text(document: Mapping[str, Any], key: str) -> str:
    return str(document.get(key) or "")


def _created_at(document: Mapping[str, Any]) -> int:
    return _number(document, "created_at")


def _number(document: Mapping[str, Any], key: str) -> int:
    """Read a number that may have been stored as text, or never."""
    try:
        return int(str(document.get(key)))
    except ValueError:
        return 0
