"""The library as other projects get it: built, and installed away from this repository."""

import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.stack import REPOSITORY


def build(folder: Path) -> Path:
    """Build the source distribution, and from that the wheel; return the latter."""
    run(sys.executable, "-m", "build", "--outdir", folder, REPOSITORY)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, virtualenv: Path, extras: Sequence[str] = ()) -> Path:
    """Make a virtualenv that sees no other packages, with the wheel and extras in it."""
    venv.create(virtualenv)
    wanted = f"{wheel}[{','.join(extras)}]" if extras else str(wheel)
    # A pip of its own would take longer to install than all else.
    run(sys.executable, "-m", "pip", "--python", virtualenv, "install", "--quiet", wanted)
    return virtualenv


def packages(virtualenv: Path) -> set[str]:
    """Return the names of the packages in a virtualenv, as they are imported."""
    listed = run(sys.executable, "-m", "pip", "--python", virtualenv, "list", "--format", "freeze")
    return {line.partition("==")[0].replace("-", "_") for line in listed.splitlines()}


def run(*command: str | Path) -> str:
    """Run a command to its good end and return what it said."""
    done = subprocess.run(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout}"
    return done.stdout
