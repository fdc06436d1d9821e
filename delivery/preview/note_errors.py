"""What went wrong with a note, in words: what, where, and what to do."""

from typing import Final

import requests
from gitlab.exceptions import GitlabError

from delivery.errors import DeliveryError

_TOO_MANY: Final = 429
_SERVER_ERRORS: Final = range(500, 600)

_REFUSED: Final = {
    401: (
        "GitLab doesn't know the token (401): it is wrong, expired or revoked; set "
        "DOCKYARD_NOTE_TOKEN to a project access token, role Reporter, scope api - CI_JOB_TOKEN "
        "is none"
    ),
    403: (
        "GitLab doesn't let the token write (403): it needs the scope api, and at least the role "
        "Reporter in the project that is merged into"
    ),
    404: (
        "GitLab shows the token no such merge request (404): the token must be one of the project "
        "that is merged into, not of a fork, with at least the role Reporter"
    ),
    429: "GitLab still takes no more requests (429); run the job again later",
}

# In this order: an error is of several kinds.
_UNANSWERED: Final[dict[type[Exception], str]] = {
    requests.exceptions.SSLError: (
        "GitLab's certificate isn't trusted here; set CI_SERVER_TLS_CA_FILE to the file with its "
        "authority's"
    ),
    requests.Timeout: "GitLab doesn't answer in time; run the job again, or look after GitLab",
    requests.TooManyRedirects: (
        "GitLab sends us to another address, where the token isn't sent; use that address"
    ),
    requests.ConnectionError: (
        "GitLab can't be reached: no such name, or the connection is refused; look after the "
        "address, the network and GitLab"
    ),
    requests.RequestException: "what answers there isn't GitLab's API; look after CI_API_V4_URL",
    OSError: (
        "the file of CI_SERVER_TLS_CA_FILE can't be read; set it to a file with certificates"
    ),
}


class NoteError(DeliveryError):
    """The merge request's note could not be written."""


def is_passing(error: Exception) -> bool:
    """Return whether an error may be gone in a moment."""
    if isinstance(error, GitlabError):
        status = error.response_code
        return status == _TOO_MANY or status in _SERVER_ERRORS
    if isinstance(error, requests.exceptions.SSLError):
        return False
    return isinstance(
        error,
        (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ),
    )


def explained(error: Exception, place: str) -> NoteError:
    """Return an error for people, in one line and without a word of what GitLab was sent.

    Args:
        error: what the client raised.
        place: the merge request and its GitLab.
    """
    return NoteError(f"the note of {place}: {_reason(error)}")


def _reason(error: Exception) -> str:
    if isinstance(error, GitlabError) and error.response_code is not None:
        return _REFUSED.get(error.response_code) or _unexpected(error.response_code)
    for kind, reason in _UNANSWERED.items():
        if isinstance(error, kind):
            return reason
    return "what answers there isn't GitLab's API; look after CI_API_V4_URL"


def _unexpected(status: int) -> str:
    if status in _SERVER_ERRORS:
        return f"GitLab has a problem of its own ({status}); run the job again later"
    return f"GitLab refuses it ({status}); look into GitLab's log"
