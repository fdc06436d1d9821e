"""The ui service in front of real services and a real database."""

import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest

from app.conftest import Database, DatabaseServer, Running, Start, free_port


@dataclass(frozen=True)
class System:
    """All three services."""

    ui: httpx2.Client
    post: Running
    comment: Running


@pytest.fixture(scope="module")
def system(start_module: Start, database_server: DatabaseServer) -> System:
    name = f"test_ui_{uuid.uuid4().hex}"
    post = start_module("post", **database_server.environ("post"), POST_DATABASE=name)
    comment = start_module("comment", **database_server.environ("comment"), COMMENT_DATABASE=name)
    ui = start_module("ui", **_addresses(post.port, comment.port), ENV="test", HOSTNAME="box")
    return System(ui.client, post, comment)


def _addresses(post_port: int, comment_port: int) -> dict[str, int]:
    return {"POST_SERVICE_PORT": post_port, "COMMENT_SERVICE_PORT": comment_port}


def _publish(system: System, title: str) -> str:
    answer = system.ui.post("/new", data={"title": title, "link": "https://example.com/a?b=c"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    posts = system.post.client.get("/posts").json()
    return str(next(post["_id"]["$oid"] for post in posts if post["title"] == title))


def _message(answer: httpx2.Response) -> str:
    found = re.search(r'<p class="message[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    return found.group(1) if found else ""


def test_a_post_is_published_voted_on_and_commented(system: System) -> None:
    post_id = _publish(system, "Journey & <i>end</i>")
    assert "Journey &amp; &lt;i&gt;end&lt;/i&gt;" in system.ui.get("/").text

    for kind in ("1", "1", "-1"):
        answer = system.ui.post(f"/post/{post_id}/vote/{kind}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/#post-{post_id}")
    assert system.post.client.get(f"/post/{post_id}").json()["votes"] == 1

    form = {"name": "Ann", "email": "ann@example.com", "body": "Well\nsaid <3"}
    answer = system.ui.post(f"/post/{post_id}/comment", data=form)
    assert answer.headers["location"] == f"/post/{post_id}#comments"
    page = system.ui.get(f"/post/{post_id}").text
    assert "Well\nsaid &lt;3" in page
    assert "Comments (1)" in page
    assert "ann@example.com" not in page


def test_the_message_of_a_redirect_is_shown_once(system: System) -> None:
    answer = system.ui.post("/new", data={"title": "Flash", "link": "https://example.com"})
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))
    first = system.ui.get("/")
    assert "published" in _message(first)
    assert _message(system.ui.get("/")) == ""


def test_a_cookie_made_up_by_somebody_shows_nothing(system: System) -> None:
    answer = httpx2.get(
        system.ui.base_url, headers={"Cookie": "flash=<script>1</script>"}, trust_env=False
    )
    assert (answer.status_code, _message(answer)) == (200, "")


@pytest.mark.parametrize(
    ("title", "link", "message"),
    [
        ("", "https://example.com", "Invalid title"),
        ("x" * 301, "https://example.com", "Invalid title"),
        ("A & B", "javascript:alert(1)", "Invalid URL"),
        ("A & B", "example.com", "Invalid URL"),
    ],
)
def test_a_post_that_makes_no_sense_comes_back_with_what_was_typed(
    system: System, title: str, link: str, message: str
) -> None:
    before = system.post.client.get("/posts").text
    answer = system.ui.post("/new/", data={"title": title, "link": link}, follow_redirects=True)
    assert message in _message(answer)
    assert f'value="{link}"' in answer.text
    assert system.post.client.get("/posts").text == before


def test_a_comment_that_makes_no_sense_is_refused(system: System) -> None:
    post_id = _publish(system, "Silence")
    answer = system.ui.post(f"/post/{post_id}/comment", data={"name": "Ann", "body": " "})
    assert answer.status_code == 303
    assert "Invalid comment" in _message(system.ui.get(f"/post/{post_id}"))
    assert system.comment.client.get(f"/{post_id}/comments").json() == []


@pytest.mark.parametrize("path", ["/nothing", "/?page=0", "/?page=x", "/post/a/b"])
def test_any_other_page_is_not_found(system: System, path: str) -> None:
    answer = system.ui.get(path)
    assert (answer.status_code, "Page not found" in answer.text) == (404, True)


@pytest.mark.parametrize("post_id", ["f" * 24, "x", "..%2fposts", "%0d%0aX-A:b"])
def test_a_post_that_is_not_there_is_not_found(system: System, post_id: str) -> None:
    assert system.ui.get(f"/post/{post_id}").status_code == 404
    assert system.ui.post(f"/post/{post_id}/vote/1").status_code == 404


def test_a_vote_of_another_size_is_refused(system: System) -> None:
    post_id = _publish(system, "Vote")
    assert system.ui.post(f"/post/{post_id}/vote/2").status_code == 400


@pytest.mark.parametrize("path", ["/new", "/post/{id}/vote/1", "/post/{id}/comment"])
def test_another_site_cannot_send_forms_here(system: System, path: str) -> None:
    post_id = _publish(system, f"Foreign {path}")
    before = system.post.client.get("/posts").text
    form = {"title": "x", "link": "https://a.b", "name": "x", "body": "x"}
    answer = system.ui.post(
        path.format(id=post_id), data=form, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert system.post.client.get("/posts").text == before
    assert system.comment.client.get(f"/{post_id}/comments").json() == []


def test_a_page_is_one_request_however_many_posts_there_are(system: System) -> None:
    for number in range(35):
        _publish(system, f"Many {number}")
    page = system.ui.get("/", headers={"Request-Id": "front-page"})
    assert page.text.count("<article>") == 30
    assert 'href="/?page=2"' in page.text
    asked = [
        line["path"]
        for service in (system.post, system.comment)
        for line in service.process.logged()
        if line.get("request_id") == "front-page"
    ]
    assert asked == ["/posts"]


def test_the_page_forbids_scripts_and_frames(system: System) -> None:
    policy = system.ui.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_style_and_icon_are_served_here(system: System) -> None:
    page = system.ui.get("/").text
    style = re.search(r'href="(/style\.css\?v=[0-9a-f]{12})"', page)
    assert style
    answer = system.ui.get(style.group(1))
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert system.ui.get("/icon.svg").headers["content-type"] == "image/svg+xml"


def test_metrics_have_the_names_that_dashboards_ask_for(system: System) -> None:
    system.ui.get("/")
    system.ui.get("/post/x")
    metrics = system.ui.get("/metrics").text
    for series in (
        r'ui_request_count\{http_status="200",method="GET",path="/"\} ',
        r'ui_request_count\{http_status="404",method="GET",path="/post/\{post_id\}"\} ',
        r'ui_request_response_time_bucket\{le="[^"]+",path="/"\} ',
        r'ui_health\{branch="unknown",commit_hash="unknown",version="1\.0\.0"\} 1\.0',
        r"ui_health_post_availability\{.*\} 1\.0",
        r"ui_health_comment_availability\{.*\} 1\.0",
    ):
        assert re.search(f"^{series}", metrics, re.MULTILINE), series


def test_without_the_others_the_page_says_so_and_recovers(
    start: Start, own_database: Database
) -> None:
    post_port, comment_port = free_port(), free_port()
    ui = start("ui", **_addresses(post_port, comment_port)).client
    answer = ui.get("/")
    assert (answer.status_code, "t show blog posts" in _message(answer)) == (200, True)
    form = {"title": "Kept in the form", "link": "https://example.com"}
    answer = ui.post("/new", data=form, follow_redirects=True)
    assert "save your post" in _message(answer)
    assert "Kept in the form" in answer.text
    health = ui.get("/healthcheck")
    assert (health.status_code, health.json()["status"]) == (503, 0)
    assert health.json()["dependent_services"] == {"comment": 0, "post": 0}

    own_database.start()
    start("post", POST_DATABASE_PORT=own_database.port, PORT=post_port)
    assert ui.get("/healthcheck").json()["dependent_services"] == {"comment": 0, "post": 1}
    assert ui.get("/").status_code == 200


class _OriginalPost(BaseHTTPRequestHandler):
    """A post service that knows no pages, such as the original one."""

    def do_GET(self) -> None:
        posts: list[dict[str, Any]] = [
            {
                "_id": {"$oid": f"{number:024x}"},
                "title": f"Old {number}",
                "link": "https://example.com",
                "created_at": "1500000000",
                "votes": 0,
            }
            for number in range(45)
        ]
        body = httpx2.Response(200, json=posts).content
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_a_post_service_that_knows_no_pages_is_paged_here(start: Start) -> None:
    with _serving(_OriginalPost) as port:
        ui = start("ui", **_addresses(port, free_port())).client
        first, second, third = (ui.get(f"/?page={number}").text for number in (1, 2, 3))
    assert (first.count("<article>"), 'rel="next"' in first) == (30, True)
    assert (second.count("<article>"), 'rel="next"' in second) == (15, False)
    assert third.count("<article>") == 0


def test_a_service_that_hangs_holds_nobody_for_long(start: Start) -> None:
    class Hanging(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(8)

        def log_message(self, *_args: object) -> None:
            pass

    with _serving(Hanging) as port:
        ui = start("ui", **_addresses(port, port)).client
        begin = time.monotonic()
        assert ui.get("/healthcheck").status_code == 503
        assert time.monotonic() - begin < 4
