"""How the local OpenSSH client reaches a machine whose host key is known beforehand."""

import contextlib
import hashlib
import ipaddress
import os
import pwd
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict
from urllib.parse import urlsplit

import pulumi

from . import _engine_args, checks
from ._engine_args import EngineArgs

_DEFAULT_PORT = 22
# Login names as `useradd` of the usual distributions takes them, and those with a dot.
_USER = re.compile(r"[a-z_][a-z0-9_.-]{0,31}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
# What stands for itself on a command line and in ssh_config: no spaces, quotes or %-tokens.
_IDENTITY_FILE = re.compile(r"(~|/)[A-Za-z0-9/._+@-]*")
_HOST_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) (AAAA[A-Za-z0-9+/]+={0,2})(?: .*)?"
)

Option = tuple[str, pulumi.Input[str]]
"""A keyword of ``ssh_config`` and its value, as ``ssh -o`` takes it too."""


class SshHostArgs(TypedDict):
    """A machine that is there already, reached over SSH.

    The machine that deploys needs OpenSSH 8.5 or newer; the host needs the ``docker`` command.
    """

    address: str
    """``ssh://user@host`` or ``ssh://user@host:port``. The user must be allowed to use Docker."""

    host_keys: list[str]
    """Public keys that the host may prove its identity with, one or more, each as ``ssh-keyscan``
    prints it without the host's name (``ssh-ed25519 AAAA…``). Any other key is refused."""

    name: NotRequired[str]
    """Name of the host in outputs and in names of resources. Default: the address's host, with its
    port unless that is 22."""

    identity_file: NotRequired[str]
    """Path of the private key on the machine that deploys; ``~`` is the home folder of whoever
    deploys. Default: the keys of the SSH agent, or OpenSSH's usual files."""

    engine: NotRequired[EngineArgs]
    """How to set up the Docker Engine there, on Debian or Ubuntu; ``{}`` takes the defaults. The
    user must be root, or have sudo without a password. Default: the engine stays as it is."""


@dataclass(frozen=True, kw_only=True)
class SshMachine:
    """A machine and all that OpenSSH must know to reach it.

    Args:
        user: login name.
        host: name or address as given; an option ``HostName`` may say where it really is.
        port: TCP port of its sshd.
        options: in the order in which they are passed.
    """

    user: str
    host: str
    port: int = _DEFAULT_PORT
    options: tuple[Option, ...] = ()

    @property
    def endpoint(self) -> str:
        """Return the address in the form that ``DOCKER_HOST`` takes."""
        return f"ssh://{self.user}@{self.host}{self._port_suffix}"

    @property
    def name(self) -> str:
        """Return a name for the machine that tells it from others."""
        return f"{self.host}{self._port_suffix.replace(':', '-')}"

    @property
    def arguments(self) -> list[pulumi.Input[str]]:
        """Return the options as arguments of ``ssh``."""
        return [
            argument
            for keyword, value in self.options
            for argument in ("-o", pulumi.Output.concat(keyword, "=", value))
        ]

    @property
    def command(self) -> list[pulumi.Input[str]]:
        """Return the command that runs what follows it on the machine."""
        where: list[pulumi.Input[str]] = ["-l", self.user, "-p", str(self.port), "--", self.host]
        return ["ssh", *self.arguments, *where]

    def config(self, alias: str) -> pulumi.Output[str]:
        """Return the machine's section of an ``ssh_config`` under a name."""
        section: list[Option] = [
            ("User", self.user),
            ("Port", str(self.port)),
            *self.options,
        ]
        if "HostName" not in dict(self.options):
            section.insert(0, ("HostName", self.host))
        lines = [pulumi.Output.concat("  ", word, " ", value, "\n") for word, value in section]
        return pulumi.Output.concat(f"Host {alias}\n", *lines)

    @property
    def _port_suffix(self) -> str:
        return "" if self.port == _DEFAULT_PORT else f":{self.port}"


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
            _engine_args.check(f"{each}.engine", args["engine"], avoid)
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


def make_room_for_sockets() -> None:
    """Create OpenSSH's folder of this user, where shared connections have their sockets.

    OpenSSH itself creates it too late for that, and a fresh user or a CI job has none.
    """
    with contextlib.suppress(OSError):
        # OpenSSH's `~` is the one of the user database, whatever HOME says.
        Path(pwd.getpwuid(os.getuid()).pw_dir, ".ssh").mkdir(mode=0o700, exist_ok=True)


def common_options(*, identity: str, identity_file: str | None) -> tuple[Option, ...]:
    """Return the options of every machine: no questions, no unknown keys, one connection.

    Args:
        identity: what tells this machine from all others. Its digest names the socket of the
            shared connection: a name that two machines had in common would mix them up.
        identity_file: path of the private key, if one is prescribed.
    """
    digest = hashlib.sha256(f"{identity} {identity_file}".encode()).hexdigest()[:16]
    key: tuple[Option, ...] = (
        (("IdentityFile", identity_file), ("IdentitiesOnly", "yes")) if identity_file else ()
    )
    return (
        *key,
        ("BatchMode", "yes"),
        ("ConnectTimeout", "10"),
        ("ServerAliveInterval", "15"),
        ("ServerAliveCountMax", "4"),
        ("StrictHostKeyChecking", "yes"),
        ("UserKnownHostsFile", "/dev/null"),
        ("GlobalKnownHostsFile", "/dev/null"),
        # Docker's client starts one ssh per request. sshd drops logins beyond ten at a time
        # (MaxStartups); sessions of one login are free.
        ("ControlMaster", "auto"),
        ("ControlPath", f"~/.ssh/dockyard-{digest}"),
        ("ControlPersist", "60"),
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
    return user, host, _DEFAULT_PORT if port is None else checks.port(field, port)


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
