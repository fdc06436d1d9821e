"""Repositories of the tests' own."""

import subprocess
from pathlib import Path

_WHO = ("-c", "user.name=tests", "-c", "user.email=tests@example.org")


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder as somebody, and return what it said."""
    return subprocess.run(  # noqa: S603
        ["git", *_WHO, *arguments],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
