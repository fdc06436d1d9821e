"""A machine with a Docker Engine, however it came to be."""

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from ._ssh import SshMachine


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One machine of a ``DockerHost``.

    Args:
        name: its name in outputs and in names of resources.
        endpoint: where its engine listens, in the form that ``DOCKER_HOST`` takes.
        address: IPv4 address or name at which its published ports are reached.
        place: what tells it from every other machine before it exists.
        identity: another value means another machine: what ran on it must move.
        started_as: another value means that it was started anew: its engine is awaited again.
        ssh: how it is reached, unless it is this one.
        setup_version: the engine set-up that it must have finished, if Dockyard does that.
        vm: the resource that it lives and dies with, if the stack made it.
        after: what must be done before its engine is asked for.
    """

    name: str
    endpoint: str
    address: pulumi.Input[str]
    place: str
    identity: pulumi.Input[str]
    started_as: pulumi.Input[str] = ""
    ssh: "SshMachine | None" = None
    setup_version: str | None = None
    vm: pulumi.Resource | None = None
    after: Sequence[pulumi.Resource] = ()

    @property
    def digest(self) -> str:
        """Return a short name of its place, for names that must change with it."""
        return hashlib.sha256(self.place.encode()).hexdigest()[:8]

    @property
    def ssh_command(self) -> pulumi.Output[list[str]]:
        """Return the command that runs what follows it on the machine; empty for this one."""
        return pulumi.Output.all(*(self.ssh.command if self.ssh else []))

    def docker(self, *arguments: str) -> pulumi.Output[list[str]]:
        """Return a command that runs Docker's command line against its engine."""
        if self.ssh is None:
            return pulumi.Output.from_input(["docker", "--host", self.endpoint, *arguments])
        return pulumi.Output.all(*self.ssh.command, shlex.join(["docker", *arguments]))
