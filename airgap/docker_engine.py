"""A running Docker Engine: the one that is there, or Debian's."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from airgap import apt
from airgap.commands import SetupError, run

_START_SECONDS = 60
_PID_FILES = {
    Path("/var/run/docker.pid"): "dockerd",
    Path("/var/run/docker/containerd/containerd.pid"): "containerd",
}
"""Where an engine notes its processes, and what they are called."""
_SHOWN_LINES = 8


def version() -> str:
    """Return the version of the engine that answers; empty when none does."""
    if shutil.which("docker") is None:
        return ""
    try:
        return run(["docker", "version", "--format", "{{.Server.Version}}"], timeout_seconds=20)
    except SetupError:
        return ""


def ensure(log: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Install and start an engine where none answers; return the version of the one that does.

    Args:
        log: Where an engine that is started here, without systemd, writes its log.
        environment: The user's environment.

    Raises:
        SetupError: it can't be installed or started here, with what to do.
    """
    if found := version():
        return found
    if address := environment.get("DOCKER_HOST"):
        raise SetupError(
            f"DOCKER_HOST is '{address}', where no Docker Engine answers. Start it, or unset"
            " DOCKER_HOST to use this machine's"
        )
    if shutil.which("docker") is None or shutil.which("dockerd") is None:
        _install()
    if not (found := version()):
        _start(log)
        found = _wait(log)
    return found


def _install() -> None:
    if not apt.usable():
        raise SetupError(
            "there is no Docker Engine. Installing it needs root and Debian's apt; as root:"
            " 'apt-get install docker.io iptables' (from Debian 13 on also docker-cli), or on"
            " another system follow https://docs.docker.com/engine/install. Then run this again"
        )
    # Debian 13 has the client in a package of its own.
    client = ["docker-cli"] if apt.exists("docker-cli") else []
    apt.install(["docker.io", "iptables", *client])


def _start(log: Path) -> None:
    if os.geteuid() != 0:
        raise SetupError(
            "a Docker Engine is installed and doesn't answer you. Start it with"
            " 'sudo systemctl start docker'; if it runs, let yourself in with"
            " 'sudo usermod -aG docker $USER' and log in again"
        )
    if Path("/run/systemd/system").is_dir():
        run(["systemctl", "enable", "--now", "docker"], timeout_seconds=_START_SECONDS)
        return
    _remove_stale_pid_files(_PID_FILES)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        subprocess.Popen(
            ["dockerd"],  # noqa: S607 - wherever the package put it
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd="/",
            start_new_session=True,
        )


def _remove_stale_pid_files(pid_files: Mapping[Path, str]) -> None:
    """Remove what a killed engine left: the next one would wait for the processes named there."""
    for file, name in pid_files.items():
        try:
            status = Path(f"/proc/{int(file.read_text())}/stat").read_text()
        except (FileNotFoundError, ValueError):
            status = ""
        # One that has ended stays listed, as Z, until its parent takes note.
        if f"({name}) " not in status or f"({name}) Z" in status:
            file.unlink(missing_ok=True)


def _wait(log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if found := version():
            return found
        time.sleep(0.2)
    lines = log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:] if log.exists() else []
    raise SetupError(
        f"the Docker Engine was started and didn't answer within {_START_SECONDS} s; the end of"
        f" its log ({log if lines else 'journalctl -u docker'}):"
        + "".join(f"\n  | {x}" for x in lines)
    )
