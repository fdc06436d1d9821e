"""A person's way through the page, over plain HTTP."""

import html
import re
import time
from dataclasses import dataclass

import httpx2


@dataclass(frozen=True)
class Page:
    """The reddit page at an address."""

    url: str

    def front(self) -> str:
        """Return the front page."""
        return self.posts(1)

    def posts(self, number: int) -> str:
        """Return a page of posts, the newest first, counted from 1."""
        answer = httpx2.get(f"{self.url}/", params={"page": number}, timeout=10)
        assert answer.status_code == 200
        return answer.text

    def submit(self, title: str, link: str = "https://example.com/") -> str:
        """Create a post and return its id."""
        self._send("/new", title=title, link=link)
        return self.find(title)

    def find(self, title: str) -> str:
        """Return the id of the post with a title."""
        for entry in self.front().split("<li ")[1:]:
            found = re.match(r'[^>]*id="post-([0-9a-f]{24})"', entry)
            if found and html.escape(title) in entry:
                return found[1]
        raise AssertionError(f"no post {title!r} on the front page")

    def wait(self, seconds: float = 30) -> None:
        """Wait until the page and everything behind it is healthy."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if httpx2.get(f"{self.url}/healthcheck", timeout=5).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            assert time.monotonic() < deadline, f"{self.url} is not healthy after {seconds} s"
            time.sleep(0.1)

    def _send(self, path: str, **form: str) -> None:
        answer = httpx2.post(f"{self.url}{path}", data=form, timeout=10)
        assert answer.status_code in {302, 303}, (path, answer.status_code)
