"""Overlay networks that keep the services of a Docker Swarm apart, across its hosts."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_docker as docker

from . import _networks
from ._children import Children

_ENCRYPTED = "encrypted"


class OverlayNetworkArgs(TypedDict):
    """One overlay network."""

    subnet: str
    """IPv4 range in CIDR form, such as ``10.0.2.0/24``; the gateway is its first address."""

    name: NotRequired[str]
    """Docker's name for the network, unique in its Swarm. Default: the key it is given under."""

    internal: NotRequired[bool]
    """Whether the network has no way out of the Swarm. Default: false."""

    encrypted: NotRequired[bool]
    """Whether what goes from host to host is encrypted (IPsec ESP; the hosts' kernels must have it,
    and let protocol 50 pass). If false, whoever can listen between the hosts reads all of it.
    Default: true."""

    mtu_bytes: NotRequired[int]
    """Largest packet in bytes; at least 50 less than between the hosts, 100 if encrypted. Default:
    the engine's."""

    labels: NotRequired[dict[str, str]]
    """Labels of this network, over those that all networks get."""


class OverlayNetworksArgs(TypedDict):
    """A set of overlay networks of one Swarm."""

    networks: dict[str, OverlayNetworkArgs]
    """The networks by role, such as ``front`` and ``back``. Plain, because each is a resource."""

    avoid: NotRequired[list[str]]
    """IPv4 ranges that no subnet may touch: the hosts' own network, a VPN, a VPC."""

    labels: NotRequired[dict[str, str]]
    """Labels of every network."""


class OverlayNetworks(pulumi.ComponentResource):
    """Overlay networks that keep the services of a Docker Swarm apart, across its hosts.

    What ``BridgeNetworks`` is to one host, this is to a Swarm. Its provider is the one of a
    ``DockerSwarm``. It creates, for each entry of ``networks``:

    - ``<name>-<role>``: the Docker network. No container joins it by itself, only services do.

    Raises:
        ArgumentError: a name, range or MTU is invalid, a name is given twice, or ranges overlap.
    """

    network_ids: dict[str, pulumi.Output[str]]
    """Docker's id of each network, by role."""

    def __init__(
        self, name: str, args: OverlayNetworksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        _networks.check(args["networks"], args.get("avoid", []))
        super().__init__("dockyard:index:OverlayNetworks", name, None, opts)
        shared = args.get("labels", {})
        children = Children(self, name, opts)
        self.networks = {
            role: _network(
                f"{name}-{role}",
                role,
                network,
                children.labels({**shared, **network.get("labels", {})}),
                children,
            )
            for role, network in args["networks"].items()
        }
        self.network_ids = {role: network.id for role, network in self.networks.items()}
        self.register_outputs({"network_ids": self.network_ids})


def _network(
    name: str,
    role: str,
    args: OverlayNetworkArgs,
    labels: list[tuple[str, pulumi.Input[str]]],
    children: Children,
) -> docker.Network:
    encryption = {_ENCRYPTED: "true"} if args.get("encrypted", True) else {}
    options = {**encryption, **_networks.mtu_option(args.get("mtu_bytes"))}
    # pulumi-docker reads back options that the engine adds (the VXLAN's id), and takes them for a
    # change. So options are not compared; a change of those given here replaces all the same.
    own = pulumi.ResourceOptions(
        ignore_changes=["options"], replacement_trigger=[children.trigger, options]
    )
    return docker.Network(
        name,
        name=args.get("name", role),
        driver="overlay",
        internal=args.get("internal", False),
        attachable=False,
        ipam_configs=_networks.ipam(args["subnet"]),
        labels=[docker.NetworkLabelArgs(label=label, value=value) for label, value in labels],
        options=options,
        opts=children.named_options(own),
    )
