"""The rules for a host that is reached over SSH, and the machine that it is."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from . import _engine_rules, checks
from ._ssh import DEFAULT_PORT, SshMachine, common_options
from ._ssh_args import SshHostArgs

# Login names as `useradd` of the usual distributions takes them, and those with a dot.
_USER = re.compile(r"[a-z_][a-z0-9_.-]{0,31}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
# What stands for itself on a command line and in ssh_config: no spaces, quotes or %-tokens.
_IDENTITY_FILE = re.compile(r"(~|/)[A-Za-z0-9/._+@-]*")
_HOST_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) (AAAA[A-Za-z0-9+/]+={0,2})(?: .*)?"
)


def check(
    field: str, hosts: Sequence[SshHostArgs], avoid: Mapping[str, ipaddress.IPv4Network]
) -> None:
    """Check hosts that are reached over SSH.

    Args:
        field: the path of the hosts, such as ``ssh``.
        hosts: the hosts.
        avoid: the ranges that an engine's address pool must stay clear of, by field.

    Raises:
        ArgumentError: an address, a key, a name or the engine's set-up is invalid.
    """
    names = []
    for index, args in enumerate(hosts):
        each = f"{field}[{index}]"
        ssh = machine(each, args)
        check_identity_file(f"{each}.identity_file", args.get("identity_file"))
        names.append(checks.docker_name(f"{each}.name", args.get("name", ssh.name)))
        if "engine" in args:
            _engine_rules.check(f"{each}.engine", args["engine"], avoid)
    checks.unique(field, names)


def check_identity_file(field: str, value: str | None) -> None:
    """Check the path of a private key, if one is given.

    Raises:
        ArgumentError: it isn't absolute, or holds what OpenSSH reads as something else.
    """
    if value is not None and not _IDENTITY_FILE.fullmatch(value):
        raise checks.ArgumentError(
            field,
            value,
            "is not the path of a key; begin with '/' or '~/', go on with letters, digits and any "
            "of / . _ + @ -",
        )


def machine(field: str, args: SshHostArgs) -> SshMachine:
    """Return the machine of an SSH address, its host key pinned.

    Raises:
        ArgumentError: the address, a key or a path is invalid.
    """
    user, host, port = _address(f"{field}.address", args["address"])
    keys = _host_keys(f"{field}.host_keys", args["host_keys"])
    # The client looks the pinned keys up under this name, wherever the host is.
    alias = "pinned"
    entries = " ".join(f'"{alias} {key}"' for key in keys)
    return SshMachine(
        user=user,
        host=host,
        port=port,
        options=(
            *common_options(
                identity=f"{args['address']} {keys}",
                identity_file=args.get("identity_file"),
            ),
            ("HostKeyAlias", alias),
            # A pin in the command line is the same on every machine; a file would be elsewhere.
            ("KnownHostsCommand", f'/usr/bin/env printf "%%s\\n" {entries}'),
        ),
    )


def _address(field: str, value: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise _not_an_address(field, value) from None
    user, host = parts.username or "", parts.hostname or ""
    plain = value == f"ssh://{user}@{host}{'' if port is None else f':{port}'}"
    if not (plain and _USER.fullmatch(user) and _HOST.fullmatch(host)):
        raise _not_an_address(field, value)
    return user, host, DEFAULT_PORT if port is None else checks.port(field, port)


def _not_an_address(field: str, value: str) -> checks.ArgumentError:
    return checks.ArgumentError(
        field,
        value,
        "is not an SSH address; write ssh://user@host or ssh://user@host:port, in lower case and "
        "without a password or a path",
    )


def _host_keys(field: str, values: Sequence[str]) -> list[str]:
    if not values:
        raise checks.ArgumentError(
            field,
            values,
            "pins no key; give what `ssh-keyscan -t ed25519 <host>` prints, without the name, after"
            " comparing it with the host's own /etc/ssh/ssh_host_ed25519_key.pub",
        )
    keys = []
    for index, value in enumerate(values):
        match = _HOST_KEY.fullmatch(value)
        if match is None:
            raise checks.ArgumentError(
                f"{field}[{index}]",
                value,
                "is not a public host key; write one like 'ssh-ed25519 AAAA…', without the host's "
                "name",
            )
        keys.append(f"{match[1]} {match[2]}")
    checks.unique(field, keys)
    return keys
