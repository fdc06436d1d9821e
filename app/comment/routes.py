"""The routes of the comment service."""

from dataclasses import dataclass
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comment.store import Comments
from service import extended_json, forms, limits
from service.metrics import NamedCounter

_LONGEST_POST_ID = 64


@dataclass(frozen=True, kw_only=True)
class CommentResources:
    """What the routes work with."""

    comments: Comments
    added: NamedCounter


async def show_comments(request: Request) -> Response:
    """Return the comments on a post, the oldest first."""
    found = await _resources(request).comments.of_post(request.path_params["post_id"])
    return extended_json.respond(found)


async def add_comment(request: Request) -> Response:
    """Store a comment and return it."""
    service = _resources(request)
    form = await forms.read(request)
    stored = await service.comments.add(
        {
            "post_id": forms.required(form, "post_id", _LONGEST_POST_ID),
            "name": forms.optional(form, "name", limits.NAME),
            "email": forms.optional(form, "email", limits.EMAIL),
            "body": forms.required(form, "body", limits.COMMENT),
            "created_at": forms.created_at(form),
        }
    )
    service.added.increment()
    return extended_json.respond(stored)


ROUTES = (
    Route("/{post_id}/comments", show_comments),
    Route("/add_comment", add_comment, methods=["POST"]),
    Route("/add_comment/", add_comment, methods=["POST"]),
)


def _resources(request: Request) -> CommentResources:
    return cast(CommentResources, request.state.resources)
