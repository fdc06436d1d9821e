"""Talking to a Docker Engine with docker-py."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Final

from docker import APIClient
from docker.errors import APIError, DockerException
from requests.exceptions import RequestException

from airgap.providers._errors import ProviderError
from airgap.providers.docker.host import Host
from airgap.providers.docker.logins import Logins
from airgap.providers.docker.tunnel import SshTunnel

# No single call takes longer: a stop may wait for its grace period, a pull for a slow line.
_CALL_SECONDS: Final = 600
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409

Hidden = Sequence[tuple[str, str]]
"""Texts that no error may show, each with what to show in its place."""


class Engine:
    """One engine, talked to from any number of threads.

    Attributes:
        host: Where it is.
        logins: Who it pulls images as.
        cancelled: Set once the user interrupted the run: whoever waits must stop waiting.
    """

    def __init__(self, host: Host, logins: Logins, cancelled: threading.Event) -> None:
        self.host = host
        self.logins = logins
        self.cancelled = cancelled
        self._clients = threading.local()
        self._tunnel = SshTunnel(host) if host.is_remote else None

    @property
    def api(self) -> APIClient:
        """The client of the calling thread: docker-py's are not to be shared."""
        client = getattr(self._clients, "client", None)
        if client is None:
            address = self._tunnel.address if self._tunnel else self.host.address
            client = APIClient(address, version="auto", timeout=_CALL_SECONDS)
            self._clients.client = client
        return client

    @contextlib.contextmanager
    def doing(self, what: str, hidden: Hidden = ()) -> Iterator[None]:
        """Turn whatever goes wrong in talking to the engine into one clear error.

        Args:
            what: What is being done, to follow "can't".
            hidden: What the error must not show.
        """
        try:
            yield
        except APIError as error:
            message = f"can't {what}: {hide(explain(error), hidden)}"
            raise ProviderError(message) from None
        except (DockerException, RequestException, OSError) as error:
            reason = (self._tunnel.failure if self._tunnel else "") or _root_cause(error)
            message = (
                f"can't {what}: the connection to the Docker Engine at '{self.host.address}' "
                f"failed ({hide(reason, hidden)}); check that it runs, then run again"
            )
            raise ProviderError(message) from None


def explain(error: APIError) -> str:
    """The engine's own words, on one line."""
    return " ".join(str(error.explanation or error).split())


def is_missing(error: APIError) -> bool:
    """Whether the engine says that there is no such thing."""
    return bool(error.status_code == _NOT_FOUND)


def is_conflict(error: APIError) -> bool:
    """Whether the engine says that something else is in the way."""
    return bool(error.status_code == _CONFLICT)


def hide(text: str, hidden: Hidden) -> str:
    """``text`` with every hidden part replaced by its stand-in."""
    for secret, shown in hidden:
        text = text.replace(secret, shown)
    return text


def _root_cause(error: BaseException) -> str:
    """What is at the bottom of a connection error, without the layers that wrapped it."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    reason: Any = getattr(error, "strerror", None)
    return reason or str(error) or type(error).__name__
