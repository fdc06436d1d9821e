"""A host of a stack: its Docker, here or over SSH, and the stack's containers on it."""

import json
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from delivery.pulumi import Pulumi
from recovery.errors import RecoveryError

_LAST_LINES = 15
_PAUSE_SECONDS = 0.5
# The engine's, on every container of a Swarm.
_SERVICE_LABEL = "com.docker.swarm.service.name"
_REPLICAS = ("service", "inspect", "--format", "{{.Spec.Mode.Replicated.Replicas}}")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A host of a stack.

    Args:
        stack: the stack's name.
        host: the host's name.
        engine: where its engine listens, as ``DOCKER_HOST`` takes it.
        ssh: the command that runs what follows it on the host; empty for this machine.
        containers: names by role: of the containers, or on a Swarm of the services.
        swarm: whether it is the host of a Swarm that has its data.
    """

    stack: str
    host: str
    engine: str
    ssh: Sequence[str]
    containers: Mapping[str, str]
    swarm: bool = False

    @classmethod
    def all_of(cls, pulumi: Pulumi, stack: str) -> list[Self]:
        """Return the hosts of a deployed stack.

        Raises:
            RecoveryError: it has none, or was deployed by an older version.
            DeliveryError: there is no such stack, or no backend that answers.
        """
        found = pulumi.outputs(stack).get("recovery")
        if not found:
            raise RecoveryError(f"{stack} is not deployed, or not by this version: pulumi up")
        return [cls(stack=stack, host=host, **each) for host, each in sorted(found.items())]

    def container(self, role: str) -> str:
        """Return the name of a container, or of a Swarm's the id.

        Raises:
            RecoveryError: the stack has none for that, or it doesn't run here.
        """
        name = self._name(role)
        if not self.swarm:
            return name
        found = self.docker("ps", "--quiet", "--filter", f"label={_SERVICE_LABEL}={name}").split()
        if not found:
            raise RecoveryError(f"{self.host}: no container of the service {name} runs here")
        return found[0]

    @contextmanager
    def stopped(self, roles: Sequence[str]) -> Iterator[None]:
        """Let services rest while the block runs; they go on however it ends.

        Raises:
            RecoveryError: they can't be stopped, or started again.
        """
        names = [self._name(role) for role in roles]
        if not self.swarm:
            self.docker("stop", *names)
            try:
                yield
            finally:
                self.docker("start", *names)
            return
        replicas = {name: self.docker(*_REPLICAS, name).strip() for name in names}
        try:
            self.docker("service", "scale", *(f"{name}=0" for name in names))
            yield
        finally:
            self.docker("service", "scale", *(f"{each}={n}" for each, n in replicas.items()))

    def docker(self, *arguments: str) -> str:
        """Run Docker's command line against the host and return what it printed.

        Args:
            arguments: nothing secret; every process could read it.

        Raises:
            RecoveryError: it failed; the message ends with what it said.
        """
        done = self._run(arguments, stdin=subprocess.DEVNULL)
        return done.stdout.decode(errors="replace")

    def copy(self, source: str, target: str) -> None:
        """Copy a file from one container into another, past every disk of ours.

        Args:
            source: container and path, as ``docker cp`` takes it.
            target: container and folder.

        Raises:
            RecoveryError: it failed.
        """
        archive = self._run(("cp", source, "-"), stdin=subprocess.DEVNULL).stdout
        self._run(("cp", "-", target), content=archive)

    def inspect(self, container: str) -> dict[str, Any]:
        """Return what the engine knows of a container.

        Raises:
            RecoveryError: there is none of that name.
        """
        (found,) = json.loads(self.docker("inspect", "--type", "container", container))
        return dict(found)

    def backup(self, *arguments: str) -> dict[str, Any]:
        """Run a command in the container that takes the backups, and return its answer.

        Raises:
            RecoveryError: there is no such container, or the command failed.
        """
        command = ("python3", "-m", "backup", *arguments)
        return dict(json.loads(self.docker("exec", self.container("backup"), *command)))

    def wait_for(self, container: str, answer: Callable[[], object], seconds: float) -> None:
        """Ask a container that is starting until it answers.

        Args:
            container: its name.
            answer: asks it, and raises a ``RecoveryError`` until it answers.
            seconds: how long it may take.

        Raises:
            RecoveryError: it takes longer, or has stopped.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer()
            except RecoveryError:
                runs = self.inspect(container)["State"]["Running"]
                if time.monotonic() > deadline or not runs:
                    raise
                time.sleep(_PAUSE_SECONDS)
            else:
                return

    def _name(self, role: str) -> str:
        if role not in self.containers:
            raise RecoveryError(
                f"{self.stack} has no {role} on {self.host}. Where backups are to be taken: "
                f"pulumi config set backupEveryHours 24 --stack {self.stack}, then pulumi up"
            )
        return self.containers[role]

    def _run(
        self, arguments: Sequence[str], *, stdin: int | None = None, content: bytes | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        command = ["docker", "--host", self.engine, *arguments]
        if self.ssh:
            command = [*self.ssh, shlex.join(["docker", *arguments])]
        try:
            done = subprocess.run(  # noqa: S603 - the stack's own output says how
                command, stdin=stdin, input=content, capture_output=True, check=False
            )
        except FileNotFoundError:
            raise RecoveryError(f"there is no {command[0]} on this machine") from None
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
            text = "\n".join(said[-_LAST_LINES:]).removeprefix("error: ")
            raise RecoveryError(f"{self.host}: {text or f'docker {arguments[0]} failed'}")
        return done
