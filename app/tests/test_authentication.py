"""Post and comment at a database that lets nobody in without a password."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.conftest import PASSWORD, SECRET, USER, Collector, Database, Running, Start, wait_until


@dataclass(frozen=True)
class _Case:
    """A service, its variables' beginning, and a question that only the database can answer."""

    service: str
    prefix: str
    path: str

    def start(
        self, start: Start, database: Database, login: Mapping[str, str], **more: str | int
    ) -> Running:
        """Start the service with what it logs in with."""
        environ: dict[str, str | int] = {f"{self.prefix}_PORT": database.port, **more}
        environ |= {f"{self.prefix}_{key}": value for key, value in login.items()}
        return start(self.service, **environ)


POST = _Case("post", "POST_DATABASE", "/posts")
COMMENT = _Case("comment", "COMMENT_DATABASE", f"/{'f' * 24}/comments")
BOTH = pytest.mark.parametrize("case", [POST, COMMENT], ids=lambda case: case.service)


@BOTH
def test_the_right_password_works_and_shows_nowhere(
    start: Start, locked_database: Database, collector: Collector, case: _Case
) -> None:
    login = {"USERNAME": USER, "PASSWORD": PASSWORD}
    running = case.start(start, locked_database, login, **collector.environ)
    seen = [running.client.get(path) for path in ("/healthcheck", case.path, "/metrics")]
    assert [answer.status_code for answer in seen] == [200, 200, 200]
    wait_until(lambda: bool(collector.spans), "no span came")
    assert running.process.stop() == 0
    assert SECRET not in running.process.output()
    assert SECRET not in "".join(answer.text for answer in seen)
    assert SECRET not in str(collector.spans)
    # The database let it in: nothing had to be tried twice.
    assert "database_not_prepared" not in running.process.output()


@BOTH
def test_the_password_may_come_in_a_file(
    start: Start, locked_database: Database, tmp_path: Path, case: _Case
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    login = {"USERNAME": USER, "PASSWORD_FILE": str(file)}
    assert case.start(start, locked_database, login).client.get("/healthcheck").status_code == 200


@BOTH
@pytest.mark.parametrize(
    ("login", "reason"),
    [
        ({"USERNAME": USER, "PASSWORD": f"{PASSWORD}!"}, "refuses the user name or the password"),
        ({"USERNAME": "nobody", "PASSWORD": PASSWORD}, "refuses the user name or the password"),
        (
            {"USERNAME": USER, "PASSWORD": PASSWORD, "AUTH_SOURCE": "elsewhere"},
            "refuses the user name or the password",
        ),
        ({}, "lets this user do nothing here"),
    ],
    ids=["wrong password", "wrong user", "wrong source", "none"],
)
def test_whoever_is_not_let_in_is_unhealthy_and_says_why_without_the_password(
    start: Start, locked_database: Database, case: _Case, login: Mapping[str, str], reason: str
) -> None:
    running = case.start(start, locked_database, login)
    health = running.client.get("/healthcheck")
    assert (health.status_code, health.json()["status"]) == (503, 0)
    wait_until(
        lambda: any(reason in line.get("reason", "") for line in running.process.logged()),
        "no line says why",
    )
    refused = running.client.get(case.path)
    assert refused.status_code == 503
    assert running.process.stop() == 0
    assert SECRET not in running.process.output()
    assert SECRET not in health.text + refused.text


@BOTH
def test_half_a_login_ends_it_with_one_line(start: Start, case: _Case) -> None:
    with pytest.raises(pytest.fail.Exception, match="set both or neither") as ended:
        start(case.service, **{f"{case.prefix}_PASSWORD": PASSWORD})
    assert SECRET not in str(ended.value)
