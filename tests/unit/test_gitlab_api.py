"""The way to a GitLab: what is waited for, what is not, what is said, and what a plan does."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import settings

from components import _gitlab_readiness
from components._gitlab_readiness import Api, wait_until_ready
from components.checks import ArgumentError
from components.gitlab_api import gitlab_provider
from tests.gitlab_api.certificate import self_signed
from tests.gitlab_api.server import TODAY, GitlabApi, Token
from tests.serving import serving
from tests.unit.recorder import STASH, Deploy, Engine

TOKEN = "glpat-a-token-of-the-tests"  # noqa: S105 - opens nothing
PROVIDER = "pulumi:providers:gitlab"
SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the SDK's sign of a secret

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_gitlab_readiness, "_FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def gitlab() -> Iterator[GitlabApi]:
    """A GitLab that is up and knows the token."""
    with GitlabApi(tokens={TOKEN: Token()}).serving() as api:
        yield api


def _wait(
    url: str, *, token: str = TOKEN, timeout_seconds: int = 60, ca_file: Path | None = None
) -> None:
    api = Api(
        url=pulumi.Output.from_input(f"{url}/api/v4/"),
        token=pulumi.Output.secret(token),
        ca_file=str(ca_file or ""),
    )
    asyncio.get_event_loop().run_until_complete(wait_until_ready(api, timeout_seconds))


def _refused(url: str, **changes: Any) -> str:
    with pytest.raises(RuntimeError) as failed:
        _wait(url, **changes)
    return str(failed.value)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_gitlab_that_answers_is_asked_once(gitlab: GitlabApi) -> None:
    _wait(gitlab.url)
    assert gitlab.asked == ["/api/v4/version"]


def test_a_start_with_502s_and_no_token_yet_is_waited_for(gitlab: GitlabApi) -> None:
    gitlab.boot_answers, gitlab.token_after = 3, 2
    _wait(gitlab.url)
    assert len(gitlab.asked) == 6


def test_a_gitlab_that_does_not_listen_yet_is_waited_for() -> None:
    port = _free_port()
    with ExitStack() as later:
        api = GitlabApi(tokens={TOKEN: Token()})
        start = threading.Timer(0.2, lambda: later.enter_context(api.serving(port=port)))
        start.start()
        _wait(f"http://127.0.0.1:{port}")
        start.join()
    assert api.asked == ["/api/v4/version"]


def test_the_wait_has_an_end_and_says_what_it_waited_for(gitlab: GitlabApi) -> None:
    gitlab.boot_answers = 1_000_000
    message = _refused(gitlab.url, timeout_seconds=1)
    assert message.startswith(f"{gitlab.url}/api/v4/: waited 1 s for GitLab in vain: HTTP 502.")
    assert message.endswith("Nothing was made in GitLab.")


def test_a_dead_address_is_given_up_in_time() -> None:
    message = _refused(f"http://127.0.0.1:{_free_port()}", timeout_seconds=1)
    assert "waited 1 s for GitLab in vain" in message
    assert "refused" in message


def test_a_gitlab_that_hangs_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        message = _refused(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_seconds=1)
    assert "waited 1 s for GitLab in vain: " in message


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (None, "(401)"),
        (Token(expires_at=TODAY), "(401, it has expired)"),
        (Token(expires_at=TODAY - timedelta(days=30)), "(401, it has expired)"),
        (Token(revoked=True), "(401, it was revoked)"),
        (Token(scopes=("create_runner",)), "(403, it lacks the scope api)"),
    ],
)
@pytest.mark.parametrize("bound", ["grace", "timeout"])
def test_a_token_that_is_never_taken_is_one_clear_error(
    gitlab: GitlabApi,
    monkeypatch: pytest.MonkeyPatch,
    token: Token | None,
    words: str,
    bound: str,
) -> None:
    monkeypatch.setattr(
        _gitlab_readiness, "_REFUSED_TOKEN_SECONDS", 0.1 if bound == "grace" else 600
    )
    gitlab.tokens = {TOKEN: token} if token else {}
    message = _refused(gitlab.url, timeout_seconds=600 if bound == "grace" else 1)
    assert f"GitLab answers and refuses the token {words}" in message
    assert len(gitlab.asked) > 1


def test_a_token_that_works_after_a_refusal_is_fine(gitlab: GitlabApi) -> None:
    gitlab.tokens[TOKEN].expires_at = TODAY
    renewal = threading.Timer(
        0.2, lambda: gitlab.tokens.update({TOKEN: Token(expires_at=TODAY + timedelta(days=1))})
    )
    renewal.start()
    _wait(gitlab.url)
    renewal.join()


def test_a_redirection_is_not_followed_with_the_token(gitlab: GitlabApi) -> None:
    with GitlabApi(moved_to=f"{gitlab.url}/api/v4/version").serving() as moved:
        message = _refused(moved.url)
    assert "it sends us to another address (301)" in message
    assert gitlab.asked == []


def test_what_answers_like_a_website_is_not_gitlab() -> None:
    class Website(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>It works!</html>")

        def log_message(self, *_: object) -> None:
            pass

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Website)) as server:
        message = _refused(f"http://127.0.0.1:{server.server_port}", timeout_seconds=1)
    assert "what answers is not GitLab's API" in message


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine, signed by itself, with its key in the same file."""
    return self_signed(tmp_path_factory.mktemp("tls"))


def test_a_certificate_counts_only_if_it_is_trusted(certificate: Path) -> None:
    with GitlabApi(tokens={TOKEN: Token()}).serving(certificate=certificate) as api:
        message = _refused(api.url, timeout_seconds=1)
        assert "self-signed certificate" in message
        assert api.asked == []
        _wait(api.url, ca_file=certificate)
        assert api.asked == ["/api/v4/version"]


def test_a_file_without_certificates_is_named_at_once(gitlab: GitlabApi, tmp_path: Path) -> None:
    assert "missing.pem holds no certificates" in _refused(
        gitlab.url, ca_file=tmp_path / "missing.pem"
    )
    empty = tmp_path / "empty.pem"
    empty.touch()
    assert issubclass(ssl.SSLError, OSError)
    assert "empty.pem holds no certificates" in _refused(gitlab.url, ca_file=empty)


@pytest.mark.parametrize("token", ["glpat-wrong-token", "two\nlines", "schlüssel-€"])
def test_no_message_shows_the_token(
    gitlab: GitlabApi,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    token: str,
) -> None:
    monkeypatch.setattr(_gitlab_readiness, "_REFUSED_TOKEN_SECONDS", 0.1)
    with pytest.raises(RuntimeError) as failed:
        _wait(gitlab.url, token=token)
    assert token not in "".join(
        map(str, [failed.value, failed.value.__cause__, *capfd.readouterr()])
    )
    assert all(part not in str(failed.value) for part in token.split("\n"))


def test_the_provider_comes_after_the_gate_and_the_gate_after_the_server(
    deploy: Deploy, engine: Engine
) -> None:
    def program() -> None:
        server = pulumi.Stash("server", input="container")
        gitlab_provider("gitlab", "https://gitlab.example/", TOKEN, [server])

    deploy(program)
    gate, provider = engine["gitlab-ready"], engine["gitlab"]
    assert gate.type == STASH
    assert provider.type == PROVIDER
    assert gate.depends_on == {"server"}
    assert "gitlab-ready" in provider.depends_on
    assert list(gate.request.hooks.before_create) == ["gitlab-answers"]
    assert list(gate.request.hooks.before_update) == ["gitlab-answers"]
    # Another container is waited for anew.
    assert gate.inputs["input"]["value"]["after"] == ["server-id"]


def test_the_provider_is_given_the_api_and_checks_nothing_early(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: gitlab_provider("gitlab", "https://ci.example/gitlab/", TOKEN, ca_file="/ca"))
    inputs = engine["gitlab"].inputs
    assert inputs["baseUrl"] == "https://ci.example/gitlab/api/v4/"
    assert inputs["earlyAuthCheck"] in (False, "false")
    assert inputs["cacertFile"] == "/ca"


@pytest.mark.parametrize("given_as", [str, pulumi.Output.from_input])
def test_the_token_is_secret_in_the_provider_and_not_at_all_in_the_record(
    deploy: Deploy, engine: Engine, given_as: Any
) -> None:
    deploy(lambda: gitlab_provider("gitlab", "https://gitlab.example", given_as(TOKEN)))
    fields = engine["gitlab"].request.object.fields
    assert TOKEN in str(fields["token"])
    assert SECRET_MARK in str(fields.pop("token"))
    assert SECRET_MARK in str(engine["gitlab-ready"].request.object.fields["input"])
    assert not [each.name for each in engine.registrations if TOKEN in str(each.request)]


def test_a_changed_token_is_tried_before_it_is_used(deploy: Deploy, engine: Engine) -> None:
    def program() -> None:
        gitlab_provider("one", "https://gitlab.example", TOKEN)
        gitlab_provider("two", "https://gitlab.example", f"{TOKEN}-new")

    deploy(program)
    assert engine["one-ready"].inputs["input"] != engine["two-ready"].inputs["input"]


def _planned_token(deploy: Deploy, engine: Engine, url: str) -> str:
    settings.SETTINGS.dry_run = True
    deploy(lambda: gitlab_provider("gitlab", url, TOKEN))
    return str(engine["gitlab"].request.object.fields["token"])


def test_a_plan_shows_the_token_to_a_gitlab_that_takes_it(
    deploy: Deploy, engine: Engine, gitlab: GitlabApi
) -> None:
    assert TOKEN in _planned_token(deploy, engine, gitlab.url)
    assert gitlab.asked == ["/api/v4/version"]


@pytest.mark.parametrize("trouble", ["down", "booting", "without the token"])
def test_a_plan_goes_without_a_gitlab_that_is_not_there(
    deploy: Deploy, engine: Engine, gitlab: GitlabApi, trouble: str
) -> None:
    url = gitlab.url
    if trouble == "down":
        url = f"http://127.0.0.1:{_free_port()}"
    elif trouble == "booting":
        gitlab.boot_answers = 1_000_000
    else:
        gitlab.tokens = {}
    assert TOKEN not in _planned_token(deploy, engine, url)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": "gitlab.example"}, "url: 'gitlab.example' is not GitLab's address"),
        ({"url": "ftp://gitlab.example"}, "is not GitLab's address"),
        ({"url": "https://"}, "is not GitLab's address"),
        ({"url": "https://gitlab.example/api/v4"}, "is not GitLab's address"),
        ({"url": f"https://root:{TOKEN}@gitlab.example"}, "url: '(hidden)' is not"),
        ({"token": f"{TOKEN}\n"}, "token: '(hidden)' is not a token"),
        ({"token": ""}, "token: '(hidden)' is not a token"),
        ({"timeout_seconds": 0}, "timeout_seconds: 0 is not a whole number from 1 to 3600"),
    ],
)
def test_a_bad_argument_is_refused_before_anything_is_registered(
    deploy: Deploy, engine: Engine, changes: dict[str, Any], message: str
) -> None:
    arguments = {"url": "https://gitlab.example", "token": TOKEN, **changes}
    with pytest.raises(ArgumentError) as refusal:
        deploy(lambda: gitlab_provider("gitlab", **arguments))
    assert message in str(refusal.value)
    assert TOKEN not in str(refusal.value)
    assert engine.registrations == []
