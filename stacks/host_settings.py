"""Settings of the Docker hosts: this machine, machines reached over SSH, or VMs to create."""

import os
from dataclasses import dataclass

from components import (
    DockerHost,
    DockerHostArgs,
    DockerSwarm,
    EngineArgs,
    HostNetwork,
    HostNetworkArgs,
    PublishedPortArgs,
    checks,
)
from components.checks import ArgumentError

from . import gce_settings, registry_settings, ssh_settings
from .reader import Reader
from .refusals import renamed

STACK_LABEL = "org.dockyard.stack"
"""Finds what a stack left on a host after its state is gone: a volume that was kept."""

_HOSTS = "host"
# What the hosts call their fields, and what they are called here.
_FIELDS = {
    **gce_settings.FIELDS,
    r"gce\.engine\.address_pool|ssh\[\d+\]\.engine\.address_pool": "engineAddressPool",
    r"ready_timeout_seconds": "readyTimeoutSeconds",
    r"count": "hostCount",
    r"ssh\b": "sshHosts",
    r"registries\[0\]\.address": "registryAddress",
}


@dataclass(frozen=True, kw_only=True)
class HostSettings:
    """The hosts of a stack. Every value is checked."""

    hosts: DockerHostArgs
    """All that the hosts need to know; those to create lack their network."""
    network: HostNetworkArgs | None
    """The network of hosts to create; None for hosts that are there."""

    @property
    def is_this_machine(self) -> bool:
        """Return whether the one host is the machine that deploys."""
        return "endpoint" in self.hosts

    def suffix(self, host: str) -> str:
        """Return what tells logical names on a host from those on others."""
        # What runs on this machine needs no host's name to tell it apart.
        return "" if self.is_this_machine else f"-{host}"

    def create(self) -> DockerHost:
        """Create the hosts, and the network of those to create."""
        return DockerHost(_HOSTS, self._with_network())

    def create_swarm(self) -> DockerSwarm:
        """Create the hosts as one Swarm, and the network of those to create."""
        return DockerSwarm(_HOSTS, {"hosts": self._with_network()})

    def _with_network(self) -> DockerHostArgs:
        args: DockerHostArgs = {**self.hosts}
        if self.network:
            network = HostNetwork("network", self.network)
            args["gce"] = {
                **args["gce"],
                "network": network.network,
                "subnetwork": network.subnetworks[gce_settings.SUBNET_ROLE],
            }
        return args

    @property
    def network_mtu_bytes(self) -> int | None:
        """Return the largest packet that fits between hosts to create; None if unknown."""
        return HostNetwork.mtu_bytes(self.network) if self.network else None


def load(
    reader: Reader,
    *,
    prefix: str,
    ports: dict[str, int],
    bind_address: str,
    source_ranges_key: str,
    container_ranges: list[str],
    swarm: bool = False,
) -> HostSettings:
    """Read and check the keys of the hosts.

    Args:
        reader: where they stand.
        prefix: beginning of physical names.
        ports: ports that the stack publishes, by the keys that they come from.
        bind_address: address of a host that they are bound to.
        source_ranges_key: key of the ranges that a firewall lets in to them.
        container_ranges: IPv4 ranges that the stack's networks use or avoid.
        swarm: whether the hosts are to be one Swarm.

    Raises:
        ArgumentError: a value breaks a rule, under the key's name.
    """
    ranges = reader.texts(source_ranges_key)
    published = [
        PublishedPortArgs(port=port, bind_address=bind_address, source_ranges=ranges)
        for port in ports.values()
    ]
    hosts = DockerHostArgs(
        published_ports=published,
        ready_timeout_seconds=reader.integer("readyTimeoutSeconds"),
    )
    if registry := registry_settings.load(reader):
        hosts["registries"] = [registry]
    if count := reader.integer("hostCount"):
        hosts["count"] = count
    engine = _engine(reader, swarm=swarm)
    endpoint, ssh = reader.text("dockerHost"), ssh_settings.load(reader, engine)
    gce = gce_settings.load(reader, prefix=prefix, engine=engine)
    _refuse_two_ways(reader, {"gcpProject": gce, "sshHosts": ssh, "dockerHost": endpoint})
    subnet = reader.text("gcpSubnet")
    network = None
    if gce:
        network = gce_settings.network(gce, subnet, container_ranges)
        hosts["gce"] = gce
        hosts["avoid"] = [*container_ranges, subnet]
    elif ssh:
        hosts["ssh"] = ssh
        hosts["avoid"] = container_ranges
    else:
        hosts["endpoint"] = _engine_socket(reader, endpoint)
    try:
        if network:
            HostNetwork.check(network)
        DockerHost.check(hosts)
    except ArgumentError as error:
        fields = {**_FIELDS, r"published_ports\[\d+\]\.source_ranges": source_ranges_key}
        fields |= {rf"published_ports\[{index}\]": key for index, key in enumerate(ports)}
        raise renamed(reader, error, fields) from None
    return HostSettings(hosts=hosts, network=network)


def _refuse_two_ways(reader: Reader, ways: dict[str, object]) -> None:
    given = [key for key, value in ways.items() if value]
    if len(given) > 1:
        raise ArgumentError(
            reader.field(given[1]),
            "…",
            f"is set beside {reader.field(given[0])}; a stack's hosts are of one kind",
        )


def _engine_socket(reader: Reader, given: str) -> str:
    if given:
        return checks.engine_socket(reader.field("dockerHost"), given)
    # Docker's own clients follow this variable too.
    return checks.engine_socket(
        "DOCKER_HOST", os.environ.get("DOCKER_HOST") or checks.DEFAULT_SOCKET
    )


def _engine(reader: Reader, *, swarm: bool) -> EngineArgs:
    engine = EngineArgs()
    if pool := reader.text("engineAddressPool"):
        engine["address_pool"] = pool
    if swarm:
        engine["live_restore"] = False
    return engine
