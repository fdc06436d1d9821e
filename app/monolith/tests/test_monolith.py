"""All three services in one process."""

import uuid
from pathlib import Path
from urllib.parse import quote

import pytest

from app.conftest import (
    PASSWORD,
    SECRET,
    USER,
    Database,
    DatabaseServer,
    Start,
    free_port,
    wait_until,
)
from monolith import embedded
from monolith.settings import database_settings
from service.settings import SettingError


@pytest.mark.parametrize(
    ("url", "host", "port", "name"),
    [
        ("db", "db", 27017, "user_posts"),
        ("db:27018", "db", 27018, "user_posts"),
        ("mongodb://mongo/other", "mongo", 27017, "other"),
        ("mongodb://mongo:1/", "mongo", 1, "user_posts"),
    ],
)
def test_the_database_is_where_its_address_says(url: str, host: str, port: int, name: str) -> None:
    chosen = database_settings({"DATABASE_URL": url})
    assert chosen
    assert (chosen.host, chosen.port, chosen.name) == (host, port, name)


@pytest.mark.parametrize(
    ("url", "auth_source"),
    [
        ("mongodb://u:p%40%2Fw@db", "admin"),
        ("mongodb://u:p%40%2Fw@db/posts", "posts"),
        ("mongodb://u:p%40%2Fw@db/posts?authSource=admin", "admin"),
        ("u:p%40%2Fw@db:27018", "admin"),
    ],
)
def test_the_address_may_say_who_logs_in_as_mongodbs_do(url: str, auth_source: str) -> None:
    chosen = database_settings({"DATABASE_URL": url})
    assert chosen
    assert (chosen.username, chosen.password, chosen.auth_source) == ("u", "p@/w", auth_source)
    assert "p@/w" not in repr(chosen)


def test_no_address_leaves_the_choice_to_the_image() -> None:
    assert database_settings({}) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://db",
        "mongodb://u@db",
        "mongodb://:s3cret@db",
        "mongodb://u:s3cret/@db",
        "mongodb://u:s3cret@db:99999",
        "mongodb://u:s3cret@db/x?tls=true",
        "mongodb://u:s3cret@db/x?authSource=a b",
        "mongodb://u:s3cret@",
        "mongodb://",
        "db/a b",
        "db?x=1",
        "db#x",
    ],
)
def test_another_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingError, match="DATABASE_URL") as refused:
        database_settings({"DATABASE_URL": url})
    assert "s3cret" not in str(refused.value)


def test_one_process_serves_the_page_over_all_three(
    start: Start, database_server: DatabaseServer
) -> None:
    monolith = start(
        "monolith",
        DATABASE_URL=database_server.url(f"test_{uuid.uuid4().hex}"),
        POST_SERVICE_PORT=free_port(),
        COMMENT_SERVICE_PORT=free_port(),
    )
    health = monolith.client.get("/healthcheck")
    assert (health.status_code, health.json()["status"]) == (200, 1)
    form = {"title": "All in one", "link": "https://example.com"}
    assert "All in one" in monolith.client.post("/new", data=form, follow_redirects=True).text
    assert monolith.process.stop() == 0
    lines = monolith.process.logged()
    assert lines[0]["event"] == "for_demonstration_only"
    requests = {line["service"] for line in lines if line["event"] == "request"}
    assert requests == {"ui", "post"}


@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 200), (f"{PASSWORD}!", 503)])
def test_it_logs_in_with_what_its_address_holds_and_never_shows_it(
    start: Start, locked_database: Database, password: str, status: int
) -> None:
    monolith = start(
        "monolith",
        DATABASE_URL=f"mongodb://{USER}:{quote(password, safe='')}@127.0.0.1:"
        f"{locked_database.port}/posts?authSource=admin",
        POST_SERVICE_PORT=free_port(),
        COMMENT_SERVICE_PORT=free_port(),
    )
    health = monolith.client.get("/healthcheck")
    assert health.status_code == status
    assert monolith.process.stop() == 0
    assert SECRET not in health.text
    assert SECRET not in monolith.process.output()


def test_the_database_inside_is_stopped_with_the_program(tmp_path: Path) -> None:
    program = tmp_path / "database"
    stopped = tmp_path / "stopped"
    program.write_text(
        f"#!/bin/sh\ntrap 'echo $FERRETDB_SQLITE_URL > {stopped}; exit 0' TERM\n"
        f"touch {tmp_path}/started\nwhile :; do sleep 0.05; done\n"
    )
    program.chmod(0o755)
    with embedded.running({}, program, "/data", free_port()) as chosen:
        assert chosen.host == "127.0.0.1"
        wait_until((tmp_path / "started").exists, "the database didn't start")
    assert stopped.read_text() == "file:/data/\n"
