"""The configuration of a gateway: HAProxy in front of servers that come and go.

A server is found by its name in Docker's DNS, is asked for its health, and gets requests from its
second good answer on until its second bad one. So a new version gets none before it is well, and an
old one that says, on its way out, that it is unwell gets none any more while it finishes the ones
that it has.

Kept free of Pulumi: it turns plain values into text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEALTH_PORT = 8404
"""Port on the gateway's own loopback address that tells whether it works."""

HEALTH_PATH = "/healthy"

# Beside the old ones: a new one, and one of each that a failed update left.
_MORE_SERVERS = 3

_GLOBAL = f"""\
global
    log stdout format raw local0 notice
    maxconn 2000

defaults
    mode http
    log global
    option httplog
    option dontlog-normal
    option dontlognull
    # A connection for each request: one that is kept may be closed by a server that stops, just as
    # the next request is on its way.
    option http-server-close
    http-reuse never
    # Only what no server has seen is sent again, to another server: a request that was sent and not
    # answered may have been carried out.
    retry-on conn-failure
    retries 3
    option redispatch 1
    timeout connect 1s
    timeout check 4s
    timeout client 60s
    timeout http-keep-alive 60s
    timeout http-request 30s
    timeout queue 5s
    timeout server 60s

resolvers docker
    nameserver docker 127.0.0.11:53
    accepted_payload_size 8192
    resolve_retries 3
    timeout resolve 500ms
    timeout retry 500ms
    # An address that is gone may be another container's in a moment.
    hold obsolete 0s
    hold valid 500ms

frontend health
    bind 127.0.0.1:{HEALTH_PORT}
    monitor-uri {HEALTH_PATH}
"""


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Equal servers of one service."""

    name: str
    server_name: str
    """Name in Docker's DNS that stands for the addresses of all of them."""
    port: int
    health_path: str
    """Path that answers 200 where a server is well."""
    replicas: int = 1
    """How many servers there are while nothing is updated."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A port of the gateway."""

    port: int
    backends: Mapping[str, str]
    """Which backend answers, by the host name that a request asks for. A single one answers
    whatever name is asked for."""


def gateway_config(listeners: Sequence[Listener], backends: Sequence[Backend]) -> str:
    """Return the text of HAProxy's configuration, for version 3.2 or newer.

    Args:
        listeners: the ports, no two alike.
        backends: the services behind them, each name once.
    """
    parts = [_GLOBAL, *map(_frontend, listeners), *map(_backends, backends)]
    return "\n".join(parts)


def _frontend(listener: Listener) -> str:
    hosts = "".join(
        _choice(backend, f"{{ req.hdr(host),host_only,lower -m str {host.lower()} }}")
        for host, backend in sorted(listener.backends.items())
    )
    names = set(listener.backends.values())
    choices = _choice(names.pop(), "") if len(names) == 1 else hosts
    return f"frontend port-{listener.port}\n    bind :{listener.port}\n{choices}"


def _choice(backend: str, condition: str) -> str:
    if_any = f" if {condition}" if condition else ""
    return (
        f"    use_backend unwell-{backend} if {{ nbsrv({backend}) eq 0 }} {condition}".rstrip()
        + f"\n    use_backend {backend}{if_any}\n"
    )


def _backends(backend: Backend) -> str:
    # The state that a server begins with decides whether a version that is not up yet, or never
    # gets well, sees a request: fully-down, so that only its health lets it in.
    count = backend.replicas + _MORE_SERVERS
    servers = (
        f"    server-template {backend.name}- {count} {backend.server_name}:{backend.port}"
        " resolvers docker resolve-prefer ipv4 init-addr none check"
    )
    return f"""\
backend {backend.name}
    balance roundrobin
    option httpchk
    http-check send meth GET uri {backend.health_path} ver HTTP/1.1 hdr Host {backend.server_name}
    http-check expect status 200
{servers} init-state fully-down inter 1s fastinter 250ms downinter 500ms rise 2 fall 2

# Where none is well, any that listens: its own error says more than the gateway's.
backend unwell-{backend.name}
    balance roundrobin
{servers} init-state down inter 1s downinter 500ms rise 1 fall 1
"""
