"""No secret gets into any report, nor anything that can't be seen."""

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.preview import files, markdown, terminal
from delivery.preview.model import StackPreview
from delivery.preview.plain_text import visible, without_escapes
from delivery.preview.redaction import Redactor, clean_text
from tests.unit.preview_examples import NO_SECRETS, saying

Render = Callable[[list[StackPreview], Redactor], str]

_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----"
_RENDERINGS: dict[str, Render] = {
    "markdown": lambda previews, redact: markdown.render(previews, redact=redact),
    "terminal": lambda previews, redact: terminal.render(previews, redact=redact, colour=False),
    "json": lambda previews, redact: files.as_json(previews, redact=redact),
}


def _made(*parts: str) -> str:
    """Return a made-up secret; in one piece, scanners of repositories take it for a real one."""
    return "".join(parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_made("a glpat", "-abcdefghij0123456789 b"), "a [secret] b"),
        (_made("glrt", "-abcdefghij0123456789"), "[secret]"),
        (_made("ghp", "_" + "a1" * 18), "[secret]"),
        (_made("https://hooks.slack", ".com/services/T0/B0/abc"), "https://[secret]"),
        (f"a\n{_KEY}\nb", "a\n[secret]\nb"),
        (_KEY.replace("\n", "\\n"), "[secret]"),
        ("-----BEGIN PRIVATE KEY-----\nabc", "[secret]"),
        ("mongodb://root:hunter2@db:27017/a@b", "mongodb://[secret]@db:27017/a@b"),
        ("https://oauth2:p@ss@host/x", "https://[secret]@host/x"),
        ("http://host:8080/a@b", "http://host:8080/a@b"),
        ("ssh://deploy@host", "ssh://deploy@host"),
        ("DB_PASSWORD=hunter2 x", "DB_PASSWORD=[secret] x"),
        ("--token='a b' x", "--token=[secret] x"),
        ('API_KEY="a \\" b" x', "API_KEY=[secret] x"),
        ('{"dbPassword" : "hunter2", "a": 1}', '{"dbPassword" : [secret], "a": 1}'),
        ("MONKEY=hunter2 TOKEN_FILE=/run/x", "MONKEY=hunter2 TOKEN_FILE=/run/x"),
        ("SSH_PUBLIC_KEY=abc", "SSH_PUBLIC_KEY=abc"),
        ("password: none given", "password: none given"),
    ],
)
def test_secrets_are_known_by_their_format_and_their_place(text: str, expected: str) -> None:
    assert NO_SECRETS(text) == expected


@pytest.mark.parametrize(
    ("environment", "text", "expected"),
    [
        ({"GITLAB_TOKEN": "correct horse"}, "a correct horse b", "a [secret] b"),
        ({"GITLAB_TOKEN": "p/w+12345"}, "x?t=p%2Fw%2B12345", "x?t=[secret]"),
        ({"A_TOKEN": "longsecret", "B_TOKEN": "longsecret-er"}, "longsecret-er", "[secret]"),
        ({"A_TOKEN": " padded-value\n"}, "<padded-value>", "<[secret]>"),
        ({"A_TOKEN": "a.c.e.g.i"}, "abcdefghi", "abcdefghi"),
        # Shorter ones are words, too.
        ({"A_TOKEN": "staging"}, "staging", "staging"),
        ({"A_NAME": "correct horse"}, "correct horse", "correct horse"),
        ({"A_TOKEN": ""}, "abc", "abc"),
    ],
)
def test_secrets_of_the_environment_are_known(
    environment: dict[str, str], text: str, expected: str
) -> None:
    assert Redactor(environment)(text) == expected


@pytest.mark.parametrize("rendering", _RENDERINGS)
@pytest.mark.parametrize(
    "secret",
    [
        _made("glpat", "-abcdefghij0123456789"),
        "correct horse",
        "correct\x1b[0m horse",
        "\x1b]8;;x\x07correct horse",
    ],
)
def test_no_report_tells_a_secret_wherever_it_stands(rendering: str, secret: str) -> None:
    redact = Redactor({"GITLAB_TOKEN": "correct horse"})
    report = _RENDERINGS[rendering]([saying(f"before {secret} after")], redact)
    assert "before [secret] after" in report
    assert "horse" not in report
    assert "abcdefghij" not in report


@pytest.mark.parametrize("rendering", _RENDERINGS)
@settings(deadline=None, max_examples=50)
@given(text=st.text(min_size=1))
def test_no_report_holds_what_cannot_be_seen(rendering: str, text: str) -> None:
    report = _RENDERINGS[rendering]([saying(text)], NO_SECRETS)
    assert [each for each in report if not each.isprintable() and each not in "\n\t"] == []
    report.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07a", "a"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x1bcreset", "reset"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\\u000db"),
        ("\u202eabc", "\\u202eabc"),
        ("a\u200bb\u2028", "a\\u200bb\\u2028"),
        ("\ud800", "\\ud800"),
        ("naïve ☃\tx\n", "naïve ☃\tx\n"),
    ],
)
def test_texts_are_made_fit_to_be_read(text: str, expected: str) -> None:
    assert visible(without_escapes(text)) == expected


@pytest.mark.parametrize(
    "piece",
    [
        "a-", "://", "://a:", "://a:b", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "\x1b]",
        "\x9d", "\x1b[", "\x9b0", '"a"', "'", "A=\"", "gl", "xoxb-", '"key" ', "TOKEN=",
    ],
)  # fmt: skip
def test_no_text_takes_long(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.process_time()
        clean_text(text, NO_SECRETS)
        return time.process_time() - started

    # Twenty times the text takes twenty times as long, or else four hundred.
    assert seconds(400_000) < 100 * max(seconds(20_000), 1e-3)


def test_the_json_stays_json() -> None:
    report = files.as_json([saying('TOKEN="a" \ud800 \x1b[0m')], redact=NO_SECRETS)
    assert json.loads(report)["stacks"][0]["stack"] == "TOKEN=[secret] \\ud800 "
