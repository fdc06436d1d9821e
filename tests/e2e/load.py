"""A constant load on the page: what is sent does not wait for what was answered."""

import asyncio
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

import httpx2

DEFAULT_RATE = 50
"""Requests a second."""

DEFAULT_POST_EVERY = 500

_TIMEOUT_SECONDS = 10
_SEE_OTHER = 303
# The page is shown, with this on it, when a service behind it fails; that is a lost request too.
_EXCUSE = "answer. Try again"
_VERSION = re.compile(r"<p>ui ([^ ]+) ")


class Load:
    """Requests at a constant rate, from a thread of its own, until the block ends.

    The generator is open: a request starts when its time has come, whatever became of those before
    it, so that a server that stands still is seen as many times as its visitors would see it. Every
    second request comes over a connection of its own, the others over connections that are kept;
    some add a post, all others read the front page.

    Args:
        url: where the page is.
        rate: requests a second.
        post_every: which of them add a post. Few, in a long run: FerretDB sorts every post anew for
            each page.
        timeout_seconds: how long an answer may take.

    Attributes:
        sent: how many requests were started.
        answered: how many were answered as they should be.
        failures: why each of the others was not, and when, in seconds since the start.
        acknowledged: titles of the posts that the page said were published.
        slowest_seconds: the longest that an answer took.
        versions: how many of the pages came from each version of the ui.
    """

    def __init__(
        self,
        url: str,
        *,
        rate: float = DEFAULT_RATE,
        post_every: int = DEFAULT_POST_EVERY,
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:
        self.sent = 0
        self.answered = 0
        self.failures: list[tuple[float, str]] = []
        self.acknowledged: list[str] = []
        self.slowest_seconds = 0.0
        self.versions: Counter[str] = Counter()
        self._url = url
        self._rate = rate
        self._post_every = post_every
        self._timeout_seconds = timeout_seconds
        self._name = uuid.uuid4().hex[:8]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._began = 0.0

    def __enter__(self) -> Self:
        """Start the load."""
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop it, and wait for the answers that are under way."""
        self._stopping.set()
        self._thread.join(2 * self._timeout_seconds)

    @property
    def summary(self) -> str:
        """Return the figures and the reasons of failures, for messages."""
        reasons = Counter(reason for _, reason in self.failures)
        moments = ", ".join(f"{moment:.1f}" for moment, _ in self.failures[:20])
        return (
            f"{self.sent} sent, {self.answered} answered, {len(self.failures)} failed "
            f"{dict(reasons)}, first at {moments or '-'} s; {len(self.acknowledged)} posts; "
            f"slowest {self.slowest_seconds:.2f} s"
        )

    def wait(self, seconds: float) -> None:
        """Let the load run for a while."""
        self._stopping.wait(seconds)

    def assert_nothing_lost(self) -> None:
        """Check, after the block, that every request was sent in time and answered well."""
        assert not self.failures, self.summary
        assert self.sent == self.answered > 0, self.summary

    async def _run(self) -> None:
        self._began = time.monotonic()
        async with (
            self._client(kept_connections=20) as kept,
            self._client(kept_connections=0) as anew,
            asyncio.TaskGroup() as tasks,
        ):
            while not self._stopping.is_set():
                # Posts take turns between the two as well, however far apart they are.
                half = (self.sent // self._post_every + self.sent) % 2
                tasks.create_task(self._request(self.sent, anew if half else kept))
                self.sent += 1
                # By the clock, not by pauses: those add up to a lower rate.
                due = self._began + self.sent / self._rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _client(self, *, kept_connections: int) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            base_url=self._url,
            timeout=self._timeout_seconds,
            # No request waits for a connection that another one has.
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=kept_connections),
            trust_env=False,
        )

    async def _request(self, number: int, client: httpx2.AsyncClient) -> None:
        began = time.monotonic()
        ask = self._add_post if number % self._post_every == 0 else self._read
        try:
            problem = await ask(client, number)
        except httpx2.HTTPError as error:
            problem = type(error).__name__
        self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)
        if problem:
            self.failures.append((began - self._began, problem))
        else:
            self.answered += 1

    async def _read(self, client: httpx2.AsyncClient, _number: int) -> str:
        answer = await client.get("/")
        if answer.status_code != httpx2.codes.OK:
            return f"GET {answer.status_code}"
        version = _VERSION.search(answer.text)
        if not version:
            return "GET of another page"
        self.versions[version[1]] += 1
        return "GET without posts" if _EXCUSE in answer.text else ""

    async def _add_post(self, client: httpx2.AsyncClient, number: int) -> str:
        title = f"load {self._name} {number}"
        answer = await client.post("/new", data={"title": title, "link": "https://example.com/"})
        if answer.status_code != _SEE_OTHER:
            return f"POST {answer.status_code}"
        # A refusal leads back to the form.
        if answer.headers["location"] != "/":
            return "POST not saved"
        self.acknowledged.append(title)
        return ""


def missing(titles: list[str], page_text: Callable[[int], str]) -> list[str]:
    """Return which titles stand on none of the pages that ``page_text`` returns, from 1 on.

    Args:
        titles: what must be there.
        page_text: the text of a page of posts, by its number.
    """
    wanted = set(titles)
    number = 1
    while wanted:
        text = page_text(number)
        if 'id="post-' not in text:
            break
        # As the page links it; the label of its comments has it too, in quotation marks.
        wanted = {title for title in wanted if f">{title}</a>" not in text}
        number += 1
    return sorted(wanted)
