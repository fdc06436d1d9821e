"""Names and places of review environments, worked out from a branch's name alone."""

import hashlib
import ipaddress
import re
import unicodedata

from components import checks
from components.checks import ArgumentError

KIND = "review"
"""The kind of stack, and the name of the one that stands for any branch."""

BEGINNING = f"{KIND}-"
"""How the names of all branches' stacks begin."""

DOMAIN_LIMIT = 253
"""Longest name of a host, in characters."""

_SLUG_LIMIT = 24
# 48 bits: among 10,000 branches, the odds that any two share them are 1 in 5 million.
_DIGITS = 12
_NAMELESS = "branch"
_PORTS = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")
# A gateway, four containers, and as many again while they are replaced.
_SUBNET_PREFIX = 28
_SUBNETS = 2
_SUBNET_ADDRESSES = 1 << 32 - _SUBNET_PREFIX


def label(branch: str) -> str:
    """Return a readable name for a branch that no other branch has.

    It is a host name's label too: up to 37 characters of ``a-z``, ``0-9`` and ``-``, a letter
    first. Names that differ in case, separators or accents only are branches of their own, which
    the hash at the end tells apart.
    """
    plain = unicodedata.normalize("NFKD", branch).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not slug[:1].isalpha():
        slug = f"{_NAMELESS}-{slug}"
    return f"{slug[:_SLUG_LIMIT].strip('-')}-{_digest(branch)[:_DIGITS]}"


def stack_name(branch: str) -> str:
    """Return the name of a branch's stack."""
    return f"{BEGINNING}{label(branch)}"


def preferred_slot(branch: str, count: int) -> int:
    """Return the slot of ``count`` that a branch takes unless another one has it."""
    return int(_digest(branch), 16) % count


def ports(field: str, value: str) -> range:
    """Return the ports that a text like ``20000-29999`` means, one for each slot.

    Raises:
        ArgumentError: it means none.
    """
    match = _PORTS.fullmatch(value)
    if match is None:
        raise ArgumentError(field, value, "is not a range of ports; write one like 20000-29999")
    first, last = (checks.port(field, int(number)) for number in match.groups())
    if first > last:
        raise ArgumentError(field, value, "ends before it begins; write the lower port first")
    return range(first, last + 1)


def subnets(slot: int, addresses: ipaddress.IPv4Network) -> list[str]:
    """Return the ranges of a slot's front and back network, CIDR, which no other slot has.

    Args:
        slot: the slot's number, from 0.
        addresses: the range of all slots' networks, large enough for this one's.
    """
    start = int(addresses.network_address) + slot * _SUBNETS * _SUBNET_ADDRESSES
    return [
        str(ipaddress.IPv4Network((start + index * _SUBNET_ADDRESSES, _SUBNET_PREFIX)))
        for index in range(_SUBNETS)
    ]


def addresses_needed(count: int) -> int:
    """Return how many addresses the networks of so many slots have together."""
    return count * _SUBNETS * _SUBNET_ADDRESSES


def _digest(branch: str) -> str:
    # What git has as bytes and Python can't read comes as surrogates, and goes back to its bytes.
    return hashlib.sha256(branch.encode("utf-8", "surrogateescape")).hexdigest()
