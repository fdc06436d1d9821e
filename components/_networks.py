"""What bridge networks and overlay networks have in common."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi_docker as docker

from . import checks

_MTU_OPTION = "com.docker.network.driver.mtu"

_BUILT_IN = frozenset({"bridge", "default", "docker_gwbridge", "host", "ingress", "none"})


def check(networks: Mapping[str, Mapping[str, Any]], avoid: Sequence[str]) -> None:
    """Check networks, by role.

    Args:
        networks: each with, if it is given, its ``name``, ``subnet`` and ``mtu_bytes``.
        avoid: IPv4 ranges that no subnet may touch.

    Raises:
        ArgumentError: a name, range or MTU is invalid, a name is given twice, or ranges overlap.
    """
    names: dict[str, str] = {}
    ranges: dict[str, ipaddress.IPv4Network] = {}
    for role, network in networks.items():
        field = f"networks[{role!r}]"
        name = checks.docker_name(f"{field}.name", network.get("name", role))
        if name in _BUILT_IN:
            raise checks.ArgumentError(
                f"{field}.name", name, "is a network of Docker's own; choose another name"
            )
        if name in names:
            raise checks.ArgumentError(
                f"{field}.name", name, f"is also the name of {names[name]}; names must be unique"
            )
        names[name] = field
        if "subnet" in network:
            ranges[f"{field}.subnet"] = checks.subnet(f"{field}.subnet", network["subnet"])
        if "mtu_bytes" in network:
            checks.mtu_bytes(f"{field}.mtu_bytes", network["mtu_bytes"])
    checks.separate(ranges, checks.ip_ranges("avoid", avoid))


def ipam(subnet: str | None) -> list[docker.NetworkIpamConfigArgs] | None:
    """Return a network's range as the provider takes it; nothing leaves it to the engine."""
    if subnet is None:
        return None
    value = ipaddress.IPv4Network(subnet)
    # The engine would choose this gateway by itself and report it, which a refresh would then
    # see as a difference from the program.
    return [docker.NetworkIpamConfigArgs(subnet=str(value), gateway=str(value[1]))]


def mtu_option(mtu_bytes: int | None) -> dict[str, str]:
    """Return the driver's option for the largest packet; nothing leaves it to the engine."""
    return {} if mtu_bytes is None else {_MTU_OPTION: str(int(mtu_bytes))}
