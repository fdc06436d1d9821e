"""The server: starting, stopping, and what it logs."""

import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from app.conftest import Process, free_port, wait_for_port, wait_until

_PROGRAM = """
import asyncio, contextlib, sys
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from prometheus_client import CollectorRegistry
from service import application, server

async def slow(request):
    await asyncio.sleep(1)
    return PlainTextResponse("done")

async def quick(request):
    return PlainTextResponse("done")

async def broken(request):
    raise RuntimeError("no reason")

@contextlib.asynccontextmanager
async def lifespan(app):
    yield {}
    print('{"event": "closed"}', flush=True)

async def relay(request):
    await asyncio.sleep(1)
    _, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[2]))
    writer.close()
    return PlainTextResponse("relayed")

def endpoint(service, port):
    routes = [Route("/slow", slow), Route("/quick", quick), Route("/broken", broken),
        Route("/relay", relay)]
    app = application.create(service, routes, registry=CollectorRegistry(), lifespan=lifespan,
        exception_handlers={})
    return server.Endpoint(service=service, app=app, host="127.0.0.1", port=int(port))

endpoints = [endpoint(*pair) for pair in zip(("demo", "behind"), sys.argv[1:])]
sys.exit(server.main("demo", lambda: endpoints))
"""

Run = Callable[..., Process]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def start(*ports: int, **environ: str) -> Process:
        command = [sys.executable, "-c", _PROGRAM, *(str(port) for port in ports)]
        return Process(command, environ, tmp_path / f"{time.monotonic_ns()}.log")

    return start


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def demo(run: Run, port: int) -> Process:
    process = run(port)
    wait_for_port(port, process)
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_being_served_is_finished_before_the_end(
    demo: Process, port: int, number: int
) -> None:
    answers: list[httpx2.Response] = []
    with httpx2.Client(trust_env=False) as idle:
        # A connection that is only kept open must not delay the end.
        idle.get(f"http://127.0.0.1:{port}/quick")
        url = f"http://127.0.0.1:{port}/slow"
        request = threading.Thread(target=lambda: answers.append(httpx2.get(url, trust_env=False)))
        request.start()
        time.sleep(0.3)
        begin = time.monotonic()
        assert demo.stop(number) == 0
        seconds = time.monotonic() - begin
        request.join()
    assert [answer.text for answer in answers] == ["done"]
    assert 0.4 < seconds < 2
    assert [line["event"] for line in demo.logged()][-2:] == ["closed", "stopped"]


def test_nobody_new_is_let_in_while_stopping(demo: Process, port: int) -> None:
    url = f"http://127.0.0.1:{port}/slow"
    request = threading.Thread(target=lambda: httpx2.get(url, trust_env=False))
    request.start()
    time.sleep(0.3)
    stopping = threading.Thread(target=demo.stop)
    stopping.start()
    time.sleep(0.3)
    assert not demo.has_ended
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
    request.join()
    stopping.join()


def test_before_it_stops_a_service_says_so_and_serves_on(run: Run, port: int) -> None:
    process = run(port, STOP_DELAY_SECONDS="2")
    wait_for_port(port, process)
    stopping = threading.Thread(target=process.stop)
    begin = time.monotonic()
    stopping.start()
    time.sleep(0.5)
    health = httpx2.get(f"http://127.0.0.1:{port}/healthcheck", trust_env=False)
    assert (health.status_code, health.json()) == (503, {"status": 0, "stopping": True})
    # Over a new connection, like all that a proxy opens.
    assert httpx2.get(f"http://127.0.0.1:{port}/quick", trust_env=False).text == "done"
    stopping.join()
    assert 2 <= time.monotonic() - begin < 4
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)


def test_a_delay_that_is_none_is_refused_by_name(run: Run, port: int) -> None:
    process = run(port, STOP_DELAY_SECONDS="soon")
    wait_until(lambda: process.has_ended, "it didn't give up")
    assert process.stop() == 1
    (line,) = process.logged()
    assert "STOP_DELAY_SECONDS is 'soon'" in line["reason"]


def test_servers_stop_in_order_so_that_the_first_can_still_use_the_next(
    run: Run, port: int
) -> None:
    behind = free_port()
    process = run(port, behind)
    wait_for_port(behind, process)
    answers: list[httpx2.Response] = []
    url = f"http://127.0.0.1:{port}/relay"
    request = threading.Thread(target=lambda: answers.append(httpx2.get(url, trust_env=False)))
    request.start()
    time.sleep(0.3)
    assert process.stop() == 0
    request.join()
    assert [answer.text for answer in answers] == ["relayed"]


def test_answers_on_a_reused_connection_come_at_once(demo: Process, port: int) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        client.get("/quick")
        begin = time.monotonic()
        for _ in range(20):
            client.get("/quick")
        assert time.monotonic() - begin < 20 * 0.02
    assert demo.stop() == 0


def test_a_port_that_is_taken_is_named(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = run(port)
        wait_until(lambda: process.has_ended, "it didn't give up")
        assert process.stop() == 1
    (line,) = process.logged()
    assert line["event"] == "not_started"
    assert f"127.0.0.1:{port}" in line["reason"]


def test_a_failure_is_answered_500_and_logged_once_with_its_identifier(
    demo: Process, port: int
) -> None:
    answer = httpx2.get(
        f"http://127.0.0.1:{port}/broken", headers={"Request-Id": "abc"}, trust_env=False
    )
    assert (answer.status_code, answer.headers["request-id"]) == (500, "abc")
    assert "no reason" not in answer.text
    demo.stop()
    failures = [line for line in demo.logged() if "no reason" in line.get("exception", "")]
    assert [line["request_id"] for line in failures] == ["abc"]


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, '"}', "ü", "a;b"])
def test_an_identifier_that_could_forge_something_is_replaced(
    demo: Process, port: int, given: str
) -> None:
    answer = httpx2.get(
        f"http://127.0.0.1:{port}/quick",
        headers={b"Request-Id": given.encode()},
        trust_env=False,
    )
    assert answer.headers["request-id"] != given
    assert len(answer.headers["request-id"]) == 36
    demo.stop()


def test_a_log_line_says_who_asked_for_what_and_got_which_answer(demo: Process, port: int) -> None:
    httpx2.get(f"http://127.0.0.1:{port}/quick?secret=1", trust_env=False)
    httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    demo.stop()
    (line,) = [line for line in demo.logged() if line["event"] == "request"]
    assert (
        line.items()
        >= {
            "level": "info",
            "service": "demo",
            "addr": "127.0.0.1",
            "path": "/quick",
            "method": "GET",
            "response_status": 200,
        }.items()
    )
    assert {"request_id", "timestamp"} <= line.keys()
