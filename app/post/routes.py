"""The routes of the post service."""

from dataclasses import dataclass
from typing import cast

from prometheus_client import Histogram
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from post.store import Posts
from service import extended_json, forms, limits, links
from service.metrics import NamedCounter

_MOST_PER_PAGE = 100
_LAST_PAGE = 100_000
_VOTES = {"1": 1, "-1": -1}


@dataclass(frozen=True, kw_only=True)
class PostResources:
    """What the routes work with."""

    posts: Posts
    added: NamedCounter
    read_seconds: Histogram


async def show_posts(request: Request) -> Response:
    """Return all posts, or one page of them, the newest first.

    With ``page`` or ``per_page`` the header ``Next-Page`` tells whether another page follows.
    """
    service = _resources(request)
    page = _number(request, "page", _LAST_PAGE)
    per_page = _number(request, "per_page", _MOST_PER_PAGE)
    with service.read_seconds.time():
        if page is None and per_page is None:
            return extended_json.respond(await service.posts.all())
        page, per_page = page or 1, per_page or _MOST_PER_PAGE
        # One more than the page holds tells whether another page follows.
        found = await service.posts.some(skip=(page - 1) * per_page, limit=per_page + 1)
    headers = {"Next-Page": str(page + 1)} if len(found) > per_page else {}
    return extended_json.respond(found[:per_page], headers)


async def show_post(request: Request) -> Response:
    """Return a post."""
    service = _resources(request)
    with service.read_seconds.time():
        found = await service.posts.get(request.path_params["post_id"])
    if found is None:
        raise HTTPException(404, "There is no such post")
    return extended_json.respond(found)


async def add_post(request: Request) -> Response:
    """Store a post."""
    service = _resources(request)
    form = await forms.read(request)
    title = forms.required(form, "title", limits.TITLE)
    link = forms.required(form, "link", limits.LINK)
    if not links.is_web_link(link):
        forms.refuse("link", link, "must be an absolute http or https address")
    await service.posts.add(title=title, link=link, created_at=forms.created_at(form))
    service.added.increment()
    return PlainTextResponse("OK")


async def vote(request: Request) -> Response:
    """Count a vote for or against a post."""
    form = await forms.read(request)
    kind = form.get("type", "")
    if kind not in _VOTES:
        forms.refuse("type", kind, "must be 1 or -1")
    if not await _resources(request).posts.vote(form.get("id", ""), _VOTES[kind]):
        raise HTTPException(404, "There is no such post")
    return PlainTextResponse("OK")


ROUTES = (
    Route("/posts", show_posts),
    Route("/post/{post_id}", show_post),
    Route("/add_post", add_post, methods=["POST"]),
    Route("/vote", vote, methods=["POST"]),
)


def _resources(request: Request) -> PostResources:
    return cast(PostResources, request.state.resources)


def _number(request: Request, parameter: str, highest: int) -> int | None:
    value = request.query_params.get(parameter)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= highest):
        forms.refuse(parameter, value, f"must be a whole number from 1 to {highest}")
    return int(value)
