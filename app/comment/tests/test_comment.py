"""The comment service against a real database server."""

import re
import uuid

import httpx2
import pytest

from app.conftest import Database, DatabaseServer, Running, Start

_POST_ID = "a" * 24
_DATABASE = f"test_comment_{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def running(start_module: Start, database_server: DatabaseServer) -> Running:
    return start_module("comment", **database_server.environ("comment"), COMMENT_DATABASE=_DATABASE)


@pytest.fixture
def comment(running: Running, database_server: DatabaseServer) -> httpx2.Client:
    with database_server.client() as client:
        client[_DATABASE]["comments"].delete_many({})
    return running.client


def _form(**changed: str) -> dict[str, str]:
    form = {
        "post_id": _POST_ID,
        "name": "Ann",
        "email": "ann@example.com",
        "body": "Well said",
        "created_at": "1700000000",
    }
    return {**form, **changed}


@pytest.mark.parametrize("path", ["/add_comment", "/add_comment/"])
def test_a_comment_is_stored_and_returned_in_the_shape_that_others_read(
    comment: httpx2.Client, path: str
) -> None:
    stored = comment.post(path, data=_form()).json()
    assert re.fullmatch("[0-9a-f]{24}", stored["_id"]["$oid"])
    assert stored == {"_id": stored["_id"], **_form()}
    assert comment.get(f"/{_POST_ID}/comments").json() == [stored]


def test_a_post_has_its_own_comments_the_oldest_first(comment: httpx2.Client) -> None:
    comment.post("/add_comment", data=_form(body="second", created_at="1700000002"))
    comment.post("/add_comment", data=_form(body="first", created_at="1700000001"))
    comment.post("/add_comment", data=_form(post_id="b" * 24))
    bodies = [item["body"] for item in comment.get(f"/{_POST_ID}/comments").json()]
    assert bodies == ["first", "second"]
    assert comment.get(f"/{'c' * 24}/comments").json() == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"post_id": ""}, "post_id"),
        ({"post_id": "x" * 65}, "post_id"),
        ({"name": "x" * 101}, "name"),
        ({"email": "x" * 255}, "email"),
        ({"body": ""}, "body"),
        ({"body": "x" * 10_001}, "body"),
        ({"created_at": "-1"}, "created_at"),
    ],
)
def test_a_comment_that_makes_no_sense_is_refused(
    comment: httpx2.Client, changed: dict[str, str], field: str
) -> None:
    answer = comment.post("/add_comment", data=_form(**changed))
    assert (answer.status_code, answer.text.split(" ")[0]) == (400, field)
    assert comment.get(f"/{_POST_ID}/comments").json() == []


def test_the_longest_comment_fits_even_where_every_letter_takes_many_bytes(
    comment: httpx2.Client,
) -> None:
    body = "\U0001f600" * 10_000
    assert comment.post("/add_comment", data=_form(body=body)).json()["body"] == body


def test_other_routes_are_not_found(comment: httpx2.Client) -> None:
    assert comment.get("/").status_code == 404
    assert comment.get("/x/y/comments").status_code == 404


def test_without_its_database_it_says_so_and_recovers(start: Start, own_database: Database) -> None:
    comment = start("comment", COMMENT_DATABASE_PORT=own_database.port).client
    health = comment.get("/healthcheck")
    assert (health.status_code, health.json()["dependent_services"]) == (503, {"commentdb": 0})
    assert comment.post("/add_comment", data=_form()).status_code == 503
    own_database.start()
    health = comment.get("/healthcheck")
    assert (health.status_code, health.json()["dependent_services"]) == (200, {"commentdb": 1})


def test_metrics_have_the_names_that_dashboards_ask_for(comment: httpx2.Client) -> None:
    comment.post("/add_comment", data=_form())
    metrics = comment.get("/metrics").text
    assert re.search(r"^comment_count [1-9]", metrics, re.MULTILINE)
    assert "\ncomment_health{" in metrics
    assert "\ncomment_health_mongo_availability{" in metrics
