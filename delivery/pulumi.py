"""Calling the Pulumi CLI for this repository's project."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from delivery.errors import DeliveryError

REPOSITORY = Path(__file__).resolve().parent.parent
_PLAIN = ("--non-interactive", "--color", "never")


@dataclass(frozen=True)
class StackRecord:
    """A stack that the backend knows.

    Args:
        name: its name.
        last_update: when something was last deployed, UTC; None if nothing ever was.
    """

    name: str
    last_update: datetime | None


@dataclass(frozen=True)
class Pulumi:
    """The CLI in a project's folder.

    Args:
        root: the folder with ``Pulumi.yaml``.
        environment: what is added to this process's environment.
    """

    root: Path = REPOSITORY
    environment: Mapping[str, str] = field(default_factory=dict)

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command and return what it said and how it ended.

        Raises:
            DeliveryError: there is no CLI.
        """
        return subprocess.run(  # noqa: S603 - the arguments are this program's own
            self.command(*arguments),
            cwd=self.root,
            env=self.full_environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def follow(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command, pass on each line that it says at once, and return all of them.

        Interrupted or terminated, the CLI ends in order, and this waits for it: cut off, it would
        leave its lock, and things that no state knows.

        Raises:
            DeliveryError: there is no CLI.
        """
        said = []
        with (
            subprocess.Popen(  # noqa: S603
                self.command(*arguments),
                cwd=self.root,
                env=self.full_environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as process,
            _outlived(process),
        ):
            for line in process.stdout or ():
                print(line, end="", flush=True)
                said.append(line)
        return subprocess.CompletedProcess(process.args, process.returncode, "".join(said))

    def answer(self, *arguments: str) -> str:
        """Run a command that has to succeed, and return what it printed.

        Raises:
            DeliveryError: it failed; the message ends with what it said.
        """
        done = self.call(*arguments)
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).removeprefix("error: ")
            raise DeliveryError(f"'pulumi {' '.join(arguments[:2])}' failed: {said}")
        return done.stdout

    def stacks(self, tag: str = "") -> list[StackRecord]:
        """Return the project's stacks in the backend.

        Args:
            tag: a tag that they have, as ``name`` or ``name=value``; empty for all stacks.

        Raises:
            DeliveryError: the backend doesn't answer, or wants a login.
        """
        only = ("--tag", tag) if tag else ()
        return [
            StackRecord(
                # Some backends put their organisation before it.
                name=each["name"].rpartition("/")[2],
                last_update=_moment(each.get("lastUpdate")),
            )
            for each in json.loads(self.answer("stack", "ls", "--json", *only))
        ]

    def has(self, stack: str) -> bool:
        """Return whether the backend has a stack.

        Raises:
            DeliveryError: the backend doesn't answer, or wants a login.
        """
        return any(each.name == stack for each in self.stacks())

    def outputs(self, stack: str) -> dict[str, Any]:
        """Return a stack's outputs; secrets among them read ``[secret]``.

        Raises:
            DeliveryError: there is no such stack.
        """
        return dict(json.loads(self.answer("stack", "output", "--json", "--stack", stack)))

    @property
    def full_environment(self) -> dict[str, str]:
        """The environment of every command."""
        return {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", **self.environment}

    @staticmethod
    def command(*arguments: str) -> list[str]:
        """Return the whole command line.

        Raises:
            DeliveryError: there is no CLI.
        """
        if not shutil.which("pulumi"):
            raise DeliveryError("there is no pulumi on PATH; 'make setup', then '. .dockyard/env'")
        return ["pulumi", *arguments, *_PLAIN]


@contextmanager
def _outlived(process: subprocess.Popen[str]) -> Iterator[None]:
    """Leave it to a program how it ends when this one is to end.

    A terminal's Ctrl-C reaches both, and a second one makes the CLI drop everything. SIGTERM, with
    which a cancelled job ends, reaches this one alone.
    """
    handlers: dict[signal.Signals, Callable[[int, object], None]] = {
        signal.SIGINT: lambda *_: None,
        signal.SIGTERM: lambda *_: process.send_signal(signal.SIGINT),
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
