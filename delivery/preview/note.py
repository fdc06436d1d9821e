"""The merge request's note: one, written once, found again and updated in place.

Others may quote it, so it is known by its first line and its author.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from enum import StrEnum
from typing import Any, Final

import requests
from gitlab import Gitlab
from gitlab.exceptions import GitlabError
from gitlab.v4.objects import ProjectMergeRequest, ProjectMergeRequestNote

from delivery.preview.merge_request import MergeRequest
from delivery.preview.note_errors import NoteError, explained, is_passing

_TIMEOUT_SECONDS = 20.0
_ATTEMPTS = 4
_FIRST_PAUSE_SECONDS = 1.0
# GitLab counts by the minute; who is sent away for longer doesn't get in during this job.
_LONGEST_PAUSE_SECONDS = 60.0
# The client's own retries wait for as long as a server asks, and repeat what may have been done.
_ONCE: Final[dict[str, Any]] = {"max_retries": 0}


class Outcome(StrEnum):
    """What has become of the note."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def write(place: MergeRequest, body: str, *, say: Callable[[str], None]) -> Outcome:
    """Write the note, or bring the one that is there up to date.

    What passes is waited for: a server that is busy, away or overloaded, for some minutes at most.
    Each attempt looks for the note again, so that one that was written unnoticed isn't doubled.

    Args:
        place: the merge request.
        body: the note; its first line is what it is known by, whatever follows.
        say: called with a sentence if something is worth one.

    Raises:
        NoteError: GitLab refuses it, or doesn't answer.
    """
    pause = _FIRST_PAUSE_SECONDS
    for attempt in range(1, _ATTEMPTS + 1):
        writer = _Writer(place)
        try:
            return writer.write(body, say)
        except (GitlabError, OSError, ValueError) as error:
            if attempt == _ATTEMPTS or not is_passing(error):
                raise explained(error, str(place)) from None
        if writer.asked_pause_seconds > _LONGEST_PAUSE_SECONDS:
            raise NoteError(
                f"the note of {place}: GitLab takes no request for {writer.asked_pause_seconds:g} s"
                " (429, Retry-After); run the job again then"
            )
        time.sleep(max(pause, writer.asked_pause_seconds))
        pause *= 2
    raise AssertionError("the last attempt returns or raises")


class _Writer:
    """One attempt.

    Attributes:
        asked_pause_seconds: how long GitLab wants to be left alone; 0 if it didn't say.
    """

    def __init__(self, place: MergeRequest) -> None:
        self._place = place
        self.asked_pause_seconds = 0.0

    def write(self, body: str, say: Callable[[str], None]) -> Outcome:
        with ExitStack() as closing:
            merge_request, user = self._open(closing)
            marker = body.partition("\n")[0].strip()
            mine = sorted(self._mine(merge_request, user, marker), key=lambda note: int(note.id))
            if not mine:
                merge_request.notes.create({"body": body}, **_ONCE)
                return Outcome.CREATED
            oldest, *others = mine
            for other in others:
                other.delete(**_ONCE)
                say(f"two pipelines had each written a note: {oldest.id} stays, {other.id} is gone")
            # GitLab keeps neither end's white space.
            if str(oldest.body).strip() == body.strip():
                return Outcome.UNCHANGED
            merge_request.notes.update(oldest.id, {"body": body}, **_ONCE)
            return Outcome.UPDATED

    def _open(self, closing: ExitStack) -> tuple[ProjectMergeRequest, int]:
        """Return the merge request, unread, and the number of the token's user."""
        session = closing.enter_context(requests.Session())
        # A redirection would take the token along, to wherever it leads.
        session.max_redirects = 0
        session.hooks["response"].append(self._note_pause)
        gitlab = closing.enter_context(
            Gitlab(
                self._place.address,
                private_token=self._place.token,
                ssl_verify=self._place.ca_file or True,
                timeout=_TIMEOUT_SECONDS,
                keep_base_url=True,
                session=session,
            )
        )
        user: Any = gitlab.http_get("/user", **_ONCE)
        if not isinstance(user, dict) or not isinstance(user.get("id"), int):
            raise ValueError("no user")
        project = gitlab.projects.get(int(self._place.project), lazy=True)
        return project.mergerequests.get(int(self._place.iid), lazy=True), user["id"]

    @staticmethod
    def _mine(
        merge_request: ProjectMergeRequest, user: int, marker: str
    ) -> list[ProjectMergeRequestNote]:
        """Return the notes that begin with the marker and are the token's own."""
        notes = merge_request.notes.list(iterator=True, per_page=100, **_ONCE)
        return [
            note
            for note in notes
            if not note.system
            and note.author["id"] == user
            and str(note.body).partition("\n")[0].strip() == marker
        ]

    def _note_pause(self, response: requests.Response, *_: object, **__: object) -> None:
        asked = response.headers.get("Retry-After", "")
        self.asked_pause_seconds = float(asked) if asked.isdecimal() else 0.0
