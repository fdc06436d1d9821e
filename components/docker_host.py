"""A machine with a Docker Engine, and the provider that puts things on it."""

import hashlib
from typing import NotRequired, TypedDict

import pulumi

from . import checks
from ._ownership import OwnedProvider, Owner
from ._port_guard import PortGuard


class PublishedPortArgs(TypedDict):
    """A port of the host that a container will publish."""

    port: int
    """TCP port, 1 to 65535."""

    bind_address: NotRequired[str]
    """IPv4 address of the host that the port is bound to; ``0.0.0.0`` is all. Default:
    ``127.0.0.1``."""


class DockerHostArgs(TypedDict):
    """Where the Docker Engine is, and which of its host's ports will be used."""

    endpoint: NotRequired[str]
    """The engine's socket on this machine, as ``unix:///path``. Default:
    ``unix:///var/run/docker.sock``."""

    published_ports: NotRequired[list[PublishedPortArgs]]
    """Ports that containers will publish. A port that another program holds is refused in the
    preview, before anything is created. Default: none."""


class DockerHost(pulumi.ComponentResource):
    """A machine with a Docker Engine: this one.

    It creates:

    - ``<name>-<hash of the endpoint>``: the Docker provider, as ``host.provider``. Give it to
      whatever shall live on the host: ``ResourceOptions(provider=host.provider)``.
    - ``<name>-owner``: a name for this state of this stack; what it makes on the host carries it as
      a label, so that leftovers of an interrupted deployment are recognised and removed.
    - ``<name>-ports``: a record of the published ports, guarded against ports that are taken.

    It does not install the engine.

    Raises:
        ArgumentError: the endpoint, a port or a bind address is invalid, or a port is given twice.
    """

    endpoint: pulumi.Output[str]
    """Where the engine listens, in the form that ``DOCKER_HOST`` takes."""

    address: pulumi.Output[str]
    """Address at which the host's published ports are reached."""

    def __init__(
        self, name: str, args: DockerHostArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        endpoint = checks.engine_socket("endpoint", args.get("endpoint", checks.DEFAULT_SOCKET))
        ports = _published(args)
        super().__init__("dockyard:index:DockerHost", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        guard = PortGuard(f"{name}-ports", ports, child)
        # The name carries the endpoint's identity: another endpoint means another provider, so
        # that what moves away is still deleted through the old one.
        identity = hashlib.sha256(endpoint.encode()).hexdigest()[:8]
        self.provider = OwnedProvider(
            f"{name}-{identity}",
            host=endpoint,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[guard]),
        )
        self.provider.owner = Owner(f"{name}-owner", child).output
        self.endpoint = pulumi.Output.from_input(endpoint)
        self.address = pulumi.Output.from_input(checks.DEFAULT_BIND_ADDRESS)
        self.register_outputs({"endpoint": self.endpoint, "address": self.address})


def _published(args: DockerHostArgs) -> list[str]:
    """Return the ports as ``address:port``, checked."""
    published = []
    for index, given in enumerate(args.get("published_ports", [])):
        field = f"published_ports[{index}]"
        number = checks.port(f"{field}.port", given["port"])
        address = checks.ip_address(
            f"{field}.bind_address", given.get("bind_address", checks.DEFAULT_BIND_ADDRESS)
        )
        published.append(f"{address}:{number}")
    checks.unique("published_ports", published)
    return published
