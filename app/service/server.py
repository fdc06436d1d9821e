"""Runs the services of a process until it is told to stop, and stops without losing a request."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from service import logs, settings
from service.draining import Draining
from service.settings import SettingError

# Docker waits ten seconds between the polite signal and the hard one.
_GRACE_SECONDS = 8
# Longer than clients keep an idle connection, so that none is closed just as a request is sent.
_KEEP_ALIVE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An application and the address that it is served at."""

    service: str
    app: ASGIApp
    host: str
    port: int


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Uvicorn would let a signal stop the server that was started last, whatever the order.
        yield


def main(program: str, endpoints: Callable[[], Sequence[Endpoint]]) -> int:
    """Serve until SIGTERM or SIGINT and return the exit code.

    ``STOP_DELAY_SECONDS`` is for how long the health checks answer 503, and all else as before,
    until the service stops; a proxy in front needs that long to notice. Whoever sends the signal
    must wait as much longer. Default: 0.

    Args:
        program: Name of the process in the logs.
        endpoints: What to serve, in the order in which to stop.
    """
    logs.configure(program)
    log = logs.logger(program)
    try:
        stop_delay_seconds = settings.seconds(os.environ, "STOP_DELAY_SECONDS", 0)
        asyncio.run(serve(endpoints(), stop_delay_seconds=stop_delay_seconds))
    except (SettingError, AddressError) as error:
        log.error("not_started", reason=str(error))
        return 1
    log.info("stopped")
    return 0


class AddressError(Exception):
    """An address that can't be listened at."""


async def serve(endpoints: Sequence[Endpoint], *, stop_delay_seconds: int = 0) -> None:
    """Serve until SIGTERM or SIGINT; then stop one after the other, each with its requests done.

    Args:
        endpoints: What to serve, in the order in which to stop.
        stop_delay_seconds: For how long the health checks tell of the stop before it begins.

    Raises:
        AddressError: an endpoint's address is taken or isn't this machine's.
    """
    grace_seconds = max(1, _GRACE_SECONDS // len(endpoints))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with contextlib.ExitStack() as sockets:
        listeners = [sockets.enter_context(_listen(endpoint)) for endpoint in endpoints]
        apps = [Draining(endpoint.app) for endpoint in endpoints]
        servers = [_server(app, grace_seconds) for app in apps]
        tasks = [
            asyncio.create_task(server.serve(sockets=[listener]))
            for server, listener in zip(servers, listeners, strict=True)
        ]
        for endpoint in endpoints:
            logs.logger(endpoint.service).info(
                "listening", address=endpoint.host, port=endpoint.port
            )
        await stop.wait()
        for app in apps:
            app.begin()
        await asyncio.sleep(stop_delay_seconds)
        for server, task in zip(servers, tasks, strict=True):
            server.should_exit = True
            await task


def _listen(endpoint: Endpoint) -> socket.socket:
    try:
        listener = socket.create_server((endpoint.host, endpoint.port))
    except OSError as error:
        msg = (
            f"{endpoint.service} can't listen at {endpoint.host}:{endpoint.port}: {error.strerror};"
            " free the port or choose another"
        )
        raise AddressError(msg) from None
    # Connections inherit it. Without it every answer on a reused connection waits 40 ms for an
    # acknowledgement: asyncio sets it only on sockets made with an explicit protocol.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _server(app: ASGIApp, grace_seconds: int) -> uvicorn.Server:
    return _Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            # Nothing is known of a proxy in front, so nobody may claim another address.
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=grace_seconds,
        )
    )
