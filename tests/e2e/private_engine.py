"""A Docker Engine of a test's own, which it may kill: same machine, own network namespace."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

import docker

from tests.e2e.image_copy import copy_images

_START_SECONDS = 60
_CLONE_NEWNET = 0x40000000

_Answer = TypeVar("_Answer")


class PrivateEngine:
    """A dockerd beside the machine's own; nothing of the two touches.

    Needs root, for the network namespace and the engine itself. Leaves no trace when its block
    ends.

    Args:
        folder: where its data, socket and log go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = f"dockyard-{uuid.uuid4().hex[:8]}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it in a network namespace of its own."""
        self._folder.mkdir(parents=True)
        try:
            self._add_namespace()
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it and everything on it."""
        self._remove()

    @property
    def endpoint(self) -> str:
        """Return where it listens, as ``DOCKER_HOST`` takes it."""
        return f"unix://{self._folder}/docker.sock"

    @property
    def client(self) -> docker.DockerClient:
        """Return a new client."""
        return docker.DockerClient(base_url=self.endpoint)

    def start(self) -> None:
        """Start it and wait until it answers."""
        # A killed engine leaves these behind, and their numbers may belong to others by now.
        for stale in ("docker.pid", "exec/containerd/containerd.pid"):
            (self._folder / stale).unlink(missing_ok=True)
        with (self._folder / "dockerd.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [
                    # Not `ip netns exec`: it hides the control groups behind a sysfs of its own.
                    *("nsenter", f"--net=/run/netns/{self._name}", "dockerd"),
                    *("--host", self.endpoint),
                    *("--data-root", str(self._folder / "data")),
                    *("--exec-root", str(self._folder / "exec")),
                    *("--pidfile", str(self._folder / "docker.pid")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self._log_tail()
            assert time.monotonic() < deadline, self._log_tail()
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill it the hard way, in the middle of whatever it does."""
        assert self._process
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def lose_power(self) -> None:
        """End it and all its containers at one blow, and leave nothing but what is on its disk."""
        for process in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        assert self._process
        self._process.wait()
        self._unmount()
        shutil.rmtree(self._folder / "exec")
        _run("ip", "netns", "delete", self._name)
        self._add_namespace()

    def inside(self, ask: Callable[..., _Answer], *arguments: object) -> _Answer:
        """Return what a function returns in the engine's network, where its ports are published."""

        def enter() -> None:
            # A thread has a network namespace of its own; Python 3.12 has a name for this call.
            with Path("/run/netns", self._name).open() as namespace:
                assert ctypes.CDLL(None).setns(namespace.fileno(), _CLONE_NEWNET) == 0

        with ThreadPoolExecutor(1, initializer=enter) as pool:
            return pool.submit(ask, *arguments).result()

    def load(self, references: Iterable[str]) -> None:
        """Copy images from the machine's own engine."""
        copy_images(references, self.endpoint)

    def _remove(self) -> None:
        if self._process and self._process.poll() is None:
            client = self.client
            for container in client.containers.list(all=True):
                container.remove(force=True)
            client.close()
            self._process.terminate()
            self._process.wait()
        _run("ip", "netns", "delete", self._name)
        self._unmount()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _add_namespace(self) -> None:
        _run("ip", "netns", "add", self._name)
        _run("ip", "-n", self._name, "link", "set", "lo", "up")

    def _unmount(self) -> None:
        """Unmount what a killed engine leaves: networks, file systems, its data on itself."""
        mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for each in reversed([path for path in mounted if path.startswith(f"{self._folder}/")]):
            subprocess.run(["umount", "--lazy", each], check=False)  # noqa: S603, S607

    def _processes(self) -> list[int]:
        """Return the engine, its containerd and shims, and all that they started."""
        parents, mine = {}, []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                stat = (folder / "stat").read_text().rpartition(")")[2].split()
                parents[int(folder.name)] = int(stat[1])
                if f"{self._folder}/" in (folder / "cmdline").read_text():
                    mine.append(int(folder.name))
        for each in mine:
            mine += [
                child for child, parent in parents.items() if parent == each and child not in mine
            ]
        return mine

    def _answers(self) -> bool:
        asked = subprocess.run(  # noqa: S603
            ["docker", "--host", self.endpoint, "version"],  # noqa: S607
            capture_output=True,
            check=False,
        )
        return asked.returncode == 0

    def _log_tail(self) -> str:
        return (self._folder / "dockerd.log").read_text(errors="replace")[-2000:]


def _run(*command: str) -> None:
    done = subprocess.run(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}"
