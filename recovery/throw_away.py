"""Containers, networks and volumes that are gone when a block ends, however it ends."""

import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from recovery.errors import RecoveryError
from recovery.place import Place

LABEL = "org.dockyard.drill"
"""Label of everything that a drill makes; its value is the stack's name."""


@dataclass(frozen=True)
class ThrowAway:
    """What a drill has made on a host so far, and the network that all of it is on.

    Args:
        place: the host.
        name: beginning of every name.
    """

    place: Place
    name: str
    _volumes: list[str] = field(default_factory=list)
    _containers: list[str] = field(default_factory=list)

    @property
    def options(self) -> list[str]:
        """Return what each container here has in common: no way out, and the label."""
        return ["--network", self.name, "--label", self.label]

    @property
    def label(self) -> str:
        """Return the label, as Docker takes it."""
        return f"{LABEL}={self.place.stack}"

    def volume(self, role: str) -> str:
        """Make a volume and return its name."""
        name = f"{self.name}-{role}"
        self._volumes.append(name)
        self.place.docker("volume", "create", "--label", self.label, name)
        return name

    def container(self, role: str) -> str:
        """Return a name for a container, which goes with all else."""
        name = f"{self.name}-{role}"
        self._containers.append(name)
        return name

    def remove(self) -> None:
        """Remove everything; what isn't there is no trouble."""
        for container in self._containers:
            with suppress(RecoveryError):
                self.place.docker("rm", "--force", "--volumes", container)
        for volume in self._volumes:
            with suppress(RecoveryError):
                self.place.docker("volume", "rm", "--force", volume)
        with suppress(RecoveryError):
            self.place.docker("network", "rm", self.name)


@contextmanager
def throw_away(place: Place) -> Iterator[ThrowAway]:
    """Provide a network without a way out; all on it is gone when the block ends.

    Raises:
        RecoveryError: the network can't be made.
    """
    made = ThrowAway(place, f"dockyard-drill-{uuid.uuid4().hex[:10]}")
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        place.docker("network", "create", "--internal", "--label", made.label, made.name)
        yield made
    finally:
        # A second Ctrl-C must not leave half of it behind.
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        made.remove()
        signal.signal(signal.SIGINT, interrupt)
        signal.signal(signal.SIGTERM, before)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt
