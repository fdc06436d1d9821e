"""Running a command from within a deployment."""

import asyncio
import contextlib
import signal
from collections.abc import Sequence
from dataclasses import dataclass

NOT_FOUND = 127
"""What a shell returns for a command that isn't there."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How a command ended and what it said."""

    code: int
    output: str
    errors: str

    @property
    def last_words(self) -> str:
        """Return the last line that the command complained with."""
        return (self.errors.strip() or self.output.strip()).rpartition("\n")[2].strip()


async def run(command: Sequence[str], *, timeout_seconds: float) -> Finished:
    """Run a command that asks nothing, without holding up the rest of the deployment.

    Args:
        command: the program and its arguments.
        timeout_seconds: when to give up and end it.

    Raises:
        TimeoutError: it took longer.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # No terminal, so that nothing can wait for a password there.
            start_new_session=True,
        )
    except FileNotFoundError:
        words = f"{command[0]}: no such program on this machine"
        return Finished(code=NOT_FOUND, output="", errors=words)
    try:
        output, errors = await asyncio.wait_for(process.communicate(), timeout_seconds)
    except (TimeoutError, asyncio.CancelledError):
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()
        raise
    return Finished(
        code=process.returncode or 0,
        output=output.decode(errors="replace"),
        errors=errors.decode(errors="replace"),
    )
