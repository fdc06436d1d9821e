"""The routes of the ui service."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from service import forms, limits, links
from ui import flash, origin
from ui.flash import Flash
from ui.pages import Pages
from ui.services import CommentService, Page, PostService
from ui.upstream import NotFoundError, UpstreamError

_POSTS_PER_PAGE = 30
_LAST_PAGE = 100_000
_SEE_OTHER = 303
_FILES = Path(__file__).parent / "templates"
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}


@dataclass(frozen=True, kw_only=True)
class UiResources:
    """What the routes work with."""

    posts: PostService
    comments: CommentService
    pages: Pages
    log: Any


async def show_posts(request: Request) -> Response:
    """Show a page of posts; without the post service, the page says so."""
    service = _resources(request)
    number = _page_number(request)
    page, message = None, None
    try:
        page = await service.posts.page(number, _POSTS_PER_PAGE)
    except UpstreamError as error:
        service.log.error("posts_not_shown", reason=str(error))
        message = flash.POSTS_NOT_SHOWN
    values = {"page": page or Page(posts=[], is_last=True), "number": number, "is_known": page}
    return service.pages.render(request, "index.html", values, message=message)


async def show_new_post(request: Request) -> Response:
    """Show the form for a new post, with what the visitor had typed before it came back."""
    values = {
        "title": request.query_params.get("title", "")[: limits.TITLE],
        "link": request.query_params.get("link", "")[: limits.LINK],
    }
    return _resources(request).pages.render(request, "new.html", values)


async def add_post(request: Request) -> Response:
    """Publish a post."""
    service = _resources(request)
    form = await _own_form(request)
    title, link = form.get("title", "").strip(), form.get("link", "").strip()
    if not 1 <= len(title) <= limits.TITLE:
        return _back_to_form(title, link, Flash.INVALID_TITLE)
    if not links.is_web_link(link):
        return _back_to_form(title, link, Flash.INVALID_URL)
    try:
        await service.posts.add(title=title, link=link, created_at=int(time.time()))
    except UpstreamError as error:
        service.log.error("post_not_saved", reason=str(error))
        return _back_to_form(title, link, Flash.POST_NOT_SAVED)
    return _see_other("/", Flash.POST_ADDED)


async def vote(request: Request) -> Response:
    """Count a vote and return to where it was cast."""
    service = _resources(request)
    _refuse_foreign(request)
    post_id, kind = request.path_params["post_id"], request.path_params["kind"]
    if kind not in {"1", "-1"}:
        forms.refuse("vote", kind, "must be 1 or -1")
    back = f"{origin.path_back(request, '/')}#post-{post_id}"
    try:
        await service.posts.vote(post_id, kind)
    except NotFoundError:
        raise HTTPException(404) from None
    except UpstreamError as error:
        service.log.error("vote_not_saved", reason=str(error))
        return _see_other(back, Flash.VOTE_NOT_SAVED)
    return _see_other(back)


async def show_post(request: Request) -> Response:
    """Show a post and its comments; without the comment service, the page says so."""
    service = _resources(request)
    post_id = request.path_params["post_id"]
    try:
        post = await service.posts.get(post_id)
    except UpstreamError as error:
        if not isinstance(error, NotFoundError):
            service.log.error("post_not_shown", reason=str(error))
        raise HTTPException(404, "Not found") from None
    comments, message = None, None
    try:
        comments = await service.comments.of_post(post_id)
    except UpstreamError as error:
        service.log.error("comments_not_shown", reason=str(error))
        message = flash.COMMENTS_NOT_SHOWN
    values = {"post": post, "comments": comments}
    return service.pages.render(request, "post.html", values, message=message)


async def add_comment(request: Request) -> Response:
    """Publish a comment and return to its post."""
    service = _resources(request)
    form = await _own_form(request)
    post_id = request.path_params["post_id"]
    back = f"{origin.path_back(request, f'/post/{post_id}')}#comments"
    name, email, body = (form.get(key, "").strip() for key in ("name", "email", "body"))
    is_named = 1 <= len(name) <= limits.NAME and len(email) <= limits.EMAIL
    if not (is_named and 1 <= len(body) <= limits.COMMENT):
        return _see_other(back, Flash.INVALID_COMMENT)
    try:
        await service.comments.add(
            post_id, name=name, email=email, body=body, created_at=int(time.time())
        )
    except NotFoundError:
        raise HTTPException(404) from None
    except UpstreamError as error:
        service.log.error("comment_not_saved", reason=str(error))
        return _see_other(back, Flash.COMMENT_NOT_SAVED)
    return _see_other(back, Flash.COMMENT_ADDED)


async def show_style(_request: Request) -> Response:
    """Return the style sheet."""
    return FileResponse(_FILES / "style.css", headers=_FOR_EVER)


async def show_icon(_request: Request) -> Response:
    """Return the icon of the site."""
    return FileResponse(_FILES / "icon.svg", headers=_FOR_A_DAY)


async def show_error(request: Request, error: Exception) -> Response:
    """Show what went wrong, without details of a failure of our own."""
    status, detail = 500, "The page broke. The log has the details."
    if isinstance(error, HTTPException):
        status, detail = error.status_code, error.detail
    if detail == "Not Found":
        detail = "Page not found"
    values = {"status": status, "detail": detail}
    return _resources(request).pages.render(request, "error.html", values, status=status)


ROUTES = (
    Route("/", show_posts),
    Route("/new", show_new_post),
    Route("/new", add_post, methods=["POST"]),
    Route("/new/", add_post, methods=["POST"]),
    Route("/post/{post_id}", show_post),
    Route("/post/{post_id}/vote/{kind}", vote, methods=["POST"]),
    Route("/post/{post_id}/comment", add_comment, methods=["POST"]),
    Route("/style.css", show_style),
    Route("/icon.svg", show_icon),
)


def _resources(request: Request) -> UiResources:
    return cast(UiResources, request.state.resources)


def _page_number(request: Request) -> int:
    value = request.query_params.get("page", "1")
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= _LAST_PAGE):
        raise HTTPException(404)
    return int(value)


async def _own_form(request: Request) -> dict[str, str]:
    _refuse_foreign(request)
    return await forms.read(request)


def _refuse_foreign(request: Request) -> None:
    if origin.is_foreign(request):
        raise HTTPException(403, "The form was sent from another site")


def _see_other(path: str, message: Flash | None = None) -> Response:
    response = RedirectResponse(path, status_code=_SEE_OTHER)
    if message is not None:
        flash.keep(response, message)
    return response


def _back_to_form(title: str, link: str, message: Flash) -> Response:
    typed = urlencode({"title": title[: limits.TITLE], "link": link[: limits.LINK]})
    return _see_other(f"/new?{typed}", message)
