"""One-time messages, shown on the page after a redirect.

The cookie holds the name of a message from the list below, never its text: whatever a visitor or a
hostile neighbour writes into it, only these sentences can appear.
"""

from dataclasses import dataclass
from enum import Enum

from starlette.requests import Request
from starlette.responses import Response

_COOKIE = "flash"
_SECONDS_TO_LIVE = 60


@dataclass(frozen=True)
class Message:
    """A sentence for the visitor, and whether it is about a failure."""

    text: str
    is_error: bool = True


class Flash(Enum):
    """Every message that a redirect can carry."""

    POST_ADDED = Message("Your post is published.", is_error=False)
    COMMENT_ADDED = Message("Your comment is published.", is_error=False)
    INVALID_URL = Message(
        "Invalid URL: give an absolute address that starts with http:// or https://."
    )
    INVALID_TITLE = Message("Invalid title: give 1 to 300 characters.")
    INVALID_COMMENT = Message(
        "Invalid comment: give a name of 1 to 100 and a text of 1 to 10,000 characters."
    )
    POST_NOT_SAVED = Message("Can't save your post: the post service doesn't answer. Try again.")
    VOTE_NOT_SAVED = Message("Can't count your vote: the post service doesn't answer. Try again.")
    COMMENT_NOT_SAVED = Message(
        "Can't save your comment: the comment service doesn't answer. Try again."
    )


POSTS_NOT_SHOWN = Message(
    "Can't show blog posts: the post service doesn't answer. Try again in a moment."
)
COMMENTS_NOT_SHOWN = Message(
    "Can't show comments: the comment service doesn't answer. Try again in a moment."
)


def keep(response: Response, flash: Flash) -> None:
    """Let the next page show a message."""
    response.set_cookie(
        _COOKIE, flash.name, max_age=_SECONDS_TO_LIVE, httponly=True, samesite="lax"
    )


def take(request: Request) -> Message | None:
    """Return the message to show, if there is one."""
    name = request.cookies.get(_COOKIE, "")
    return Flash[name].value if name in Flash.__members__ else None


def forget(request: Request, response: Response) -> None:
    """Let no further page show the message."""
    if _COOKIE in request.cookies:
        response.delete_cookie(_COOKIE, httponly=True, samesite="lax")
