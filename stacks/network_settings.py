"""Settings of a stack's networks, of whatever kind it is."""

from collections.abc import Mapping

from components import checks

from .reader import Reader


def mtu_bytes(reader: Reader) -> int | None:
    """Return the largest packet in bytes; None where nothing is said about it.

    Raises:
        ArgumentError: no packet can be of that size.
    """
    given = reader.integer("networkMtuBytes")
    return checks.mtu_bytes(reader.field("networkMtuBytes"), given) if given else None


def avoid_ranges(reader: Reader, ranges: Mapping[str, str]) -> list[str]:
    """Return the ranges to keep clear of, which the stack's own do.

    Args:
        reader: where they stand.
        ranges: all that the stack's networks may take, CIDR, by the keys that it comes from.

    Raises:
        ArgumentError: one of either is no range, or two of them overlap.
    """
    avoided = reader.texts("avoidRanges")
    checks.separate(
        {
            reader.field(key): checks.subnet(reader.field(key), value)
            for key, value in ranges.items()
        },
        checks.ip_ranges(reader.field("avoidRanges"), avoided),
    )
    return avoided
