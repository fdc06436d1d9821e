"""The post service against a real database server."""

import re
import signal
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pymongo
import pytest
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)
from starlette.testclient import TestClient

from app.conftest import Database, DatabaseServer, Running, Start, wait_until
from post import app
from service.build import Build
from service.database_settings import DatabaseSettings

_UNKNOWN_ID = "f" * 24
_DATABASE = f"test_post_{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def running(start_module: Start, database_server: DatabaseServer) -> Running:
    return start_module("post", **database_server.environ("post"), POST_DATABASE=_DATABASE)


@pytest.fixture
def post(running: Running, database_server: DatabaseServer) -> httpx2.Client:
    with database_server.client() as client:
        client[_DATABASE]["posts"].delete_many({})
    return running.client


def _add(post: httpx2.Client, title: str, created_at: int = 1_700_000_000) -> str:
    form = {"title": title, "link": "https://example.com", "created_at": str(created_at)}
    assert post.post("/add_post", data=form).text == "OK"
    posts = post.get("/posts").json()
    return str(next(item for item in posts if item["title"] == title)["_id"]["$oid"])


def test_a_post_is_stored_in_the_shape_that_others_read(post: httpx2.Client) -> None:
    post_id = _add(post, "Hello")
    expected = {
        "_id": {"$oid": post_id},
        "title": "Hello",
        "link": "https://example.com",
        "created_at": "1700000000",
        "votes": 0,
    }
    assert post.get("/posts").json() == [expected]
    assert post.get(f"/post/{post_id}").json() == expected


def test_all_posts_come_newest_first(post: httpx2.Client) -> None:
    for title, created_at in [("old", 1), ("new", 3), ("middle", 2), ("middle, later", 2)]:
        _add(post, title, 1_700_000_000 + created_at)
    titles = [item["title"] for item in post.get("/posts").json()]
    assert titles == ["new", "middle, later", "middle", "old"]


def test_votes_cast_at_the_same_time_all_count(post: httpx2.Client) -> None:
    post_id = _add(post, "Popular")

    def vote(number: int) -> int:
        kind = "-1" if number % 4 == 0 else "1"
        return post.post("/vote", data={"id": post_id, "type": kind}).status_code

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(vote, range(200))) == {200}
    assert post.get(f"/post/{post_id}").json()["votes"] == 150 - 50


@pytest.mark.parametrize("post_id", ["x", _UNKNOWN_ID, "0" * 23, "0" * 25, "%00", "12 bytes long"])
def test_an_id_of_nothing_is_not_found(post: httpx2.Client, post_id: str) -> None:
    assert post.get(f"/post/{post_id}").status_code == 404
    assert post.post("/vote", data={"id": post_id, "type": "1"}).status_code == 404


@pytest.mark.parametrize("kind", ["", "2", "0", "up", "1.0", "--1"])
def test_a_vote_of_another_size_is_refused(post: httpx2.Client, kind: str) -> None:
    post_id = _add(post, "Hello")
    answer = post.post("/vote", data={"id": post_id, "type": kind})
    assert (answer.status_code, repr(kind) in answer.text) == (400, True)
    assert post.get(f"/post/{post_id}").json()["votes"] == 0


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"link": "https://a.b"}, "title"),
        ({"title": " ", "link": "https://a.b"}, "title"),
        ({"title": "x" * 301, "link": "https://a.b"}, "title"),
        ({"title": "x"}, "link"),
        ({"title": "x", "link": "javascript:alert(1)"}, "link"),
        ({"title": "x", "link": "https://a.b/" + "x" * 2000}, "link"),
        ({"title": "x", "link": "https://a.b", "created_at": "yesterday"}, "created_at"),
    ],
)
def test_a_post_that_makes_no_sense_is_refused(
    post: httpx2.Client, form: dict[str, str], field: str
) -> None:
    answer = post.post("/add_post", data=form)
    assert (answer.status_code, answer.text.split(" ")[0]) == (400, field)
    assert post.get("/posts").json() == []


def test_a_body_that_is_no_form_or_too_large_is_refused(post: httpx2.Client) -> None:
    assert post.post("/add_post", json={"title": "x"}).status_code == 415
    assert post.post("/add_post", data={"title": "x" * 300_000}).status_code == 413
    form = {"title": "x", "link": "https://a.b"}
    many = {f"field{number}": "" for number in range(20)}
    assert post.post("/add_post", data={**form, **many}).status_code == 400


def test_pages_hold_every_post_once(post: httpx2.Client) -> None:
    for number in range(7):
        _add(post, str(number), 1_700_000_000 + number // 3)
    answers = [post.get("/posts", params={"page": page, "per_page": 3}) for page in (1, 2, 3)]
    assert [answer.headers.get("next-page") for answer in answers] == ["2", "3", None]
    seen = [item["title"] for answer in answers for item in answer.json()]
    assert seen == [str(number) for number in reversed(range(7))]


@pytest.mark.parametrize("query", ["page=0", "page=x", "per_page=101", "page=-1", "page="])
def test_a_page_that_cannot_be_is_refused(post: httpx2.Client, query: str) -> None:
    assert post.get(f"/posts?{query}").status_code == 400


class _Commands(CommandListener):
    def __init__(self) -> None:
        self.databases: list[tuple[str, str]] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.databases.append((event.database_name, event.command_name))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


_COMMANDS = _Commands()
pymongo.monitoring.register(_COMMANDS)


# A client of PyMongo that is closed forgets a connection that it was just making.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("count", [1, 250])
def test_a_page_is_one_query_however_many_posts_there_are(
    database_server: DatabaseServer, database_name: str, count: int
) -> None:
    settings = DatabaseSettings(
        host=database_server.host, port=database_server.port, name=database_name
    )
    build = Build(version="1", commit_hash="c", branch="b")
    with database_server.client() as client:
        client[database_name]["posts"].insert_many(
            [
                {"title": "x", "link": "https://a.b", "created_at": str(number), "votes": 0}
                for number in range(count)
            ]
        )
    with TestClient(app.create(settings, build)) as post:
        _COMMANDS.databases.clear()
        assert len(post.get("/posts?page=1&per_page=100").json()) == min(count, 100)
        asked = [command for name, command in _COMMANDS.databases if name == database_name]
    beside = {"listCollections", "createIndexes"}
    assert [command for command in asked if command not in beside] == ["find"]


def test_the_index_that_pages_need_is_there(
    post: httpx2.Client, database_server: DatabaseServer
) -> None:
    _add(post, "Hello")
    with database_server.client() as client:
        posts = client[_DATABASE]["posts"]
        wait_until(lambda: "newest" in posts.index_information(), "there is no index")


def test_without_its_database_it_says_so_and_recovers_when_it_is_back(
    start: Start, own_database: Database
) -> None:
    post = start("post", POST_DATABASE_PORT=own_database.port)
    begin = time.monotonic()
    answer = post.client.get("/healthcheck")
    assert time.monotonic() - begin < 3
    assert answer.status_code == 503
    assert answer.json() == {
        "status": 0,
        "dependent_services": {"postdb": 0},
        "version": "1.0.0",
    }
    assert post.client.get("/posts").status_code == 503
    assert post.client.post("/vote", data={"id": _UNKNOWN_ID, "type": "1"}).status_code == 503

    own_database.start()
    assert post.client.get("/healthcheck").json()["status"] == 1
    post_id = _add(post.client, "Kept")

    own_database.stop()
    assert post.client.get(f"/post/{post_id}").status_code == 503
    own_database.start()
    assert post.client.get(f"/post/{post_id}").json()["title"] == "Kept"


def test_it_stops_at_once_while_its_database_is_away(start: Start, own_database: Database) -> None:
    post = start("post", POST_DATABASE_PORT=own_database.port)
    begin = time.monotonic()
    assert post.process.stop(signal.SIGTERM) == 0
    assert time.monotonic() - begin < 3


def test_metrics_have_the_names_that_dashboards_ask_for(post: httpx2.Client) -> None:
    _add(post, "Hello")
    metrics = post.get("/metrics").text
    assert re.search(r"^post_count [1-9]", metrics, re.MULTILINE)
    assert re.search(r"^post_read_db_seconds_bucket\{le=", metrics, re.MULTILINE)
    labels = r'\{branch="unknown",commit_hash="unknown",version="1.0.0"\} 1.0$'
    assert re.search(f"^post_health{labels}", metrics, re.MULTILINE)
    assert re.search(f"^post_health_mongo_availability{labels}", metrics, re.MULTILINE)


def test_settings_that_make_no_sense_end_it_with_one_line(start: Start) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"POST_DATABASE_PORT is 'x'"):
        start("post", POST_DATABASE_PORT="x")


def test_what_was_typed_is_kept_as_it_was_typed(post: httpx2.Client) -> None:
    title = "“Grüße” <b>&amp; 日本語 \U0001f600 \"'\\ %41 +"
    _add(post, title)
    assert post.get("/posts").json()[0]["title"] == title
