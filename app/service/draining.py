"""Says "unwell" for a while before a service stops, so that a proxy in front sends no more."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_HEALTH_PATH = "/healthcheck"


class Draining:
    """An application whose health check answers 503 once it is about to stop.

    Everything else is answered as before.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._is_stopping = False

    def begin(self) -> None:
        """Answer 503 from now on."""
        self._is_stopping = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        app = self._app
        if self._is_stopping and scope["type"] == "http" and scope["path"] == _HEALTH_PATH:
            app = JSONResponse(
                {"status": 0, "stopping": True}, 503, headers={"Cache-Control": "no-store"}
            )
        await app(scope, receive, send)
