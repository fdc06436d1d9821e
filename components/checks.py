"""Rules for plain values, shared by the components and the stacks' settings.

Every check takes the field's name first, so that one rule speaks of a component's argument
(``networks['front'].subnet``) and of a stack's configuration key (``dockyard:frontSubnet``) alike.
A check returns the value it was given, in the type that the caller goes on with.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

_DOCKER_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_HOST_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_-]*[a-zA-Z0-9])?")
_DOCKER_NAME_LIMIT = 128
_HOST_NAME_LIMIT = 63
_LARGEST_PORT = 65_535
# One name per service and network; Docker's own limit leaves room for the longest suffix.
_LONGEST_PREFIX = 63
_LONGEST_SECONDS = 3600
_SMALLEST_MEMORY_MIB = 6  # The engine refuses less.
_LARGEST_MEMORY_MIB = 1 << 20
_LARGEST_CPUS = 1024
_MOST_PROCESSES = 1 << 22  # Linux's own limit of process ids.
_SMALLEST_MTU_BYTES = 68  # RFC 791: every internet module must forward this many octets.
_LARGEST_MTU_BYTES = 65_535
_SMALLEST_SUBNET = 29  # A /30 has room for the gateway and one container; that is no network.
# RFC 6890.
_SPECIAL_RANGES = {
    ipaddress.IPv4Network("0.0.0.0/8"): "this network",
    ipaddress.IPv4Network("127.0.0.0/8"): "loopback",
    ipaddress.IPv4Network("169.254.0.0/16"): "link-local",
    ipaddress.IPv4Network("224.0.0.0/3"): "multicast and reserved",
}

DEFAULT_SOCKET = "unix:///var/run/docker.sock"
"""Where the engine of this machine listens unless told otherwise."""

DEFAULT_BIND_ADDRESS = "127.0.0.1"
"""Where ports are published unless told otherwise: on this machine alone."""

HIDDEN = "(hidden)"
"""What stands in a message for a value that is, or may be, a secret."""

_SOCKET_SCHEME = "unix://"

# Docker's reference grammar (distribution/reference): an optional registry, path components in
# lower case, then a tag and/or a digest. A bare image id stands for itself.
_IMAGE = re.compile(
    r"(?:[a-zA-Z0-9.-]+(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_IMAGE_ID = re.compile(r"sha256:[0-9a-f]{64}")


class ArgumentError(ValueError):
    """A value breaks a rule. Nothing was created.

    The message names the field, the value given, the rule and what to do instead.

    Args:
        field: path of the field.
        value: what was given.
        rule: what is wrong with it and what to do, to follow the value.
    """

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(f"{field}: {value!r} {rule}")
        self.field = field
        self.value = value
        self.rule = rule


def docker_name(field: str, value: str) -> str:
    """Check the name of a container, network or volume.

    Raises:
        ArgumentError: the engine would refuse the name.
    """
    if not _DOCKER_NAME.fullmatch(value) or len(value) > _DOCKER_NAME_LIMIT:
        raise ArgumentError(
            field,
            value,
            "is not a Docker name; begin with a letter or digit, go on with letters, digits, "
            f"'_', '.' or '-', at most {_DOCKER_NAME_LIMIT} characters",
        )
    return value


def host_name(field: str, value: str) -> str:
    """Check a name under which one container finds another (a network alias).

    Raises:
        ArgumentError: a resolver could not look the name up.
    """
    if not _HOST_NAME.fullmatch(value) or len(value) > _HOST_NAME_LIMIT:
        raise ArgumentError(
            field,
            value,
            "is not a host name; use letters, digits, '-' and '_' with a letter or digit at both "
            f"ends, at most {_HOST_NAME_LIMIT} characters",
        )
    return value


def port(field: str, value: int) -> int:
    """Check a TCP port number.

    Raises:
        ArgumentError: the number is outside 1 to 65535.
    """
    return whole_number(field, value, smallest=1, largest=_LARGEST_PORT)


def whole_number(field: str, value: int, *, smallest: int, largest: int) -> int:
    """Check a whole number against its bounds, both included.

    Raises:
        ArgumentError: the number is not whole, or outside the bounds.
    """
    # A hosted component receives every number as a float (pulumi/pulumi: component.py).
    if isinstance(value, bool) or not smallest <= value <= largest or int(value) != value:
        raise ArgumentError(field, value, f"is not a whole number from {smallest} to {largest}")
    return int(value)


def ip_address(field: str, value: str) -> str:
    """Check an IPv4 address.

    Raises:
        ArgumentError: the text is no IPv4 address.
    """
    try:
        return str(ipaddress.IPv4Address(value))
    except ValueError:
        raise ArgumentError(
            field, value, "is not an IPv4 address; write one like 127.0.0.1, or 0.0.0.0 for all"
        ) from None


def ip_range(field: str, value: str) -> ipaddress.IPv4Network:
    """Check an IPv4 range in CIDR form.

    Raises:
        ArgumentError: the text is no IPv4 range, or has bits set beyond its prefix.
    """
    try:
        return ipaddress.IPv4Network(value)
    except ValueError as error:
        try:
            hint = f"; did you mean {ipaddress.IPv4Network(value, strict=False)}?"
        except ValueError:
            hint = "; write one like 10.0.1.0/24"
        raise ArgumentError(field, value, f"is not an IPv4 range ({error}){hint}") from None


def ip_ranges(field: str, values: Sequence[str]) -> dict[str, ipaddress.IPv4Network]:
    """Check IPv4 ranges in CIDR form; return each under its field's name.

    Raises:
        ArgumentError: a text is no IPv4 range, or has bits set beyond its prefix.
    """
    fields = {f"{field}[{index}]": value for index, value in enumerate(values)}
    return {each: ip_range(each, value) for each, value in fields.items()}


def disjoint(ranges: Mapping[str, ipaddress.IPv4Network]) -> None:
    """Check that no two ranges share an address.

    Args:
        ranges: each range under the name of the field that it comes from.

    Raises:
        ArgumentError: two ranges overlap.
    """
    order = list(ranges)
    # Ranges nest or are apart, so in order of their first address any overlap shows in neighbours.
    for pair in pairwise(sorted(order, key=ranges.__getitem__)):
        if ranges[pair[0]].overlaps(ranges[pair[1]]):
            field, other = sorted(pair, key=order.index)
            raise ArgumentError(
                field,
                str(ranges[field]),
                f"overlaps {ranges[other]} ({other}); give each network a range of its own",
            )


def unique(field: str, values: Sequence[str]) -> None:
    """Check that no value stands twice in a list.

    Raises:
        ArgumentError: a value is repeated.
    """
    for index, value in enumerate(values):
        if value in values[:index]:
            raise ArgumentError(f"{field}[{index}]", value, "is given twice; each must be unique")


def image_reference(field: str, value: str) -> str:
    """Check that a reference names one image for good: by tag, digest or id.

    Raises:
        ArgumentError: the reference is malformed, has no tag, or its tag is ``latest``.
    """
    if _IMAGE_ID.fullmatch(value):
        return value
    match = _IMAGE.fullmatch(value)
    if match is None:
        raise ArgumentError(
            field, value, "is not an image reference; write one like mongo:8.0 or name@sha256:…"
        )
    if match["digest"] is None and match["tag"] in (None, "latest"):
        raise ArgumentError(
            field,
            value,
            "means another image tomorrow; pin it by version (mongo:8.0) or by digest "
            "(name@sha256:…)",
        )
    return value


def image_name(reference: str) -> str:
    """Return the last part of an image's repository, such as ``mongo`` of ``hub/x/mongo:8.0``."""
    repository = reference.partition("@")[0].rpartition("/")[2]
    return repository.partition(":")[0]


def engine_socket(field: str, value: str) -> str:
    """Check the address of an engine's socket.

    Raises:
        ArgumentError: the address is not ``unix://`` and an absolute path.
    """
    path = value.removeprefix(_SOCKET_SCHEME)
    if path == value or not path.startswith("/"):
        raise ArgumentError(
            field,
            value,
            f"is not an engine of this machine; write {_SOCKET_SCHEME} and an absolute path, "
            f"like {DEFAULT_SOCKET}",
        )
    return value


def name_prefix(field: str, value: str) -> str:
    """Check the beginning of physical names.

    Raises:
        ArgumentError: it can't begin a Docker name, or leaves no room for the rest.
    """
    if len(value) > _LONGEST_PREFIX:
        raise ArgumentError(
            field, value, f"is longer than {_LONGEST_PREFIX} characters; shorten it"
        )
    return docker_name(field, value)


def seconds(field: str, value: int) -> int:
    """Check a duration in seconds.

    Raises:
        ArgumentError: it is not a whole number from 1 to 3600.
    """
    return whole_number(field, value, smallest=1, largest=_LONGEST_SECONDS)


def memory_mib(field: str, value: int) -> int:
    """Check a memory limit in MiB.

    Raises:
        ArgumentError: the engine would refuse it.
    """
    return whole_number(field, value, smallest=_SMALLEST_MEMORY_MIB, largest=_LARGEST_MEMORY_MIB)


def cpus(field: str, value: float) -> float:
    """Check a limit in CPUs.

    Raises:
        ArgumentError: it is not a number above 0, or above 1024.
    """
    if not 0 < value <= _LARGEST_CPUS:
        raise ArgumentError(field, value, f"is not a number of CPUs above 0, up to {_LARGEST_CPUS}")
    return float(value)


def processes(field: str, value: int) -> int:
    """Check a limit of processes and threads.

    Raises:
        ArgumentError: the kernel has no such limit.
    """
    return whole_number(field, value, smallest=1, largest=_MOST_PROCESSES)


def absolute_path(field: str, value: str) -> str:
    """Check a path that must not depend on where anything is started.

    Raises:
        ArgumentError: it does not begin with ``/``.
    """
    if not value.startswith("/"):
        raise ArgumentError(field, value, "is not an absolute path; begin with '/'")
    return value


def image_and_limits(field: str, service: Mapping[str, object]) -> None:
    """Check a service's ``image``, unless it is an output, and its limits, where they are given.

    Raises:
        ArgumentError: the image is not pinned, or a limit is invalid.
    """
    if isinstance(image := service["image"], str):
        image_reference(f"{field}.image", image)
    limits: dict[str, Callable[[str, Any], object]] = {
        "memory_mib": memory_mib,
        "cpus": cpus,
        "processes": processes,
    }
    for name, check in limits.items():
        if name in service:
            check(f"{field}.{name}", service[name])


def subnet(field: str, value: str) -> ipaddress.IPv4Network:
    """Check the range of a bridge network.

    Raises:
        ArgumentError: the text is no IPv4 range, the range is too small to hold containers, or
            its addresses can't belong to one.
    """
    checked = ip_range(field, value)
    if checked.prefixlen > _SMALLEST_SUBNET:
        raise ArgumentError(
            field, value, f"is too small; use a prefix of /{_SMALLEST_SUBNET} or shorter"
        )
    for special, meaning in _SPECIAL_RANGES.items():
        if checked.overlaps(special):
            raise ArgumentError(
                field, value, f"reaches into {special} ({meaning}); take a private range"
            )
    return checked


def mtu_bytes(field: str, value: int) -> int:
    """Check the MTU of a bridge network, in bytes.

    Raises:
        ArgumentError: IPv4 has no such MTU.
    """
    return whole_number(field, value, smallest=_SMALLEST_MTU_BYTES, largest=_LARGEST_MTU_BYTES)


def separate(
    subnets: dict[str, ipaddress.IPv4Network], avoid: dict[str, ipaddress.IPv4Network]
) -> None:
    """Check that subnets overlap neither each other nor a range to avoid.

    Ranges to avoid may overlap one another: they are facts about the world.

    Args:
        subnets: the range of each network, under its field's name.
        avoid: the ranges to stay clear of, under their fields' names.

    Raises:
        ArgumentError: a subnet overlaps another range.
    """
    disjoint(subnets)
    for field, value in subnets.items():
        for other_field, other in avoid.items():
            disjoint({field: value, other_field: other})
