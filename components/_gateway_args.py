"""What a gateway needs to know: the way to services that are updated without losing a request."""

from typing import NotRequired, TypedDict

import pulumi

GATEWAY = "gateway"
"""Role of the gateway among an application's services."""

DRAIN_SECONDS = 3
"""For how long a service that is told to stop must say so and serve on. The gateway notices within
half of it."""


class GatewayRouteArgs(TypedDict):
    """The way to a service behind a gateway."""

    port: int
    """TCP port that the service listens on; under its aliases, the gateway listens there too."""

    health_path: NotRequired[str]
    """Path that answers 200 where the service is well. After SIGTERM it must answer otherwise, and
    the service serve on, for three seconds, or requests may be lost. Default:
    ``/healthcheck``."""


class GatewayArgs(TypedDict):
    """A proxy in front of services, so that an update of one loses no request."""

    image: pulumi.Input[str]
    """Image of HAProxy 3.2 or newer with bash, such as ``haproxy:3.2.26``: a pinned reference, or
    an id from ``PulledImages``."""

    network: str
    """Role of the network on which the gateway reaches the services. Their aliases on it, and their
    ports of the host, become the gateway's."""

    routes: dict[str, GatewayRouteArgs]
    """The services behind it, by role. Only HTTP goes through."""

    memory_mib: NotRequired[int]
    """Memory limit in MiB. Default: 128."""
