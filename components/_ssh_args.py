"""What a Docker host that is reached over SSH needs to know."""

from typing import NotRequired, TypedDict

from ._engine_args import EngineArgs


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
