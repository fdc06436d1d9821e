"""Connections whose requests are recorded as spans and carry the trace on."""

from typing import Any

import httpx2

from service.tracing import Tracer


class TracedTransport(httpx2.AsyncHTTPTransport):
    """Sends requests as usual; each attempt is a span of its own."""

    def __init__(self, tracer: Tracer, **options: Any) -> None:  # noqa: ANN401 - the parent's own
        super().__init__(**options)
        self._tracer = tracer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and return the answer as soon as its headers are there."""
        with self._tracer.calling(request.method, request.url.path) as span:
            if span:
                request.headers.update(span.identity.headers())
            answer = await super().handle_async_request(request)
            if span:
                span.answered(answer.status_code)
            return answer
