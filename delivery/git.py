"""Asking git."""

import os
import subprocess
from pathlib import Path
from typing import Final

_TIMEOUT_SECONDS: Final = 60


def answer(root: Path, *arguments: str) -> str | None:
    """Return what git says of a checkout, without its last line's end; None if it fails."""
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=root,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else os.fsdecode(done.stdout).rstrip("\n")
