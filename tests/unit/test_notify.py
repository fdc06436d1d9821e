"""One message in Slack when a deployment failed."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from delivery.__main__ import main
from delivery.errors import DeliveryError
from delivery.notify import WEBHOOK_VARIABLE, message, post
from tests.serving import serving

SECRET = "T000/B000/NotToBeShown"  # noqa: S105 - of a webhook that there isn't
JOB = {
    "CI_PROJECT_PATH": "reddit/app",
    "CI_COMMIT_TAG": "v1.2.3",
    "CI_COMMIT_SHORT_SHA": "0123abcd",
    "CI_JOB_NAME": "deploy:production",
    "CI_JOB_URL": "https://gitlab.example.com/reddit/app/-/jobs/7?a=1&b=2",
    "GITLAB_USER_LOGIN": "grace",
    "GITLAB_USER_EMAIL": "grace@example.com",
}


class Slack(ThreadingHTTPServer):
    """Takes messages; answers what it is told to, and then that all is well."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[dict[str, Any]] = []
        self.answers: list[tuple[int, str]] = []

    @property
    def webhook(self) -> str:
        """The address to post to."""
        return f"http://127.0.0.1:{self.server_port}/services/{SECRET}"


class _Handler(BaseHTTPRequestHandler):
    server: Slack

    def do_POST(self) -> None:
        """Take a message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))
        status, text = self.server.answers.pop(0) if self.server.answers else (200, "ok")
        self.send_response(status)
        if status in {301, 302}:
            self.send_header("Location", self.server.webhook + "/elsewhere")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def slack() -> Iterator[Slack]:
    """A server in Slack's place."""
    with serving(Slack()) as server:
        yield server


def test_the_message_says_what_failed_where_and_who_started_it() -> None:
    assert message("production", JOB).splitlines() == [
        "*The deployment to production failed.*",
        "Project: reddit/app",
        "Ref: v1.2.3 (0123abcd)",
        "Started by: grace",
        "Log: <https://gitlab.example.com/reddit/app/-/jobs/7?a=1&amp;b=2|deploy:production>",
    ]


def test_a_branch_stands_where_there_is_no_tag() -> None:
    job = {"CI_COMMIT_REF_NAME": "main", "CI_COMMIT_SHORT_SHA": "0123abcd"}
    assert "Ref: main (0123abcd)" in message("staging", job)


def test_what_is_not_known_is_left_out() -> None:
    assert message("production", {}) == "*The deployment to production failed.*"


def test_nobodys_mail_address_is_passed_on() -> None:
    assert "example.com/reddit" in message("production", JOB)
    assert "grace@example.com" not in message("production", JOB)


@pytest.mark.parametrize("field", ["CI_PROJECT_PATH", "CI_COMMIT_TAG", "CI_JOB_NAME"])
def test_a_name_can_neither_mention_a_channel_nor_link_somewhere(field: str) -> None:
    hostile = "<!channel> <https://evil.example|here> &lt;\nStarted by: root"
    said = message("production", {**JOB, field: hostile})
    assert "<!channel>" not in said
    assert "<https://evil" not in said
    assert "&lt;!channel&gt;" in said
    assert "&amp;lt;" in said
    assert len(said.splitlines()) == 5


def test_an_environments_name_is_only_a_name() -> None:
    assert "<!here>" not in message("<!here>", JOB)


def test_a_link_cannot_end_early() -> None:
    said = message("production", {**JOB, "CI_JOB_URL": "https://a.example/|x> <!channel>"})
    assert "<https://a.example/x%3E%3C!channel%3E|deploy:production>" in said


def test_a_link_that_is_none_is_left_out() -> None:
    assert "Log:" not in message("production", {**JOB, "CI_JOB_URL": "javascript:alert(1)"})


def test_a_long_name_is_cut() -> None:
    said = message("production", {**JOB, "CI_COMMIT_TAG": "x" * 5000})
    assert len(said) < 1000
    assert "x…" in said


def test_one_message_is_posted(slack: Slack) -> None:
    post(slack.webhook, "hello")
    assert slack.received == [{"text": "hello"}]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_tried_again(slack: Slack, status: int) -> None:
    slack.answers = [(status, "")] * 3
    post(slack.webhook, "hello", pause_seconds=0)
    assert len(slack.received) == 4


def test_the_tries_are_bounded(slack: Slack) -> None:
    slack.answers = [(503, "")] * 99
    with pytest.raises(DeliveryError, match="Slack refused the message: 503"):
        post(slack.webhook, "hello", pause_seconds=0)
    assert len(slack.received) == 4


def test_each_pause_is_twice_the_one_before_up_to_a_bound(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    slack.answers = [(503, "")] * 3
    post(slack.webhook, "hello", pause_seconds=8)
    assert pauses == [8, 16, 20]


@pytest.mark.parametrize(
    ("status", "said", "shown"),
    [
        (404, "no_service", "404 no_service;"),
        (403, "<b>anything & more</b>", "403;"),
        (302, "", "302;"),
    ],
)
def test_a_refusal_is_not_tried_again(slack: Slack, status: int, said: str, shown: str) -> None:
    slack.answers = [(status, said)]
    with pytest.raises(DeliveryError, match=shown) as failed:
        post(slack.webhook, "hello", pause_seconds=0)
    assert len(slack.received) == 1
    assert SECRET not in str(failed.value)


@pytest.mark.parametrize(
    "webhook",
    [
        "http://hooks.example.com/services/" + SECRET,
        "ftp://127.0.0.1/" + SECRET,
        SECRET,
        "https://",
        "https://[broken/" + SECRET,
    ],
)
def test_an_address_that_others_could_read_is_refused(webhook: str) -> None:
    with pytest.raises(DeliveryError, match=f"{WEBHOOK_VARIABLE} is no address") as failed:
        post(webhook, "hello")
    assert SECRET not in str(failed.value)


def test_an_unreachable_slack_is_one_line_without_the_address(
    slack: Slack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setenv(WEBHOOK_VARIABLE, f"http://127.0.0.1:1/services/{SECRET}")
    assert main(["notify", "--environment", "production"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("error: Slack can't be reached (ConnectionError)")
    assert len(said.err.splitlines()) == 1
    assert SECRET not in said.err + said.out


def test_without_a_webhook_it_says_so_and_is_content(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(WEBHOOK_VARIABLE, raising=False)
    assert main(["notify", "--environment", "production"]) == 0
    assert capsys.readouterr().out == f"Nobody was told: {WEBHOOK_VARIABLE} is not set.\n"


def test_the_command_posts_what_the_job_knows(
    slack: Slack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**JOB, WEBHOOK_VARIABLE: slack.webhook}.items():
        monkeypatch.setenv(name, value)
    assert main(["notify", "--environment", "production"]) == 0
    assert slack.received == [{"text": message("production", JOB)}]
    assert SECRET not in capsys.readouterr().out
