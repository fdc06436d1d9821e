"""The rules for what can be chosen about a Docker Engine, and for keys that let in to its host."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network

from . import _engine_args as defaults
from . import checks
from ._engine_args import EngineArgs

_LONGEST_POOL_PREFIX = 28  # The engine takes addresses for the network, its gateway, its broadcast.
_LARGEST_LOG_MIB = 1 << 20
_MOST_LOG_FILES = 1000
_SWITCHES = ("live_restore", "no_new_privileges", "containers_reach_metadata")

_PUBLIC_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)"
    r"|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)"
    r" AAAA[A-Za-z0-9+/]+={0,2}"
    r"( [^\x00-\x1f\x7f\"'\\]*)?"
)
_PRIVATE_KEY = re.compile(r"PRIVATE KEY|^PuTTY-User-Key-File", re.MULTILINE)
_SHOWN_CHARACTERS = 24


def check(field: str, args: EngineArgs, avoid: Mapping[str, IPv4Network]) -> None:
    """Check the settings of an engine.

    Args:
        field: the path of the settings, such as ``gce.engine``.
        args: the settings.
        avoid: the ranges that the address pool must stay clear of, under their fields' names.

    Raises:
        ArgumentError: a value is out of bounds, or the pool overlaps a range to avoid.
    """
    pool_field = f"{field}.address_pool"
    pool = checks.subnet(pool_field, args.get("address_pool", defaults.DEFAULT_ADDRESS_POOL))
    checks.whole_number(
        f"{field}.address_pool_prefix",
        args.get("address_pool_prefix", defaults.DEFAULT_ADDRESS_POOL_PREFIX),
        smallest=pool.prefixlen,
        largest=_LONGEST_POOL_PREFIX,
    )
    checks.separate({pool_field: pool}, dict(avoid))
    checks.whole_number(
        f"{field}.log_max_size_mib",
        args.get("log_max_size_mib", defaults.DEFAULT_LOG_MAX_SIZE_MIB),
        smallest=1,
        largest=_LARGEST_LOG_MIB,
    )
    checks.whole_number(
        f"{field}.log_max_files",
        args.get("log_max_files", defaults.DEFAULT_LOG_MAX_FILES),
        smallest=1,
        largest=_MOST_LOG_FILES,
    )
    for name in _SWITCHES:
        value = args.get(name, False)
        if not isinstance(value, bool):
            raise checks.ArgumentError(f"{field}.{name}", value, "is neither true nor false")


def check_public_key(field: str, value: str) -> str:
    """Check an OpenSSH public key; return it without the line break of its file.

    Raises:
        ArgumentError: it is a private key, or not one line of type, key and comment. The message
            shows no more than the beginning of it, and nothing of a private key.
    """
    if _PRIVATE_KEY.search(value):
        raise checks.ArgumentError(
            field, "…", "looks like a private key; give the .pub file's line"
        )
    key = value.strip()
    if not _PUBLIC_KEY.fullmatch(key):
        raise checks.ArgumentError(
            field,
            f"{key[:_SHOWN_CHARACTERS]}…" if len(key) > _SHOWN_CHARACTERS else key,
            "is not a public key; give one line of a .pub file, like "
            "'ssh-ed25519 AAAA… name', without options or quotes",
        )
    return key
