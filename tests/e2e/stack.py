"""One stack under test, driven with the real Pulumi CLI."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import yaml

REPOSITORY = Path(__file__).parents[2]
STACK_LABEL = "org.dockyard.stack"
_TIMEOUT_SECONDS = 300
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Run:
    """What a command said, and how it ended."""

    code: int
    output: str

    @property
    def errors(self) -> list[str]:
        """Return the error messages, one string each, without decoration."""
        found = re.findall(r"^ *error: (.*)$", self.output, flags=re.MULTILINE)
        return [each.strip() for each in found]


def things_of(stack: str, engine: docker.DockerClient) -> list[str]:
    """Return the names of everything that a stack has, or left, on an engine."""
    mine: dict[str, str | list[str] | bool] = {"label": f"{STACK_LABEL}={stack}"}
    # What comes and goes meanwhile is none of a list's business.
    containers = engine.containers.list(all=True, ignore_removed=True, filters=mine)
    names = [each.name for each in containers]
    names += [each.name for each in engine.networks.list(filters=mine)]
    names += [each.name for each in engine.volumes.list(filters=mine)]
    return sorted(str(name) for name in names)


def remove_things(engine: docker.DockerClient, **filters: str) -> None:
    """Remove whatever of an engine's things a filter finds, volumes with their data, too."""
    found: dict[str, str | list[str] | bool] = {**filters}
    for container in engine.containers.list(all=True, ignore_removed=True, filters=found):
        container.remove(force=True)
    for network in engine.networks.list(filters=found):
        network.remove()
    for volume in engine.volumes.list(filters=found):
        volume.remove()


def remove_leftovers(stack: str) -> None:
    """Remove what a run of these tests that was killed left of a stack on this machine's engine.

    Raises:
        ValueError: the name doesn't say that the stack is a test's, so it may be somebody's.
    """
    if not stack.endswith("-e2e"):
        raise ValueError(f"stack: {stack!r} must end in -e2e, as all stacks of the tests do")
    with contextlib.closing(docker.from_env()) as engine:
        remove_things(engine, label=f"{STACK_LABEL}={stack}")


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in a document, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each)


class Stack:
    """A stack of this project, with its own state, passphrase and configuration file.

    Args:
        name: the stack's name, which selects the program.
        home: folder for the state; stacks that share it share a backend.
        config: configuration keys and values; all others keep their defaults.
        prefix_command: beginning of a command that runs the rest of it elsewhere, such as in
            another network namespace.

    Attributes:
        home: folder of the state.
    """

    def __init__(
        self,
        name: str,
        home: Path,
        config: dict[str, object],
        prefix_command: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.home = home
        self._prefix_command = prefix_command
        self._removed = False
        self._file = home / f"Pulumi.{name}.yaml"
        self._environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{home}",
            "PULUMI_CONFIG_PASSPHRASE": "for tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self._environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        # The CLI writes the configuration of a new stack beside the project's file, so it gets one
        # to write beside: the repository stays as it is.
        shutil.copy(REPOSITORY / "Pulumi.yaml", home)
        self.pulumi("stack", "init", "--stack", name, folder=home)
        self.configure(**{"healthIntervalSeconds": 1, **config})

    def configure(self, **config: object) -> None:
        """Change configuration keys; a value of None takes a key out."""
        stored = yaml.safe_load(self._file.read_text()) if self._file.exists() else {}
        values = stored.setdefault("config", {})
        for key, value in config.items():
            values[f"dockyard:{key}"] = value
        stored["config"] = {key: value for key, value in values.items() if value is not None}
        self._file.write_text(yaml.safe_dump(stored))

    def pulumi(self, *arguments: str, check: bool = True, folder: Path = REPOSITORY) -> Run:
        """Run the CLI in the project's folder, or another."""
        process = self.start(*arguments, folder=folder)
        output, _ = process.communicate(timeout=_TIMEOUT_SECONDS)
        run = Run(process.returncode, _ANSI.sub("", output))
        if check:
            assert run.code == 0, run.output
        return run

    def start(self, *arguments: str, folder: Path = REPOSITORY) -> subprocess.Popen[str]:
        """Start the CLI in the project's folder, or another, and return at once."""
        command = [*self._prefix_command, "pulumi", *arguments, "--non-interactive"]
        command += ["--color", "never"]
        return subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start_module(
        self, module: str, *arguments: str, stdin: int = subprocess.DEVNULL
    ) -> subprocess.Popen[str]:
        """Start a Python module of this project beside the stack's state, and return at once."""
        # What a shell runs in the background ignores Ctrl-C, and so would all that it starts.
        heeding = ["env", "--default-signal=INT"]
        return subprocess.Popen(  # noqa: S603
            [*heeding, *self._prefix_command, sys.executable, "-m", module, *arguments],
            cwd=REPOSITORY,
            env=self._environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def up_command(self, *arguments: str) -> list[str]:
        """Return the arguments of an unattended `pulumi up`."""
        return ["up", *self._selected, "--yes", "--skip-preview", *arguments]

    def up(self, *arguments: str, check: bool = True) -> Run:
        """Deploy."""
        return self.pulumi(*self.up_command(*arguments), check=check)

    def unlock(self) -> None:
        """Do what the guide says after a run was killed, but for the next `pulumi up`."""
        self.pulumi("cancel", "--yes", "--stack", self.name)
        repair = ("refresh", "--clear-pending-creates", "--yes", "--skip-preview")
        self.pulumi(*repair, "--stack", self.name, folder=self.home)

    def preview(self, *arguments: str, check: bool = True) -> Run:
        """Preview."""
        return self.pulumi("preview", *self._selected, *arguments, check=check)

    def plan(self, *arguments: str) -> dict[str, Any]:
        """Return a preview as data."""
        run = self.preview("--json", *arguments)
        return dict(json.loads(run.output[run.output.index("{") :]))

    def destroy(self, *arguments: str, check: bool = True) -> Run:
        """Destroy."""
        command = ["destroy", *self._selected, "--yes", "--skip-preview", *arguments]
        return self.pulumi(*command, check=check)

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs."""
        run = self.pulumi("stack", "output", "--stack", self.name, "--json")
        return dict(json.loads(run.output))

    def state(self) -> dict[str, Any]:
        """Return the stack's state."""
        return dict(json.loads(self.pulumi("stack", "export", "--stack", self.name).output))

    def images(self) -> set[str]:
        """Return the references of the images that the stack runs."""
        return {
            str(each["inputs"]["name"])
            for each in self.state()["deployment"].get("resources", [])
            if each["type"] == "docker:index/remoteImage:RemoteImage"
        }

    def remove(self, *engines: docker.DockerClient) -> None:
        """Destroy the stack and its data, if that hasn't happened yet.

        Args:
            engines: those that it runs on; the machine's own unless given.
        """
        if self._removed:
            return
        self._removed = True
        self.destroy()
        for engine in engines or [docker.from_env()]:
            for volume in engine.volumes.list(filters={"label": f"{STACK_LABEL}={self.name}"}):
                volume.remove()
            engine.close()

    def forget(self) -> None:
        """Forget the stack, whatever its state says: it never existed but on paper."""
        self._removed = True
        self.pulumi("stack", "rm", "--stack", self.name, "--yes", "--force", "--preserve-config")
        self._file.unlink()

    @property
    def _selected(self) -> list[str]:
        return ["--stack", self.name, "--config-file", str(self._file)]
