"""Rules for the firewalls of Google Cloud: what the whole internet may not reach."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.rules import Finding, Resource, Rule
from policies.values import entries, fields

FIREWALL: Final = "gcp:compute/firewall:Firewall"

_GUARDED_PORTS = {
    22: "SSH",
    2375: "the Docker API",
    2376: "the Docker API",
    3389: "RDP",
    27017: "the database",
}
_TCP = frozenset({"tcp", "6", "all"})
_LARGEST_PORT = 65_535
# The widest range that is anyone's own is 10.0.0.0/8; a wider one is the internet cut in pieces.
_WIDEST_OWN = {4: 8, 6: 16}


def _open_to_all(resource: Resource) -> Iterator[Finding]:
    properties = resource.properties
    if properties.get("direction", "INGRESS") != "INGRESS":
        return
    if properties.get("disabled", False) is not False:
        return
    source = _world(properties)
    if not source:
        return
    for index, allow in enumerate(entries(properties.get("allows"))):
        for path, port in _guarded(f"allows[{index}]", fields(allow)):
            yield Finding(path, f"{source} may reach {port}, {_GUARDED_PORTS[port]}")


def _world(properties: Mapping[str, Any]) -> str:
    """Return the range that is open to all, in words; empty when there is none."""
    ranges = properties.get("sourceRanges")
    for given in entries(ranges):
        if isinstance(given, str):
            network = _network(given)
            if network and network.prefixlen < _WIDEST_OWN[network.version]:
                return given
    named = any(properties.get(key) for key in ("sourceTags", "sourceServiceAccounts"))
    # Google Cloud's default where nothing says whence.
    return "" if ranges or named else "every address (no source is given)"


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None  # The provider refuses it.


def _guarded(path: str, allow: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield each guarded port that is allowed, and the property that allows it."""
    protocol = allow.get("protocol")
    if not isinstance(protocol, str) or protocol.lower() not in _TCP:
        return
    ports = allow.get("ports")
    if not ports:  # All of them.
        yield from ((f"{path}.protocol", port) for port in _GUARDED_PORTS)
    for index, given in enumerate(entries(ports)):
        reached = _port_range(given)
        yield from ((f"{path}.ports[{index}]", port) for port in _GUARDED_PORTS if port in reached)


def _port_range(given: object) -> range:
    """Read ``22`` or ``20-30``; what is neither, or hidden, reaches nothing."""
    if not isinstance(given, str):
        return range(0)
    first, _, last = given.partition("-")
    try:
        return range(int(first), min(int(last or first), _LARGEST_PORT) + 1)
    except ValueError:
        return range(0)  # The provider refuses it.


RULES: Final = (
    Rule(
        name="gcp-firewall-not-open",
        types=frozenset({FIREWALL}),
        description=(
            "SSH, RDP, Docker's API and databases must not be open to the internet: they are what"
            " is attacked first."
        ),
        remedy=(
            "name the addresses in sourceRanges; for SSH 35.235.240.0/20, Google's proxy that asks"
            " who it is"
        ),
        check=_open_to_all,
    ),
)
"""The rules for firewalls."""
