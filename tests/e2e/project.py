"""A project of a few lines, driven with the real Pulumi CLI."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.e2e.stack import REPOSITORY, Run, remove_leftovers

_TIMEOUT_SECONDS = 300
_STACK = "project-e2e"


class Project:
    """A project with one stack and a state of its own.

    Args:
        folder: a folder for all of it; empty, unless the project is there already.
        name: the project's name.
        program: its program; none if it is there already.
        virtualenv: the one that runs it. Default: these tests', where ``components`` can be
            imported too.
        environment: variables that the CLI gets besides.

    Attributes:
        said: all that the CLI has said so far.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        program: str = "",
        *,
        virtualenv: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        remove_leftovers(_STACK)
        self.said: list[str] = []
        self._folder = folder
        self._name = name
        (folder / "state").mkdir()
        options = {"toolchain": "pip", "virtualenv": str(virtualenv or sys.prefix)}
        description = folder / "Pulumi.yaml"
        known = yaml.safe_load(description.read_text()) if description.exists() else {}
        runtime = {"name": "python", "options": options}
        description.write_text(yaml.safe_dump({"name": name, **known, "runtime": runtime}))
        if program:
            (folder / "__main__.py").write_text(program)
        self._environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "for tests",
            "PYTHONPATH": "" if virtualenv else str(REPOSITORY),
            **(environment or {}),
        }
        self._environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        self.pulumi("stack", "init", _STACK)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the CLI and return at once."""
        return subprocess.Popen(  # noqa: S603
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],  # noqa: S607
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self, process: subprocess.Popen[str], *, check: bool = True) -> Run:
        """Wait for the end of the CLI, which must be a good one unless told otherwise."""
        output, _ = process.communicate(timeout=_TIMEOUT_SECONDS)
        self.said.append(output)
        assert process.returncode == 0 or not check, output
        return Run(process.returncode, output)

    def pulumi(self, *arguments: str, check: bool = True) -> Run:
        """Run the CLI to its end."""
        return self.finish(self.start(*arguments), check=check)

    def set(self, key: str, value: object) -> None:
        """Set a configuration value, which is no secret."""
        file = self._folder / f"Pulumi.{_STACK}.yaml"
        stored = yaml.safe_load(file.read_text())
        stored.setdefault("config", {})[f"{self._name}:{key}"] = value
        file.write_text(yaml.safe_dump(stored))

    def up(self, *arguments: str, check: bool = True) -> Run:
        """Deploy the program as it is configured."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, check=check)

    def destroy(self) -> None:
        """Destroy all but what is kept."""
        self.pulumi("destroy", "--yes", "--skip-preview")
