"""Pulumi stacks that exist for a measurement alone."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parents[1]
PREFIX = "reddit-bench"
ROLES = ("database", "post", "comment", "ui")
PORT = 19392

_CONFIG = f"""config:
  dockyard:healthIntervalSeconds: 2
  dockyard:uiPort: {PORT}
  dockyard:frontSubnet: 10.215.1.0/24
  dockyard:backSubnet: 10.215.2.0/24
"""
_EMPTY_PROJECT = f"""name: empty
runtime:
  name: python
  options:
    virtualenv: {REPOSITORY / ".dockyard" / "venv"}
"""


class Project:
    """A project and one stack of it, with a state of its own.

    Args:
        folder: where the project is.
        stack: name of the stack.
        home: folder for the state and the stack's configuration.
        config: the stack's configuration file.
    """

    def __init__(self, folder: Path, stack: str, home: Path, config: str) -> None:
        home.mkdir(parents=True)
        self._folder = folder
        self._file = home / f"Pulumi.{stack}.yaml"
        self._stack = stack
        self._environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{home}",
            "PULUMI_CONFIG_PASSPHRASE": "for measurements",
        }
        # The CLI writes a new stack's configuration beside the project's file: here, a copy of it.
        shutil.copy(folder / "Pulumi.yaml", home)
        run(["pulumi", "stack", "init", "--stack", stack], home, self._environment)
        with self._file.open("a") as file:
            file.write(config)

    def up(self) -> float:
        """Deploy and return the seconds that it took."""
        return self._timed("up", "--yes", "--skip-preview")

    def preview(self) -> float:
        """Preview and return the seconds that it took."""
        return self._timed("preview")

    def destroy(self) -> None:
        """Destroy."""
        self._timed("destroy", "--yes", "--skip-preview")

    def _timed(self, *arguments: str) -> float:
        started = time.perf_counter()
        self._run(*arguments, "--stack", self._stack, "--config-file", str(self._file))
        return time.perf_counter() - started

    def _run(self, *arguments: str) -> None:
        run(["pulumi", *arguments, "--non-interactive"], self._folder, self._environment)


def reddit(home: Path) -> Project:
    """Return the dev stack, for measurements."""
    return Project(REPOSITORY, "dev-bench", home, _CONFIG)


def fleet(home: Path, hosts: int) -> Project:
    """Return the production stack as shipped, but for the number of its hosts; for previews."""
    shipped = yaml.safe_load((REPOSITORY / "Pulumi.prod.yaml").read_text())
    shipped["config"]["dockyard:hostCount"] = hosts
    return Project(REPOSITORY, f"prod-bench{hosts}", home, yaml.safe_dump(shipped))


def empty(home: Path) -> Project:
    """Return a stack whose program does nothing."""
    folder = home / "project"
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(_EMPTY_PROJECT)
    (folder / "__main__.py").write_text("import pulumi\n")
    return Project(folder, "dev", home / "state", "")


def run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    """Run a command; what it said is shown only when it fails."""
    done = subprocess.run(  # noqa: S603
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}")
