"""Reports finished spans to a Zipkin server, beside the requests and never in their way."""

import http.client
import json
import threading
from asyncio import to_thread
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from prometheus_client import CollectorRegistry, Counter

from service import logs, settings

Span = Mapping[str, Any]
"""A span in the JSON of Zipkin's second API."""

_PATH = "/api/v2/spans"
_SECONDS_BETWEEN_REPORTS = 1.0
_MOST_PER_REPORT = 200
_MOST_WAITING = 2000
_TIMEOUT_SECONDS = 2
# Docker's ten seconds are mostly promised to the requests being served.
_FLUSH_SECONDS = 1


@dataclass(frozen=True, kw_only=True)
class ZipkinSettings:
    """Where the Zipkin server is."""

    host: str
    port: int


def from_environ(environ: Mapping[str, str]) -> ZipkinSettings | None:
    """Read ``ZIPKIN_ENABLED``, ``ZIPKIN_HOST`` and ``ZIPKIN_PORT``; None where it is off.

    Raises:
        SettingError: a value makes no sense.
    """
    if not settings.flag(environ, "ZIPKIN_ENABLED", default=False):
        return None
    return ZipkinSettings(
        host=settings.host(environ, "ZIPKIN_HOST", "zipkin"),
        port=settings.port(environ, "ZIPKIN_PORT", 9411),
    )


class Reporter:
    """Sends spans to ``POST /api/v2/spans`` in batches; what can't be sent is counted and lost.

    The original services spoke the first API, ``/api/v1/spans``; its successor, whose spans are
    smaller and in JSON alone, is what today's Zipkin is meant to be sent.

    A thread does the sending, not a task: looking up a host that isn't there may block for many
    seconds, and would take the threads in which the event loop looks up the database.
    """

    def __init__(
        self, service: str, zipkin: ZipkinSettings, *, registry: CollectorRegistry
    ) -> None:
        self._zipkin = zipkin
        self._log = logs.logger(service)
        self._waiting: deque[Span] = deque()
        self._stopping = threading.Event()
        spans = Counter(
            "zipkin_spans", "Spans by what became of them", ("fate",), registry=registry
        )
        self._reported, self._lost = spans.labels("reported"), spans.labels("lost")
        self._is_failing = False

    def add(self, span: Span) -> None:
        """Have a span reported soon. While too many wait, the newest are lost."""
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(span)
        else:
            self._lost.inc()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Report while the block runs, and what is left for a moment after it."""
        # A daemon, because nothing that Zipkin does may keep the program from ending.
        thread = threading.Thread(target=self._run, name="zipkin", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            await to_thread(thread.join, _FLUSH_SECONDS)
            if thread.is_alive():
                self._log.warning("spans_not_flushed", after_seconds=_FLUSH_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(_SECONDS_BETWEEN_REPORTS):
            self._report_waiting()
        self._report_waiting()

    def _report_waiting(self) -> None:
        while self._waiting:
            size = min(len(self._waiting), _MOST_PER_REPORT)
            batch = [self._waiting.popleft() for _ in range(size)]
            try:
                self._post(batch)
            except Exception as error:
                # Whatever it is must not end the thread, which nothing would start again.
                self._lost.inc(len(batch))
                self._note_failure(error)
                return
            self._reported.inc(len(batch))
            self._note_success()

    def _post(self, batch: list[Span]) -> None:
        connection = http.client.HTTPConnection(
            self._zipkin.host, self._zipkin.port, timeout=_TIMEOUT_SECONDS
        )
        try:
            connection.request(
                "POST", _PATH, json.dumps(batch).encode(), {"Content-Type": "application/json"}
            )
            status = connection.getresponse().status
        finally:
            connection.close()
        if status != HTTPStatus.ACCEPTED:
            msg = f"it answered {status}"
            raise http.client.HTTPException(msg)

    def _note_failure(self, error: Exception) -> None:
        # Once, not every second: the counter tells how much is lost.
        if not self._is_failing:
            self._is_failing = True
            self._log.warning(
                "spans_not_reported",
                zipkin=f"{self._zipkin.host}:{self._zipkin.port}",
                reason=f"{type(error).__name__}: {error}",
            )

    def _note_success(self) -> None:
        if self._is_failing:
            self._is_failing = False
            self._log.info("spans_reported_again")
