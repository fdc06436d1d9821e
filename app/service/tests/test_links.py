"""Which links may be clicked."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.links import is_web_link


@pytest.mark.parametrize(
    "link",
    [
        "http://a.b",
        "https://example.com/x?y=1#z",
        "HTTPS://EXAMPLE.com",
        "http://[::1]:8080/",
        "https://example.com/ü",
        "http://user@example.com:81/",
    ],
)
def test_web_addresses_are_accepted(link: str) -> None:
    assert is_web_link(link)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "JaVaScRiPt://example.com/%0aalert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "//example.com",
        "/path",
        "example.com",
        "http:///path",
        "http://",
        "http:example.com",
        "http://exa mple.com",
        "http://example.com/\r\nSet-Cookie: a=b",
        'http://example.com/"onmouseover="x',
        "http://example.com:99999/",
        "http://[::1/",
        "https:\\\\example.com",
        "http://example.com/" + "a" * 2000,
    ],
)
def test_everything_else_is_refused(link: str) -> None:
    assert not is_web_link(link)


@given(st.one_of(st.text(), st.text().map(lambda rest: f"http:{rest}"), st.from_regex(r"\w+:.*")))
def test_whatever_is_accepted_leads_to_a_web_server(link: str) -> None:
    if is_web_link(link):
        assert urlsplit(link).scheme in {"http", "https"}
        assert urlsplit(link).hostname
        assert not set(link) & set("\r\n\t <>\"'\\") - {"'"}
