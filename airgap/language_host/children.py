"""The processes that the host starts, and their certain end."""

import contextlib
import os
import selectors
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_GRACE_SECONDS = 2.0
_CHUNK_BYTES = 65_536


class Children:
    """Running processes, each in its own process group, so that what it started ends with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    @contextlib.contextmanager
    def start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        captured: bool = False,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command for as long as the context lasts.

        Args:
            command: Program and arguments.
            folder: Working directory.
            environment: The whole environment.
            captured: Whether stdout and stderr are pipes to read; otherwise they are the host's
                own, which the engine shows.
        """
        with self._lock:
            if self._stopped:
                raise RuntimeError("the run was cancelled")
            child = subprocess.Popen(  # noqa: S603 - the command is the host's own
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if captured else None,
                stderr=subprocess.PIPE if captured else None,
                process_group=0,
            )
            self._running.add(child)
        try:
            yield child
        finally:
            end(child)
            for pipe in filter(None, (child.stdout, child.stderr)):
                pipe.close()
            with self._lock:
                self._running.discard(child)

    def stop(self) -> None:
        """End all of them and start no more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for child in running:
            end(child)


def end(child: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started: asked first, then forced."""
    if child.poll() is None:
        _signal_group(child, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_SECONDS)
    # Also after its own end: what it left behind must not outlive the run.
    _signal_group(child, signal.SIGKILL)
    child.wait()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def output(child: subprocess.Popen[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield what a captured process writes, as ("stdout" or "stderr", bytes), while it comes."""
    with selectors.DefaultSelector() as selector:
        for name, pipe in (("stdout", child.stdout), ("stderr", child.stderr)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, name)
        while selector.get_map():
            for key, _ in selector.select():
                data = os.read(key.fd, _CHUNK_BYTES)
                if data:
                    yield key.data, data
                else:
                    selector.unregister(key.fileobj)
