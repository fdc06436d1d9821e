"""Settings of the Docker hosts: this machine, machines reached over SSH, or VMs to create."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from components import (
    DockerHost,
    DockerHostArgs,
    DockerSwarm,
    EngineArgs,
    GceHostArgs,
    HostNetwork,
    HostNetworkArgs,
    PublishedPortArgs,
    SshHostArgs,
    checks,
)
from components.checks import ArgumentError

from . import registry_settings
from .reader import Reader

STACK_LABEL = "org.dockyard.stack"
"""Finds what a stack left on a host after its state is gone: a volume that was kept."""

_SSH_KEYS = {
    "address": "address",
    "hostKeys": "host_keys",
    "identityFile": "identity_file",
    "name": "name",
}
"""Keys of an entry of ``sshHosts``, and the argument that each becomes."""

_GCE_TEXTS = {
    "gcpMachineType": "machine_type",
    "gcpImage": "image",
    "gcpDiskType": "disk_type",
    "gcpKmsKey": "kms_key",
    "gcpIdentityFile": "identity_file",
    "gcpSnapshotTime": "snapshot_time",
}
_GCE_NUMBERS = {
    "gcpBootDiskGib": "boot_disk_gib",
    "gcpDataDiskGib": "data_disk_gib",
    "gcpSnapshotDays": "snapshot_days",
}
_GCE_SWITCHES = {
    "gcpPublicIp": "public_ip",
    "gcpSpot": "spot",
    "gcpDeletionProtection": "deletion_protection",
}
_GCE_LISTS = {
    "gcpSshPublicKeys": "ssh_public_keys",
    "gcpSshSourceRanges": "ssh_source_ranges",
}
_SUBNET_ROLE = "apps"
_HOSTS = "host"
# What the network and the hosts call their fields, and what they are called here.
_FIELDS = {
    r"gce\.project|project": "gcpProject",
    r"gce\.prefix|prefix": "prefix",
    r"gce\.zones|region": "gcpZones",
    rf"subnets\['{_SUBNET_ROLE}'\]": "gcpSubnet",
    r"gce\.engine\.address_pool|ssh\[\d+\]\.engine\.address_pool": "engineAddressPool",
    r"ready_timeout_seconds": "readyTimeoutSeconds",
    r"count": "hostCount",
    r"ssh\b": "sshHosts",
    r"registries\[0\]\.address": "registryAddress",
    **{
        rf"gce\.{argument}": key
        for table in (_GCE_TEXTS, _GCE_NUMBERS, _GCE_SWITCHES, _GCE_LISTS)
        for key, argument in table.items()
    },
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
                "subnetwork": network.subnetworks[_SUBNET_ROLE],
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
    endpoint, ssh = reader.text("dockerHost"), _ssh_hosts(reader, engine)
    gce = _gce(reader, prefix, engine)
    _refuse_two_ways(reader, {"gcpProject": gce, "sshHosts": ssh, "dockerHost": endpoint})
    subnet = reader.text("gcpSubnet")
    network = None
    if gce:
        network = _network(gce, subnet, container_ranges)
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


def _ssh_hosts(reader: Reader, engine: EngineArgs) -> list[SshHostArgs]:
    entries = reader.objects("sshHosts", known=set(_SSH_KEYS), required={"address", "hostKeys"})
    hosts = []
    for index, entry in enumerate(entries):
        field = f"{reader.field('sshHosts')}[{index}]"
        for key, value in entry.items():
            if not _is_text(value) if key != "hostKeys" else not _are_texts(value):
                shape = "a list of texts" if key == "hostKeys" else "a text"
                raise ArgumentError(f"{field}.{key}", value, f"is not {shape}")
        hosts.append(cast("SshHostArgs", {_SSH_KEYS[key]: entry[key] for key in entry}))
    set_up = reader.boolean("sshSetUpEngine")
    if set_up:
        for host in hosts:
            host["engine"] = engine
    return hosts


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _gce(reader: Reader, prefix: str, engine: EngineArgs) -> GceHostArgs | None:
    given: dict[str, Any] = {
        "project": reader.text("gcpProject"),
        "zones": reader.texts("gcpZones"),
    }
    given["prefix"] = prefix
    given["labels"] = reader.text_map("gcpLabels")
    given["engine"] = engine
    # Made in the same deployment, and not there yet.
    given["network"] = given["subnetwork"] = ""
    for key, argument in _GCE_TEXTS.items():
        if text := reader.text(key):
            given[argument] = text
    given |= {argument: reader.integer(key) for key, argument in _GCE_NUMBERS.items()}
    given |= {argument: reader.boolean(key) for key, argument in _GCE_SWITCHES.items()}
    given |= {argument: reader.texts(key) for key, argument in _GCE_LISTS.items()}
    return cast("GceHostArgs", given) if given["project"] else None


def _network(gce: GceHostArgs, subnet: str, container_ranges: list[str]) -> HostNetworkArgs:
    zones = gce["zones"]
    return HostNetworkArgs(
        project=gce["project"],
        prefix=gce["prefix"],
        region=zones[0].rpartition("-")[0] if zones else "",
        subnets={_SUBNET_ROLE: subnet},
        avoid=container_ranges,
    )


def renamed(reader: Reader, error: ArgumentError, fields: Mapping[str, str]) -> ArgumentError:
    """Return an error of a component under the name that the value has in the configuration.

    Args:
        reader: where the value was read.
        error: what the component says.
        fields: patterns of the component's fields and the keys that their values come from.
    """
    for pattern, key in fields.items():
        if match := re.match(pattern, error.field):
            rest = error.field[match.end() :].replace(".host_keys", ".hostKeys")
            rest = rest.replace(".identity_file", ".identityFile")
            return ArgumentError(f"{reader.field(key)}{rest}", error.value, error.rule)
    return error
