"""Talking to a registry, and as whom."""

import base64
import json
import os
import stat
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from delivery import registry_login
from delivery.errors import DeliveryError
from delivery.registry import Registry
from delivery.registry_login import Login
from tests.serving import serving

DIGEST = f"sha256:{'d' * 64}"
KIND = "application/vnd.oci.image.manifest.v1+json"
LOGIN = Login("deployer", "sesame-42")


class FakeRegistry(ThreadingHTTPServer):
    """One image in a registry that asks for a login, or hands out tokens for one."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bearer = False
        self.status = 0
        self.failures = 0
        self.scopes: list[str] = []
        self.written: dict[str, tuple[str, bytes]] = {}

    @property
    def address(self) -> str:
        """The registry's address."""
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeRegistry
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        """Say which digest a tag has."""
        self._answer()

    def do_GET(self) -> None:
        """Hand out a manifest, or a token."""
        if self.path.startswith("/token"):
            self.server.scopes.append(self.path)
            good = self.headers["Authorization"] == _basic(LOGIN)
            self._send(200 if good else 401, json.dumps({"token": "t0ken"}).encode())
        else:
            self._answer()

    def do_PUT(self) -> None:
        """Take a manifest."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_let_in():
            tag = self.path.rpartition("/")[2]
            self.server.written[tag] = (self.headers["Content-Type"], body)
            self._send(201)

    def _answer(self) -> None:
        if not self._is_let_in():
            return
        reference = self.path.rpartition("/")[2]
        if reference not in {"1.0.0", DIGEST} or KIND not in self.headers["Accept"]:
            self._send(404)
        else:
            self._send(200, b"{}", {"Docker-Content-Digest": DIGEST, "Content-Type": KIND})

    def _is_let_in(self) -> bool:
        if self.server.failures:
            self.server.failures -= 1
            self._send(503)
            return False
        if self.server.status:
            self._send(self.server.status)
            return False
        wanted = "Bearer t0ken" if self.server.bearer else _basic(LOGIN)
        if self.headers["Authorization"] == wanted:
            return True
        realm = f'Bearer realm="http://{self.server.address}/token",service="registry"'
        challenge = realm if self.server.bearer else 'Basic realm="tests"'
        self._send(401, headers={"WWW-Authenticate": challenge})
        return False

    def _send(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _basic(login: Login) -> str:
    return "Basic " + base64.b64encode(f"{login.username}:{login.password}".encode()).decode()


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    """A registry with one image."""
    with serving(FakeRegistry()) as server:
        yield server


@pytest.fixture(params=[False, True], ids=["basic", "bearer"])
def registry(fake: FakeRegistry, request: pytest.FixtureRequest) -> Iterator[Registry]:
    """The same, logged in to in either way."""
    fake.bearer = request.param
    with Registry(fake.address, LOGIN) as found:
        yield found


def test_a_tag_has_a_digest(registry: Registry) -> None:
    assert registry.digest("app/ui", "1.0.0") == DIGEST


def test_a_tag_that_is_not_there_has_none(registry: Registry) -> None:
    assert registry.digest("app/ui", "2.0.0") is None


def test_one_more_tag_is_the_same_manifest(registry: Registry, fake: FakeRegistry) -> None:
    registry.name("app/ui", DIGEST, "v1.0.0")
    assert fake.written == {"v1.0.0": (KIND, b"{}")}


def test_a_token_is_asked_for_the_one_repository(fake: FakeRegistry) -> None:
    fake.bearer = True
    with Registry(fake.address, LOGIN) as registry:
        registry.digest("app/ui", "1.0.0")
    assert fake.scopes == ["/token?service=registry&scope=repository%3Aapp%2Fui%3Apull%2Cpush"]


@pytest.mark.parametrize("bearer", [False, True])
@pytest.mark.parametrize(
    ("login", "who"), [(Login("intruder", "wrong-password"), "'intruder'"), (None, "anybody")]
)
def test_who_may_not_is_told_so(
    fake: FakeRegistry,
    login: Login | None,
    who: str,
    bearer: bool,  # noqa: FBT001
) -> None:
    fake.bearer = bearer
    with Registry(fake.address, login) as registry, pytest.raises(DeliveryError) as failed:
        registry.digest("app/ui", "1.0.0")
    said = str(failed.value)
    assert f"the registry {fake.address} doesn't let {who} read app/ui:1.0.0 (401)" in said
    assert "wrong-password" not in said
    assert "\n" not in said


def test_another_login_in_the_users_netrc_is_not_taken(
    fake: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Registry(fake.address, LOGIN) as registry:
        assert registry.digest("app/ui", "1.0.0") == DIGEST


def test_what_passes_is_tried_again(registry: Registry, fake: FakeRegistry) -> None:
    fake.failures = 2
    assert registry.digest("app/ui", "1.0.0") == DIGEST


def test_another_failure_is_one_clear_error(registry: Registry, fake: FakeRegistry) -> None:
    fake.status = 500
    with pytest.raises(DeliveryError, match=r"could not read app/ui:1\.0\.0: it answered 500"):
        registry.digest("app/ui", "1.0.0")


def test_a_registry_that_does_not_answer_is_one_clear_error() -> None:
    with (
        Registry("127.0.0.1:1", LOGIN) as registry,
        pytest.raises(DeliveryError, match=r"127\.0\.0\.1:1 can't be reached \(ConnectionError\)"),
    ):
        registry.digest("app/ui", "1.0.0")


def test_a_password_goes_no_way_that_others_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, str]]] = []

    def answer(_: object, method: str, url: str, **given: Any) -> requests.Response:
        asked.append((url, given["headers"]))
        response = requests.Response()
        response.status_code = 401
        response.headers["WWW-Authenticate"] = 'Bearer realm="http://evil.example/token"'
        return response

    monkeypatch.setattr(requests.Session, "request", answer)
    with (
        Registry("registry.example.com", LOGIN) as registry,
        pytest.raises(DeliveryError, match="doesn't let 'deployer' read"),
    ):
        registry.digest("app/ui", "1.0.0")
    assert [url for url, _ in asked] == ["https://registry.example.com/v2/app/ui/manifests/1.0.0"]


@pytest.mark.parametrize(
    ("address", "beginning"),
    [
        ("registry.example.com:5050", "https://registry.example.com:5050/v2/"),
        ("docker.io", "https://registry-1.docker.io/v2/"),
        ("localhost:5000", "http://localhost:5000/v2/"),
        ("127.1.2.3:5000", "http://127.1.2.3:5000/v2/"),
        ("10.0.0.1:5000", "https://10.0.0.1:5000/v2/"),
    ],
)
def test_only_this_machine_is_asked_without_tls(
    monkeypatch: pytest.MonkeyPatch, address: str, beginning: str
) -> None:
    asked: list[str] = []

    def answer(_: object, method: str, url: str, **given: Any) -> requests.Response:
        asked.append(url)
        response = requests.Response()
        response.status_code = 404
        return response

    monkeypatch.setattr(requests.Session, "request", answer)
    with Registry(address, None) as registry:
        registry.digest("app", "1")
    assert [url.startswith(beginning) for url in asked] == [True]


def stored(folder: Path, **content: Any) -> dict[str, str]:
    """Return an environment in which `docker login` has left something."""
    (folder / "config.json").write_text(json.dumps(content))
    return {"DOCKER_CONFIG": str(folder)}


def entry(login: Login) -> dict[str, str]:
    """Return a login as `docker login` leaves it."""
    return {"auth": base64.b64encode(f"{login.username}:{login.password}".encode()).decode()}


JOB = {
    "CI_REGISTRY": "registry.example.com",
    "CI_REGISTRY_USER": "gitlab-ci-token",
    "CI_REGISTRY_PASSWORD": "job:password",
}


def test_what_docker_login_left_is_found(tmp_path: Path) -> None:
    environment = stored(tmp_path, auths={"registry.example.com": entry(LOGIN)})
    assert registry_login.find("registry.example.com", environment) == LOGIN
    assert registry_login.find("other.example.com", environment) is None


def test_docker_hubs_login_has_a_name_of_its_own(tmp_path: Path) -> None:
    environment = stored(tmp_path, auths={"https://index.docker.io/v1/": entry(LOGIN)})
    assert registry_login.find("docker.io", environment) == LOGIN


def test_nobody_has_logged_in_where_nothing_is_left(tmp_path: Path) -> None:
    environment = {"DOCKER_CONFIG": str(tmp_path)}
    assert registry_login.find("registry.example.com", environment) is None
    with registry_login.for_builders(environment) as added:
        assert added == {}


@pytest.mark.parametrize("key", ["credsStore", "credHelpers"])
def test_a_credential_helper_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    helper = tmp_path / "docker-credential-safe"
    helper.write_text(
        f"#!{sys.executable}\nimport json, sys\nasked = sys.stdin.read()\n"
        "assert sys.argv[1:] == ['get']\nif asked != 'registry.example.com': sys.exit(1)\n"
        "print(json.dumps({'Username': 'deployer', 'Secret': 'sesame-42'}))\n"
    )
    helper.chmod(helper.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    value = "safe" if key == "credsStore" else {"registry.example.com": "safe"}
    environment = stored(tmp_path, **{key: value})
    assert registry_login.find("registry.example.com", environment) == LOGIN
    assert registry_login.find("other.example.com", environment) is None


def test_a_helper_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    environment = stored(tmp_path, credsStore="nowhere")
    with pytest.raises(DeliveryError, match="docker-credential-nowhere has no answer for"):
        registry_login.find("registry.example.com", environment)


@pytest.mark.parametrize("content", ["{", "\x00"])
def test_a_broken_file_is_one_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(DeliveryError, match=r"config\.json can't be read"):
        registry_login.find("registry.example.com", {"DOCKER_CONFIG": str(tmp_path)})


@pytest.mark.parametrize("auth", ["YTpi*", "c2VzYW1l", "/w=="])
def test_a_garbled_login_is_one_clear_error_without_it(tmp_path: Path, auth: str) -> None:
    environment = stored(tmp_path, auths={"registry.example.com": {"auth": auth}})
    with pytest.raises(DeliveryError, match=r"login for registry\.example\.com is garbled") as bad:
        registry_login.find("registry.example.com", environment)
    assert auth not in str(bad.value)


def test_a_jobs_login_comes_before_a_stored_one(tmp_path: Path) -> None:
    environment = {**stored(tmp_path, auths={"registry.example.com": entry(LOGIN)}), **JOB}
    found = registry_login.find("registry.example.com", environment)
    assert found == Login("gitlab-ci-token", "job:password")


@pytest.mark.parametrize("missing", sorted(JOB))
def test_half_a_login_is_none(tmp_path: Path, missing: str) -> None:
    job = {key: value for key, value in JOB.items() if key != missing}
    environment = {"DOCKER_CONFIG": str(tmp_path), **job}
    assert registry_login.find("registry.example.com", environment) is None


def test_builders_find_a_jobs_login_in_a_file_that_only_its_user_reads(tmp_path: Path) -> None:
    environment = {**stored(tmp_path, auths={"other.example.com": entry(LOGIN)}), **JOB}
    with registry_login.for_builders(environment) as added:
        file = Path(added["DOCKER_CONFIG"], "config.json")
        assert added["REGISTRY_AUTH_FILE"] == str(file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        auths = json.loads(file.read_text())["auths"]
        assert auths["other.example.com"] == entry(LOGIN)
        job = base64.b64decode(auths["registry.example.com"]["auth"])
        assert job == b"gitlab-ci-token:job:password"
    assert not file.parent.exists()
    assert "registry.example.com" not in (tmp_path / "config.json").read_text()


def test_a_login_does_not_show_its_password() -> None:
    assert LOGIN.password not in repr(LOGIN)
