"""Programs that run beside each other: each has its time, and none is left behind."""

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

# The CLI needs two seconds to stop its plugins, which are in process groups of their own.
_GRACE_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended.

    Args:
        code: its exit code; None if its time was up and it was stopped.
        output: what it wrote to its standard output.
        said: what it wrote to its standard error.
    """

    code: int | None
    output: str
    said: str


class Children:
    """Programs that were started here, from any thread, and that can all be stopped."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        timeout_seconds: float,
    ) -> Ended:
        """Run a program to its end, or stop it when its time is up.

        Raises:
            InterruptedError: all were stopped before this one began.
        """
        # Files, not pipes: a plugin that outlived the program would keep a pipe open.
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
            process = self._start(command, folder, environment, (output, said))
            try:
                code: int | None = process.wait(timeout_seconds)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                _end(process)
                with self._lock:
                    self._running.discard(process)
            return Ended(code=code, output=_text(output), said=_text(said))

    def stop(self) -> None:
        """Stop all that run, and start no more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            process.terminate()
        for process in running:
            _end(process)

    def _start(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        streams: tuple[IO[bytes], IO[bytes]],
    ) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise InterruptedError("stopped before it began")
            process = subprocess.Popen(  # noqa: S603 - the arguments are this program's own
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=streams[0],
                stderr=streams[1],
                # A Ctrl-C comes to all of a terminal's group; who stops what is decided here.
                start_new_session=True,
            )
            self._running.add(process)
            return process


@contextmanager
def terminable() -> Iterator[None]:
    """Make SIGTERM, with which a cancelled job ends, what Ctrl-C is: time to clean up."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    """See to it that a program has ended, gently first: then it ends its own."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode(errors="replace")
