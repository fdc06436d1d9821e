"""A registry of images on this machine: Debian's docker-registry, with a login."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests
import yaml

_READY_SECONDS = 20
USERNAME = "deployer"
PASSWORD = "open-sesame-42"  # noqa: S105 - of a registry that lives as long as a test


@dataclass(frozen=True)
class LocalRegistry:
    """A registry that lives in a folder.

    Args:
        address: what references of its images begin with.
        folder: where all of it is.
    """

    address: str
    folder: Path

    def let_in(self, username: str, password: str) -> None:
        """Let a user in, or change their password; all others are kept out from now on."""
        done = subprocess.run(  # noqa: S603
            ["htpasswd", "-niB", username],  # noqa: S607
            input=password,
            capture_output=True,
            text=True,
            check=True,
        )
        (self.folder / "htpasswd").write_text(done.stdout)

    def docker_config(self, username: str = USERNAME, password: str = PASSWORD) -> Path:
        """Log in as Docker's client does, and return the folder with the login."""
        folder = self.folder / "docker"
        folder.mkdir(exist_ok=True)
        subprocess.run(  # noqa: S603
            ["docker", "login", "--username", username, "--password-stdin", self.address],  # noqa: S607
            input=password,
            env={**os.environ, "DOCKER_CONFIG": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        return folder

    def tags(self, path: str) -> set[str]:
        """Return the tags of a repository."""
        answer = requests.get(
            f"http://{self.address}/v2/{path}/tags/list", auth=(USERNAME, PASSWORD), timeout=10
        )
        return set(json.loads(answer.text).get("tags") or [])


@contextlib.contextmanager
def running(folder: Path) -> Iterator[LocalRegistry]:
    """Run a registry that lets in one user, and remove it with all that it holds.

    Args:
        folder: an empty folder for it.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    registry = LocalRegistry(f"127.0.0.1:{port}", folder)
    registry.let_in(USERNAME, PASSWORD)
    config = {
        "version": 0.1,
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": registry.address},
        "auth": {"htpasswd": {"realm": "tests", "path": str(folder / "htpasswd")}},
    }
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            ["docker-registry", "serve", str(folder / "config.yml")],  # noqa: S607
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _await(registry, process)
        yield registry
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder / "data", ignore_errors=True)


def _await(registry: LocalRegistry, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(f"http://{registry.address}/v2/", timeout=10)
            return
        assert process.poll() is None, (registry.folder / "log").read_text()
        assert time.monotonic() < deadline, "the registry doesn't answer"
        time.sleep(0.05)
