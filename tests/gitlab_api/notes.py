"""The part of GitLab's API with the notes of merge requests, as GitLab keeps them.

What it holds to: a note's author is the token's user and alone may change it, white space at both
ends is dropped, a page has twenty notes unless more are asked for and never more than a hundred,
and the link to the next page carries the address that GitLab believes to have.
"""

import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.gitlab_api.server import Answer, GitlabApi, Request

_NOTES = re.compile(r"/api/v4/projects/(\d+)/merge_requests/(\d+)/notes(?:/(\d+))?")
_MOST_PER_PAGE = 100


@dataclass(frozen=True)
class Trouble:
    """An answer that isn't the one wanted.

    Args:
        status: its status; 0 is no answer at all until the server ends.
        headers: what it says beside.
        done: whether the request is carried out all the same.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    done: bool = False


@dataclass
class NotesApi(GitlabApi):
    """Merge requests with notes, and people with tokens."""

    users: dict[str, int] = field(default_factory=dict)
    """The number of each token's user."""
    notes: dict[tuple[int, int], list[dict[str, Any]]] = field(default_factory=dict)
    """The notes by project and merge request."""
    troubles: deque[Trouble] = field(default_factory=deque)
    """What goes wrong next."""
    always: Trouble | None = None
    """What goes wrong every time."""
    writes_only: bool = False
    """Whether only requests that change something have trouble."""
    root: str = ""
    """The path that GitLab is under."""
    external_url: str = ""
    """The address that GitLab believes to have; empty for its real one."""
    changed: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of what was asked to change, in order."""
    over: threading.Event = field(default_factory=threading.Event)
    """Set when those who wait for ever may go."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1000))

    def add(self, user: int, body: str, *, system: bool = False, iid: int = 7) -> dict[str, Any]:
        """Put a note under a merge request of project 42, the newest of all."""
        note = {
            "id": next(self._numbers),
            "body": body.strip(),
            "system": system,
            "author": {"id": user, "username": f"user-{user}"},
        }
        self.notes.setdefault((42, iid), []).append(note)
        return note

    def handle(self, request: Request) -> Answer:
        """Answer a request of any kind."""
        path = urlsplit(request.path).path
        self.asked.append(request.path)
        writes = request.method != "GET"
        if writes:
            self.changed.append((request.method, path.removeprefix(self.root)))
        if self.moved_to:
            return Answer(302, {}, {"Location": self.moved_to})
        if (writes or not self.writes_only) and (trouble := self._trouble()):
            if trouble.done:
                self._answer(request, path)
            if not trouble.status:
                self.over.wait()
            said = {"message": f"{trouble.status} of {request.token}"}
            return Answer(trouble.status or 504, said, dict(trouble.headers))
        return self._answer(request, path)

    def _trouble(self) -> Trouble | None:
        return self.troubles.popleft() if self.troubles else self.always

    def _answer(self, request: Request, path: str) -> Answer:
        user = self.users.get(request.token)
        if user is None:
            return Answer(401, {"message": "401 Unauthorized"})
        path = path.removeprefix(self.root)
        if path == "/api/v4/user":
            return Answer(200, {"id": user, "username": f"user-{user}"})
        found = _NOTES.fullmatch(path)
        key = (int(found[1]), int(found[2])) if found else None
        if found is None or key not in self.notes:
            return Answer(404, {"message": "404 Not found"})
        if found[3] is None and request.method == "GET":
            return self._page(request, self.notes[key])
        if found[3] is None:
            return Answer(201, self.add(user, request.body["body"], iid=key[1]))
        return _changed(self.notes[key], int(found[3]), user, request)

    def _page(self, request: Request, notes: list[dict[str, Any]]) -> Answer:
        asked = parse_qs(urlsplit(request.path).query)
        size = min(int(asked.get("per_page", ["20"])[0]), _MOST_PER_PAGE)
        number = int(asked.get("page", ["1"])[0])
        # Newest first, as GitLab does unless told otherwise.
        page = notes[::-1][(number - 1) * size : number * size]
        headers: dict[str, str] = {}
        if number * size < len(notes):
            base = (self.external_url or self.url + self.root).rstrip("/")
            path = urlsplit(request.path).path.removeprefix(self.root)
            link = f"{base}{path}?page={number + 1}&per_page={size}"
            headers["Link"] = f'<{link}>; rel="next"'
        return Answer(200, page, headers)


def _changed(notes: list[dict[str, Any]], number: int, user: int, request: Request) -> Answer:
    for note in notes:
        if note["id"] == number:
            if note["author"]["id"] != user:
                return Answer(403, {"message": "403 Forbidden"})
            if request.method == "DELETE":
                notes.remove(note)
                return Answer(204, "")
            note["body"] = request.body["body"].strip()
            return Answer(200, note)
    return Answer(404, {"message": "404 Note Not Found"})
