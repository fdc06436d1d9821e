"""How the local OpenSSH client reaches a machine whose host key is known beforehand."""

import contextlib
import hashlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

import pulumi

DEFAULT_PORT = 22

Option = tuple[str, pulumi.Input[str]]
"""A keyword of ``ssh_config`` and its value, as ``ssh -o`` takes it too."""


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
    port: int = DEFAULT_PORT
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
        return "" if self.port == DEFAULT_PORT else f":{self.port}"


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
