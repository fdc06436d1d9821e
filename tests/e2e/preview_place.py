"""A copy of the code with configuration files and a backend of its own, to run previews in."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.code_copy import copy_code
from tests.e2e.stack import REPOSITORY, Run

_TIMEOUT_SECONDS = 300


class PreviewPlace:
    """A copy of the code.

    Args:
        folder: an empty folder for all of it.

    Attributes:
        code: the copy, which previews must leave as it is.
        state: the backend, which they must leave as it is, too.
    """

    def __init__(self, folder: Path) -> None:
        self.code, self.state = folder / "code", folder / "state"
        self._temporary = folder / "temporary"
        copy_code(self.code)
        for each in (self.state, self._temporary):
            each.mkdir()

    def ship(self, stack: str) -> None:
        """Take over a stack's configuration as it is shipped."""
        shipped = yaml.safe_load((REPOSITORY / f"Pulumi.{stack}.yaml").read_text())
        # What a developer's own passphrase has left there isn't shipped.
        shipped.pop("encryptionsalt", None)
        (self.code / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(shipped))

    def configure(self, stack: str, **config: object) -> None:
        """Set configuration keys of a stack, which may have had none."""
        file = self.code / f"Pulumi.{stack}.yaml"
        stored = (yaml.safe_load(file.read_text()) if file.exists() else None) or {}
        values = stored.setdefault("config", {})
        values |= {f"dockyard:{key}": value for key, value in config.items()}
        file.write_text(yaml.safe_dump(stored))

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a program in the copy and return at once."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("CI_")}
        inherited.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        own = {
            "PULUMI_BACKEND_URL": self.state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "for tests",
            # The copy is no checkout.
            "CI_COMMIT_REF_NAME": "feature/x",
            "TMPDIR": str(self._temporary),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.Popen(  # noqa: S603
            # What a shell runs in the background ignores Ctrl-C, and so would all that it starts.
            ["env", "--default-signal=INT", *arguments],  # noqa: S607
            cwd=self.code,
            env={**inherited, **own, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> Run:
        """Run a program in the copy."""
        process = self.start(*arguments, **environment)
        output, _ = process.communicate(timeout=_TIMEOUT_SECONDS)
        return Run(process.returncode, output)

    def pulumi(self, *arguments: str) -> Run:
        """Run the CLI, which has to succeed."""
        run = self.run("pulumi", *arguments, "--non-interactive", "--color", "never")
        assert run.code == 0, run.output
        return run

    def start_preview(self, *stacks: str) -> subprocess.Popen[str]:
        """Start to preview stacks and return at once."""
        chosen = [word for stack in stacks for word in ("--stack", stack)]
        return self.start(sys.executable, "-m", "delivery", "preview", *chosen)

    def preview(self, *arguments: str, **environment: str) -> Run:
        """Preview to the end."""
        return self.run(sys.executable, "-m", "delivery", "preview", *arguments, **environment)

    def report(self, *arguments: str) -> dict[str, Any]:
        """Preview and return what is reported of each stack."""
        output = self.code.parent / "report"
        self.preview("--output", str(output), *arguments)
        found = json.loads((output / "preview.json").read_text())["stacks"]
        return {each["stack"]: each for each in found}

    def seconds(self, *stacks: str) -> float:
        """Preview stacks side by side and return how long it took."""
        started = time.monotonic()
        process = self.start_preview(*stacks)
        output, _ = process.communicate(timeout=_TIMEOUT_SECONDS)
        assert process.returncode == 0, output
        return time.monotonic() - started

    def contents(self) -> dict[str, str]:
        """Return a hash of every file of the copy and of the backend, and of all that is left."""
        return {
            str(file.relative_to(self.code.parent)): hashlib.sha256(file.read_bytes()).hexdigest()
            for folder in (self.code, self.state, self._temporary)
            for file in sorted(folder.rglob("*"))
            if file.is_file() and ".dockyard" not in file.parts
        }

    def processes(self) -> dict[int, str]:
        """Return number and command line of all programs that were started here and still run."""
        found = {}
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdecimal() and str(self._temporary) in (
                    folder / "environ"
                ).read_text(errors="replace"):
                    line = (folder / "cmdline").read_text().replace("\0", " ")
                    found[int(folder.name)] = line
            except OSError:
                # It has ended meanwhile.
                continue
        return found

    def end(self) -> dict[int, str]:
        """End what still runs, which should be nothing, and return what it was."""
        left = self.processes()
        for number in left:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        return left
