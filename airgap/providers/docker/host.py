"""Where the Docker Engine is, and whether it answers: all that a preview needs of it."""

import socket
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from airgap.providers._errors import ProviderError

_PING_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Host:
    """The address of one engine.

    Attributes:
        address: ``unix://``, ``tcp://`` or ``ssh://``.
        ssh_options: Arguments for ``ssh``, as on its command line.
    """

    address: str
    ssh_options: tuple[str, ...] = ()

    @property
    def is_remote(self) -> bool:
        """Whether it is reached over SSH: then nothing connects before the first operation."""
        return self.address.startswith("ssh://")

    def ping(self) -> None:
        """Raise unless a Docker Engine answers.

        By hand: importing docker-py takes 0.2 s, which a preview without changes never pays.
        """
        try:
            answer = self._answer_to_ping()
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            message = (
                f"host is '{self.address}': no Docker Engine answers there ({reason}); "
                "start it, or set the provider's host (or DOCKER_HOST) to one that runs"
            )
            raise ProviderError(message) from None
        if not answer.startswith(b"HTTP/1.") or b" 200 " not in answer:
            message = (
                f"host is '{self.address}': what answers there is not a Docker Engine; "
                "set the provider's host (or DOCKER_HOST) to one"
            )
            raise ProviderError(message)

    def _answer_to_ping(self) -> bytes:
        address = urlsplit(self.address)
        target: Any = address.path
        family = socket.AF_UNIX
        if address.scheme != "unix":
            target = (address.hostname, address.port)
            family = socket.AF_INET
        with socket.socket(family) as connection:
            connection.settimeout(_PING_SECONDS)
            connection.connect(target)
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            with connection.makefile("rb") as answer:
                return answer.readline()


def wrong_with_address(address: str) -> str | None:
    """What is wrong with an address, to follow "host", or ``None``."""
    parts = urlsplit(address)
    match parts.scheme:
        case "unix":
            good = parts.path.startswith("/") and not parts.netloc
        case "tcp":
            good = bool(parts.hostname and _port(address))
        case "ssh":
            good = bool(parts.hostname) and parts.path in {"", "/"} and _port(address) is not None
        case _:
            good = False
    if good:
        return None
    return (
        f"is '{address}'; it must be like 'unix:///var/run/docker.sock', 'tcp://127.0.0.1:2375' "
        "or 'ssh://user@machine:22'"
    )


def _port(address: str) -> int | None:
    """The port of an address, 0 without one, ``None`` when it is none at all."""
    try:
        return urlsplit(address).port or 0
    except ValueError:
        return None
