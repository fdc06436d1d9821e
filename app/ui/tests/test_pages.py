"""What the pages are made of, whatever people wrote."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from service.build import Build
from ui.pages import Pages
from ui.services import Comment, Page, Post

_ID = "a" * 24
_BUILD = Build(version="1.0.0", commit_hash="unknown", branch="unknown")
_PAGES = Pages(_BUILD, "dev", "host")

_HOSTILE = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "'--><svg/onload=alert(1)>",
            "{{ 7 * 7 }}{% raw %}",
            "&lt;b&gt;",
            "</title></textarea><script>",
        ]
    ),
)


class _Reader(HTMLParser):
    """Notes the elements, the attributes' names and values, and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shape: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, tuple(name for name, _ in attrs)))
        self.values += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def _request() -> Request:
    return Request({"type": "http", "headers": [], "method": "GET", "path": "/"})


def _render(template: str, values: dict[str, object]) -> _Reader:
    response = _PAGES.render(_request(), template, values)
    return _Reader(bytes(response.body).decode())


def _post(title: str = "Title", link: str = "https://example.com") -> Post:
    return Post(id=_ID, title=title, link=link, created_at=1, votes=0)


def _index(*posts: Post) -> _Reader:
    page = Page(posts=posts, is_last=True)
    return _render("index.html", {"page": page, "number": 1, "is_known": True})


@settings(deadline=None)
@given(title=_HOSTILE)
def test_a_title_is_text_and_nothing_else_on_the_front_page(title: str) -> None:
    page = _index(_post(title))
    assert page.shape == _index(_post()).shape
    assert ("button", "aria-label", f"Vote up: {title}") in page.values
    assert title in page.text


@settings(deadline=None)
@given(name=_HOSTILE, body=_HOSTILE)
def test_a_comment_is_text_and_nothing_else(name: str, body: str) -> None:
    def read(comment: Comment) -> _Reader:
        return _render("post.html", {"post": _post(), "comments": [comment]})

    page = read(Comment(name=name, body=body, created_at=1))
    assert page.shape == read(Comment(name="Ann", body="Hi", created_at=1)).shape
    assert (name or "Anonymous") in page.text
    assert body in page.text


@settings(deadline=None)
@given(title=_HOSTILE, link=_HOSTILE)
def test_what_comes_back_into_the_form_is_a_value_and_nothing_else(title: str, link: str) -> None:
    page = _render("new.html", {"title": title, "link": link})
    assert page.shape == _render("new.html", {"title": "", "link": ""}).shape
    assert ("input", "value", title) in page.values
    assert ("input", "value", link) in page.values


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "/x", ""])
def test_a_link_in_the_database_that_runs_code_is_not_clickable(link: str) -> None:
    page = _index(_post("Old", link))
    targets = [value for _, name, value in page.values if name == "href"]
    assert "Old" in page.text
    assert not [target for target in targets if target == link]


def test_nothing_is_loaded_from_elsewhere_and_no_script_is_there() -> None:
    page = _index(_post())
    assert "script" not in {tag for tag, _ in page.shape}
    loaded = [value for tag, name, value in page.values if name == "src" or tag == "link"]
    assert not [value for value in loaded if "//" in value]
    assert not [name for _, name, _ in page.values if name.startswith("on") or name == "style"]


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("new.html", {"title": "", "link": ""}),
        ("post.html", {"post": _post(), "comments": []}),
    ],
)
def test_every_field_has_a_label(template: str, values: dict[str, object]) -> None:
    page = _render(template, values)
    fields = {v for tag, name, v in page.values if tag in {"input", "textarea"} and name == "id"}
    labels = {v for tag, name, v in page.values if tag == "label" and name == "for"}
    assert fields
    assert fields <= labels


def test_a_vote_button_says_what_it_does() -> None:
    named = {
        ("button", "aria-label", "Vote up: Title"),
        ("button", "aria-label", "Vote down: Title"),
    }
    assert named <= set(_index(_post()).values)


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (-100, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7200, "2 hours ago"),
        (86400, "1 day ago"),
        (70 * 86400, "2 months ago"),
        (800 * 86400, "2 years ago"),
    ],
)
def test_times_are_told_as_people_do(age: int, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000
    monkeypatch.setattr("time.time", lambda: now + 0.5)
    post = Post(id=_ID, title="x", link="", created_at=now - age, votes=0)
    assert text in _index(post).text


@pytest.mark.parametrize("created_at", [-5, 0, 10**30])
def test_a_time_that_makes_no_sense_breaks_no_page(created_at: int) -> None:
    assert (
        "Title" in _index(Post(id=_ID, title="Title", link="", created_at=created_at, votes=0)).text
    )


def test_where_it_runs_is_shown() -> None:
    text = " ".join(_index().text.split())
    assert "Microservices Reddit in dev host container" in text
