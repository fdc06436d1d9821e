"""Running other programs, and what a user reads when one of them fails."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_SHOWN_LINES = 15


class SetupError(Exception):
    """Set-up can't go on; the message says why and what to do."""


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout_seconds: float | None = None,
) -> str:
    """Run a program to its end and return what it wrote to stdout, without the last line break.

    Args:
        command: Program and arguments; nothing secret, as they are shown on failure.
        folder: Working directory.
        environment: Variables to set on top of the present ones.
        timeout_seconds: Longest time it may take.

    Raises:
        SetupError: it isn't there, takes too long or fails; with the end of its output.
    """
    shown = shlex.join(str(word) for word in command)
    try:
        done = subprocess.run(  # noqa: S603 - callers build the command from constants and paths
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_seconds,
            check=False,
        )
    except FileNotFoundError as error:
        raise SetupError(f"'{shown}' can't run: {error.strerror}: {error.filename}") from None
    except subprocess.TimeoutExpired:
        raise SetupError(f"'{shown}' took longer than {timeout_seconds:g} s") from None
    if done.returncode != 0:
        lines = f"{done.stdout}\n{done.stderr}".strip().splitlines()[-_SHOWN_LINES:]
        output = "".join(f"\n  | {line}" for line in lines)
        raise SetupError(f"'{shown}' ended with exit code {done.returncode}{output}")
    return done.stdout.rstrip("\n")


def succeeds(command: Sequence[str | Path], *, timeout_seconds: float = 20) -> bool:
    """Say whether a program runs and ends well."""
    try:
        run(command, timeout_seconds=timeout_seconds)
    except SetupError:
        return False
    return True


def write_atomically(path: Path, content: str, *, mode: int = 0o644) -> None:
    """Write a file in one piece: whoever reads it meanwhile sees the old or the new content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    # The mode holds from the first byte on: a secret is never readable in between.
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(content)
    fresh.chmod(mode)
    fresh.replace(path)
