"""Where people and runners reach a GitLab server."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from . import checks
from ._gitlab_server_args import GitlabServerArgs

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


@dataclass(frozen=True)
class ServerUrl:
    """The parts of an external URL."""

    scheme: str
    host: str
    port: int

    @property
    def is_tls(self) -> bool:
        """Say whether the server speaks TLS."""
        return self.scheme == "https"

    @property
    def redirects_from_http(self) -> bool:
        """Say whether it also listens on port 80, to send everybody to the other one."""
        return self.is_tls and self.port == _DEFAULT_PORTS["https"]

    def at(self, port: int) -> str:
        """Return the URL of the same server at a port."""
        suffix = "" if port == _DEFAULT_PORTS[self.scheme] else f":{port}"
        return f"{self.scheme}://{self.host}{suffix}"

    def __str__(self) -> str:
        """Return it in its shortest form."""
        return self.at(self.port)


def server_url(args: GitlabServerArgs) -> ServerUrl:
    """Return the parts of the external URL.

    Raises:
        ArgumentError: it is not the URL of a server.
    """
    value = args["external_url"]
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        host, port = "", None
    if port is None or not _HOST.fullmatch(host) or parts.scheme not in _DEFAULT_PORTS:
        raise checks.ArgumentError(
            "external_url",
            value,
            "is not a server's URL; write one like https://gitlab.example.org",
        )
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
        raise checks.ArgumentError(
            "external_url", value, "has more than a name and a port; leave out the rest"
        )
    return ServerUrl(parts.scheme, host, port)
