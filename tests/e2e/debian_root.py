"""Root file systems of Debian 13 for machines of the tests: bare, and with the engine set up.

Each is made once and kept in ``.dockyard``, under a hash of what it is made from; one that nothing
is made from any more and no test uses is removed.
"""

import fcntl
import functools
import inspect
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from airgap.base_image import debian_sources
from airgap.commands import run
from airgap.layout import Layout
from airgap.session import hash_of
from components._engine_setup import EngineSetup
from tests.e2e.debian_machine import DebianMachine
from tests.e2e.stack import REPOSITORY

_LAYOUT = Layout(REPOSITORY)
_ROOTS = _LAYOUT.folder / "test-roots"
_SUITE = "trixie"
# What a machine in the cloud has that debootstrap's smallest variant has not.
_PACKAGES = (
    "ca-certificates",
    "e2fsprogs",
    "iproute2",
    "iptables",
    "openssh-server",
    "procps",
    "sudo",
)
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_IN_USE: list[TextIO] = []
"""Locks on the roots that this process uses, until it ends."""


@dataclass(frozen=True)
class EngineRoot:
    """A root file system with an engine, as the set-up script leaves it."""

    layers: tuple[Path, ...]
    """Folders that make it, the uppermost first."""

    identity_file: Path
    """Private key that the account for deployments accepts."""


@functools.cache
def bare() -> Path:
    """Return a Debian 13 with an SSH server and without an engine."""
    key = hash_of(*_PACKAGES, debian_sources(), inspect.getsource(_bootstrap))
    return _made("bare", key, _bootstrap)


@functools.cache
def with_engine() -> EngineRoot:
    """Return a Debian 13 that the set-up script, as it is now, made a Docker host."""
    key = hash_of(bare().name, EngineSetup({}).script, inspect.getsource(_set_up))
    made = _made("engine", key, _set_up)
    return EngineRoot((made / "layer", bare()), made / "identity")


@contextmanager
def internet() -> Iterator[Path]:
    """Provide a network namespace that reaches what a container on this machine reaches.

    Yields:
        The folder in ``/proc`` of the process that holds it.
    """
    image = _LAYOUT.base_image.read_text(encoding="utf-8").strip()
    container = run(["docker", "run", "--detach", "--init", image, "sleep", "infinity"])
    try:
        yield Path("/proc", run(["docker", "inspect", "--format", "{{.State.Pid}}", container]))
    finally:
        run(["docker", "rm", "--force", container])


@contextmanager
def online_machine(folder: Path, **settings: bool | tuple[str, ...]) -> Iterator[DebianMachine]:
    """Run a bare machine that reaches the package mirrors.

    Args:
        folder: where its changes go.
        settings: further arguments of the machine.
    """
    with (
        internet() as outside,
        DebianMachine("bare", folder, [bare()], outside / "ns/net", **settings) as machine,  # type: ignore[arg-type]
    ):
        resolver = (outside / "root/etc/resolv.conf").read_text()
        machine.path("/etc/resolv.conf").write_text(resolver)
        yield machine


def _made(kind: str, key: str, make: Callable[[Path], None]) -> Path:
    _ROOTS.mkdir(parents=True, exist_ok=True)
    root = _ROOTS / f"{kind}-{key}"
    lock = _lock_of(root)
    fcntl.flock(lock, fcntl.LOCK_SH)
    _IN_USE.append(lock)
    with _lock_of(_ROOTS / kind) as making:
        fcntl.flock(making, fcntl.LOCK_EX)
        if not root.exists():
            _remove_unused(kind)
            with tempfile.TemporaryDirectory(dir=_ROOTS, prefix="unfinished-") as folder:
                make(Path(folder) / "made")
                (Path(folder) / "made").rename(root)
    return root


def _remove_unused(kind: str) -> None:
    for old in _ROOTS.glob(f"{kind}-*/"):
        with _lock_of(old) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(old)
            Path(lock.name).unlink()


def _lock_of(path: Path) -> TextIO:
    return path.with_name(f".{path.name}.lock").open("w")


def _bootstrap(root: Path) -> None:
    sources = debian_sources()
    (mirror,) = [line.split()[2] for line in sources.splitlines() if line.split()[3] == _SUITE]
    include = f"--include={','.join(_PACKAGES)}"
    run(["debootstrap", "--variant=minbase", include, _SUITE, root, mirror])
    (root / "etc/apt/sources.list").write_text(sources)
    shutil.copy(_CERTIFICATES, root / _CERTIFICATES.relative_to("/"))
    for package in root.glob("var/cache/apt/archives/*.deb"):
        package.unlink()


def _set_up(root: Path) -> None:
    root.mkdir()
    identity = root / "identity"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tests", "-f", identity])
    public_key = identity.with_suffix(".pub").read_text().strip()
    with online_machine(root / "machine") as machine:
        machine.run("bash", "-s", stdin=EngineSetup({}, [public_key]).script)
        machine.run("service", "docker", "stop")
        machine.become_layer(root / "layer")
