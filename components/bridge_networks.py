"""Bridge networks that keep containers apart on one Docker host."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_docker as docker

from . import _networks
from ._children import Children


class BridgeNetworkArgs(TypedDict):
    """One bridge network."""

    name: NotRequired[str]
    """Docker's name for the network, unique on its host. Default: the key it is given under."""

    subnet: NotRequired[str]
    """IPv4 range in CIDR form, such as ``10.0.2.0/24``; the gateway is its first address.
    Default: the engine picks a free range."""

    internal: NotRequired[bool]
    """Whether the network has no way out of the host. Default: false."""

    mtu_bytes: NotRequired[int]
    """Largest packet in bytes. Default: the engine's (1500)."""

    labels: NotRequired[dict[str, str]]
    """Labels of this network, over those that all networks get."""


class BridgeNetworksArgs(TypedDict):
    """A set of bridge networks on one Docker host."""

    networks: dict[str, BridgeNetworkArgs]
    """The networks by role, such as ``front`` and ``back``. Plain, because each is a resource."""

    avoid: NotRequired[list[str]]
    """IPv4 ranges that no subnet may touch: the host's own network, a VPN, a VPC."""

    labels: NotRequired[dict[str, str]]
    """Labels of every network."""


class BridgeNetworks(pulumi.ComponentResource):
    """Isolated bridge networks on one Docker host.

    Containers on one of them find each other by alias; containers on different ones can't reach
    each other at all, neither by name nor by address. It creates, for each entry of ``networks``:

    - ``<name>-<role>``: the Docker network.

    It does not connect containers: each container names the networks that it needs.

    Raises:
        ArgumentError: a name, range or MTU is invalid, a name is given twice, or ranges overlap.
    """

    network_ids: dict[str, pulumi.Output[str]]
    """Docker's id of each network, by role. A container that joins by id is replaced together with
    its network; one that joins by name would keep a network from being replaced."""

    def __init__(
        self, name: str, args: BridgeNetworksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        _networks.check(args["networks"], args.get("avoid", []))
        super().__init__("dockyard:index:BridgeNetworks", name, None, opts)
        shared = args.get("labels", {})
        children = Children(self, name, opts)
        options = children.named_options()
        self.networks = {
            role: docker.Network(
                f"{name}-{role}",
                name=network.get("name", role),
                driver="bridge",
                internal=network.get("internal", False),
                ipam_configs=_networks.ipam(network.get("subnet")),
                labels=[
                    docker.NetworkLabelArgs(label=label, value=value)
                    for label, value in children.labels({**shared, **network.get("labels", {})})
                ],
                options=_networks.mtu_option(network.get("mtu_bytes")) or None,
                opts=options,
            )
            for role, network in args["networks"].items()
        }
        self.network_ids = {role: network.id for role, network in self.networks.items()}
        self.register_outputs({"network_ids": self.network_ids})
