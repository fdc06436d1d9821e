"""Traces of real requests through real services, as a Zipkin server would receive them."""

import re
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest

from app.conftest import (
    Collector,
    DatabaseServer,
    Running,
    Start,
    collecting,
    free_port,
    wait_until,
)

Span = dict[str, Any]

_SPAN_ID = "a2fb4a1d1a96d312"
_PARENT_ID = "0020000000000001"


@pytest.fixture(scope="module")
def shared() -> Iterator[Collector]:
    with collecting() as started:
        yield started


@pytest.fixture(scope="module")
def post(start_module: Start, database_server: DatabaseServer, shared: Collector) -> Running:
    environ = {**database_server.environ("post"), "POST_DATABASE": f"test_{uuid.uuid4().hex}"}
    return start_module("post", **environ, **shared.environ)


@pytest.fixture(scope="module")
def comment(start_module: Start, database_server: DatabaseServer, shared: Collector) -> Running:
    name = f"test_{uuid.uuid4().hex}"
    environ = {**database_server.environ("comment"), "COMMENT_DATABASE": name}
    return start_module("comment", **environ, **shared.environ)


@pytest.fixture(scope="module")
def ui(start_module: Start, post: Running, comment: Running, shared: Collector) -> httpx2.Client:
    return start_module(
        "ui", POST_SERVICE_PORT=post.port, COMMENT_SERVICE_PORT=comment.port, **shared.environ
    ).client


def _headers() -> dict[str, str]:
    """Return the headers of a trace that no other test knows."""
    return {
        "X-B3-TraceId": uuid.uuid4().hex,
        "X-B3-SpanId": _SPAN_ID,
        "X-B3-ParentSpanId": _PARENT_ID,
        "X-B3-Sampled": "1",
    }


def _path() -> str:
    """Return a path that no other test asks for."""
    return f"/missing/{uuid.uuid4().hex}"


def _spans(collector: Collector, count: int, trace_id: str) -> list[Span]:
    def found() -> list[Span]:
        return [span for span in list(collector.spans) if span["traceId"] == trace_id]

    wait_until(lambda: len(found()) >= count, f"fewer than {count} spans came")
    return found()


def _root(collector: Collector, path: str) -> Span:
    """Return the first span for a path that no other test asks for."""

    def found() -> list[Span]:
        return [span for span in list(collector.spans) if span["tags"]["http.path"] == path]

    wait_until(lambda: bool(found()), "no span came")
    return found()[0]


def _of(spans: list[Span], service: str, kind: str) -> Span:
    (span,) = [
        span
        for span in spans
        if span["localEndpoint"] == {"serviceName": service} and span["kind"] == kind
    ]
    return span


def _published(ui: httpx2.Client, post: Running) -> str:
    ui.post("/new", data={"title": "Traced", "link": "https://example.com"})
    return str(post.client.get("/posts").json()[0]["_id"]["$oid"])


def test_a_page_is_one_trace_over_all_three_services(
    ui: httpx2.Client, post: Running, shared: Collector
) -> None:
    post_id = _published(ui, post)
    assert ui.get(f"/post/{post_id}?secret=1").status_code == 200
    trace_id = _root(shared, f"/{post_id}/comments")["traceId"]
    assert len(trace_id) == 32
    spans = _spans(shared, 5, trace_id)
    page = _of(spans, "ui_app", "SERVER")
    assert page["name"] == "get /post/{post_id}"
    assert page["tags"] == {
        "http.method": "GET",
        "http.path": f"/post/{post_id}",
        "http.status_code": "200",
    }
    assert not {"parentId", "shared"} & page.keys()
    for service, path in (("post", f"/post/{post_id}"), ("comment", f"/{post_id}/comments")):
        served = _of(spans, service, "SERVER")
        (called,) = [s for s in spans if s["kind"] == "CLIENT" and s["id"] == served["id"]]
        assert served["shared"] is True
        assert "shared" not in called
        assert served["parentId"] == called["parentId"] == page["id"]
        assert called["localEndpoint"] == {"serviceName": "ui_app"}
        assert called["tags"]["http.path"] == served["tags"]["http.path"] == path
        assert called["tags"]["http.status_code"] == "200"
        assert page["timestamp"] <= called["timestamp"] <= served["timestamp"]
        assert page["duration"] >= called["duration"] > 0
        assert abs(page["timestamp"] / 1_000_000 - time.time()) < 30


def test_the_callers_trace_is_continued(ui: httpx2.Client, shared: Collector) -> None:
    headers = _headers()
    ui.get("/", headers=headers)
    spans = _spans(shared, 3, headers["X-B3-TraceId"])
    page = _of(spans, "ui_app", "SERVER")
    assert (page["id"], page["parentId"]) == (_SPAN_ID, _PARENT_ID)
    assert _of(spans, "post", "SERVER")["parentId"] == page["id"]


def test_what_is_not_sampled_or_asked_by_machines_is_reported_by_nobody(
    ui: httpx2.Client, shared: Collector
) -> None:
    unsampled, sampled = {**_headers(), "X-B3-Sampled": "0"}, _headers()
    path = _path()
    ui.get("/", headers=unsampled)
    ui.get(path, headers={"X-B3-Sampled": "0"})
    ui.get("/healthcheck", headers=sampled)
    ui.get("/metrics", headers=sampled)
    ui.get("/", headers=sampled)
    # Each service reports in the order in which it served.
    assert len(_spans(shared, 3, sampled["X-B3-TraceId"])) == 3
    assert unsampled["X-B3-TraceId"] not in {span["traceId"] for span in shared.spans}
    assert not {path, "/healthcheck", "/metrics"} & {s["tags"]["http.path"] for s in shared.spans}


@pytest.mark.parametrize("value", ["a" * 5000, '"}\\', "ü"])
def test_malformed_headers_begin_a_new_trace(
    ui: httpx2.Client, shared: Collector, value: str
) -> None:
    path = _path()
    headers = {name.encode(): value.encode() for name in _headers()}
    assert ui.get(path, headers=headers).status_code == 404
    span = _root(shared, path)
    assert len(span["traceId"]) == 32
    assert "parentId" not in span


def test_a_path_that_is_no_route_is_named_by_its_method_alone(
    ui: httpx2.Client, shared: Collector
) -> None:
    headers = _headers()
    ui.get("/" + "x" * 5000, headers=headers)
    (span,) = _spans(shared, 1, headers["X-B3-TraceId"])
    assert (span["name"], span["tags"]["http.path"]) == ("get", "/" + "x" * 255)
    assert "error" not in span["tags"]


def test_errors_are_marked_on_both_sides(start: Start, shared: Collector) -> None:
    post = start("post", POST_DATABASE_PORT=free_port(), **shared.environ)
    ui = start("ui", POST_SERVICE_PORT=post.port, **shared.environ).client
    headers = _headers()
    ui.get("/", headers=headers)
    spans = _spans(shared, 3, headers["X-B3-TraceId"])
    for service, kind in (("post", "SERVER"), ("ui_app", "CLIENT")):
        span = _of(spans, service, kind)
        assert (span["tags"]["http.status_code"], span["tags"]["error"]) == ("503", "503")
        # The database is given two seconds.
        assert 1_900_000 < span["duration"] < 4_000_000
    assert "error" not in _of(spans, "ui_app", "SERVER")["tags"]


def test_each_attempt_to_reach_a_service_that_is_down_is_a_failed_call(
    start: Start, shared: Collector
) -> None:
    ui = start("ui", POST_SERVICE_PORT=free_port(), **shared.environ).client
    headers = _headers()
    assert ui.get("/", headers=headers).status_code == 200
    spans = _spans(shared, 3, headers["X-B3-TraceId"])
    calls = [span for span in spans if span["kind"] == "CLIENT"]
    assert [call["tags"].get("error") for call in calls] == ["ConnectError"] * 2
    assert len({call["id"] for call in calls}) == 2


def test_what_is_left_is_reported_at_the_end(start: Start, collector: Collector) -> None:
    ui = start("ui", **collector.environ)
    ui.client.get("/new")
    assert ui.process.stop(signal.SIGTERM) == 0
    assert [span["name"] for span in collector.spans] == ["get /new"]


def test_a_collector_that_is_down_changes_nothing_and_may_come_back(start: Start) -> None:
    port = free_port()
    environ = Collector(port).environ
    ui = start("ui", **environ)
    begin = time.monotonic()
    for _ in range(20):
        assert ui.client.get("/new").status_code == 200
    assert time.monotonic() - begin < 1
    wait_until(lambda: "spans_not_reported" in ui.process.output(), "the failure wasn't logged")
    ui.client.get("/new")
    wait_until(
        lambda: 'zipkin_spans_total{fate="lost"} 21.0' in ui.client.get("/metrics").text,
        "the lost spans weren't counted",
    )
    with collecting(port) as collector:
        ui.client.get("/new")
        wait_until(lambda: "reported_again" in ui.process.output(), "the return wasn't logged")
        assert [span["name"] for span in collector.spans] == ["get /new"]
    assert ui.process.stop() == 0
    lines = [line for line in ui.process.logged() if line["event"] == "spans_not_reported"]
    assert [(line["service"], line["zipkin"]) for line in lines] == [("ui", f"127.0.0.1:{port}")]


def test_a_collector_that_hangs_slows_neither_requests_nor_the_end(
    start: Start, collector: Collector
) -> None:
    collector.seconds = 3
    ui = start("ui", **collector.environ)
    ui.client.get("/new")
    time.sleep(1.2)
    begin = time.monotonic()
    for _ in range(20):
        assert ui.client.get("/new").status_code == 200
    assert time.monotonic() - begin < 1
    begin = time.monotonic()
    assert ui.process.stop() == 0
    assert time.monotonic() - begin < 2
    assert "spans_not_flushed" in ui.process.output()


@contextmanager
def _recording_headers() -> Iterator[tuple[int, list[set[str]]]]:
    seen: list[set[str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({name.lower() for name in self.headers})
            self.send_response(500)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port, seen
        finally:
            server.shutdown()
            thread.join()


def _is_b3(headers: set[str]) -> bool:
    return any(name.startswith("x-b3-") for name in headers)


def test_only_calls_for_a_traced_request_carry_headers(start: Start, collector: Collector) -> None:
    with _recording_headers() as (port, seen):
        ui = start("ui", POST_SERVICE_PORT=port, **collector.environ).client
        ui.get("/healthcheck")
        assert seen
        assert not any(_is_b3(headers) for headers in seen)
        ui.get("/")
        assert any(_is_b3(headers) for headers in seen)


def test_off_by_default_nothing_is_sent_anywhere(start: Start, collector: Collector) -> None:
    with _recording_headers() as (port, seen):
        environ = {**collector.environ, "ZIPKIN_ENABLED": ""}
        ui = start("ui", POST_SERVICE_PORT=port, **environ)
        ui.client.get("/", headers=_headers())
        assert "zipkin" not in ui.client.get("/metrics").text
        assert ui.process.stop() == 0
    assert seen
    assert not any(_is_b3(headers) for headers in seen)
    assert collector.requests == []


def test_the_services_of_one_process_keep_their_names(
    start: Start, database_server: DatabaseServer, collector: Collector
) -> None:
    monolith = start(
        "monolith",
        DATABASE_URL=database_server.url(f"test_{uuid.uuid4().hex}"),
        POST_SERVICE_PORT=free_port(),
        COMMENT_SERVICE_PORT=free_port(),
        **collector.environ,
    )
    monolith.client.post("/new", data={"title": "Traced", "link": "https://example.com"})
    post = re.search(r"/post/[0-9a-f]{24}", monolith.client.get("/").text)
    assert post
    monolith.client.get(post.group())
    assert monolith.process.stop() == 0
    services = {span["localEndpoint"]["serviceName"] for span in collector.spans}
    assert services == {"ui_app", "post", "comment"}
