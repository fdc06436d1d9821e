"""Who may send forms, and where visitors are sent back to."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from ui.origin import is_foreign, path_back


def _request(**headers: str) -> Request:
    given = {"host": "reddit.example:9292", **{k.replace("_", "-"): v for k, v in headers.items()}}
    raw = [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in given.items()]
    return Request({"type": "http", "headers": raw})


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site", "origin": "http://reddit.example:9292"},
        {"origin": "https://evil.example"},
        {"origin": "http://reddit.example"},
        {"origin": "http://reddit.example:9292.evil.example"},
        {"origin": "null"},
        {"origin": ""},
    ],
)
def test_a_form_from_another_site_is_foreign(headers: dict[str, str]) -> None:
    assert is_foreign(_request(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {"origin": "http://reddit.example:9292"},
        {"origin": "https://Reddit.example:9292"},
    ],
)
def test_our_own_forms_and_programs_are_not(headers: dict[str, str]) -> None:
    assert not is_foreign(_request(**headers))


def test_a_visitor_goes_back_to_the_page_they_came_from() -> None:
    request = _request(referer="http://reddit.example:9292/?page=2#post-x")
    assert path_back(request, "/") == "/?page=2"


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "https://evil.example/",
        "http://reddit.example:9292@evil.example/",
        "http://reddit.example:9292//evil.example/",
        "http://reddit.example:9292/\\evil.example/",
        "javascript://reddit.example:9292/",
        "//reddit.example:9292/x",
        "http://[",
    ],
)
def test_a_hostile_referer_leads_to_the_default(referer: str) -> None:
    assert path_back(_request(referer=referer), "/default") == "/default"


@given(
    st.text(), st.sampled_from(["", "http://reddit.example:9292", "http://reddit.example:9292/"])
)
def test_whatever_the_referer_the_way_back_stays_here(text: str, prefix: str) -> None:
    path = path_back(_request(referer=prefix + text), "/")
    assert re.fullmatch(r"/[!-~]*", path)
    assert urlsplit(path).netloc == ""
    assert not path.startswith(("//", "/\\"))
