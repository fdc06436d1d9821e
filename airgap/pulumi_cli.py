"""The Pulumi CLI with its engine, and the language host for Python.

Both come in Pulumi's release archive. Where that can't be had, the CLI is built from its Go module,
which makes it as real, and the language host is the stand-in of this folder.
"""

import os
import platform
import shutil
import tarfile
import tempfile
from pathlib import Path

from airgap import downloads, golang, launcher
from airgap.commands import SetupError, run
from airgap.parts import Kind, Part, Record, Source
from airgap.session import Session, hash_of, on_path
from airgap.versions import numbers

VERSION = "3.259.0"
_MODULE = Path(__file__).parent / "engine"
_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_SDK = "github.com/pulumi/pulumi/sdk/v3"
_TAGS = "osusergo,grpcnotrace"
_LINKER = f"-s -w -X {_SDK}/go/common/version.Version=v{VERSION}"
_HOST = "pulumi-language-python"
_EXECUTOR = "pulumi-language-python-exec"
_RELEASES = "https://get.pulumi.com/releases/sdk"
_RELEASE_KEY = f"release {VERSION}"


def pending(session: Session) -> str:
    """Say what is to be done about the CLI; empty when nothing is."""
    record = session.record(Part.PULUMI)
    found = _installed(session)
    match session.source(Part.PULUMI, on_machine=found is not None):
        case Source.MACHINE:
            return "" if record.where == str(found) else f"use {found}"
        case Source.DOWNLOAD:
            done = record.key == _RELEASE_KEY and _ours(session).exists()
            return "" if done else f"download {VERSION}, or else build it from its Go module"
        case _:
            done = record.key == _build_key() and _ours(session).exists()
            return "" if done else f"build {VERSION} from its Go module (3 minutes, once)"


def ensure(session: Session) -> Record:
    """Provide the CLI.

    Raises:
        SetupError: it can be neither downloaded nor built.
    """
    found = _installed(session)
    source = session.source(Part.PULUMI, on_machine=found is not None)
    obstacle = session.record(Part.PULUMI).unreachable
    if source is Source.MACHINE:
        for file in session.layout.bin.glob("pulumi*"):
            if not file.name.startswith("pulumi-resource-"):
                file.unlink()
        return Record(kind=Kind.REAL, where=str(found))
    if source is Source.DOWNLOAD:
        archive = f"pulumi-v{VERSION}-linux-{_architecture()}.tar.gz"
        obstacle = downloads.obstacle(f"{_RELEASES}/{archive}")
        if not obstacle:
            _install_release(session, archive)
            return Record(kind=Kind.REAL, where=str(_ours(session)), key=_RELEASE_KEY)
    if session.record(Part.PULUMI).key != _build_key() or not _ours(session).exists():
        golang.build(session.layout, _MODULE, _PACKAGE, _ours(session), linker=_LINKER, tags=_TAGS)
    return Record(
        kind=Kind.REAL,
        where=f"{_ours(session)}, built from its Go module",
        key=_build_key(),
        unreachable=obstacle,
    )


def pending_host(session: Session) -> str:
    """Say what is to be done about the language host; empty when nothing is."""
    record = session.record(Part.LANGUAGE_HOST)
    real = _real_host(session)
    if real:
        return "" if (record.kind, record.where) == (Kind.REAL, str(real)) else f"use {real}"
    complete = all((session.layout.bin / name).exists() for name in (_HOST, _EXECUTOR))
    done = record.key == _host_key(session) and complete
    return "" if done else "put the stand-in in its place"


def ensure_host(session: Session) -> Record:
    """Provide the language host.

    Raises:
        SetupError: Pulumi's executor can't be fetched.
    """
    ours = session.layout.bin / _HOST
    real = _real_host(session)
    if real:
        if real != ours:
            ours.unlink(missing_ok=True)
        return Record(kind=Kind.REAL, where=str(real))
    executor = session.layout.bin / _EXECUTOR
    sources = golang.module_folder(session.layout, _MODULE, _SDK)
    # The real host's own second half: what a program sees is Pulumi's code, not ours.
    launcher.write(executor, (sources / "python" / "cmd" / _EXECUTOR).read_text(encoding="utf-8"))
    launcher.write(ours, _host_script(session))
    return Record(kind=Kind.STAND_IN, where=str(ours), key=_host_key(session))


def _ours(session: Session) -> Path:
    return session.layout.bin / "pulumi"


def _installed(session: Session) -> Path | None:
    """Find a CLI of the user's that is new enough."""
    found = on_path("pulumi", session.layout)
    if found is None:
        return None
    try:
        answer = run([found, "version"], timeout_seconds=10)
    except SetupError:
        return None
    return found if numbers(answer) >= numbers(VERSION) else None


def _real_host(session: Session) -> Path | None:
    if Part.LANGUAGE_HOST in session.forced:
        return None
    if session.record(Part.PULUMI).key == _RELEASE_KEY:
        return session.layout.bin / _HOST
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    plugins = sorted(home.glob(f"plugins/language-python-v*/{_HOST}"))
    return on_path(_HOST, session.layout) or next(iter(plugins), None)


def _host_script(session: Session) -> str:
    layout = session.layout
    return launcher.text(layout.python, layout.home, "airgap.language_host", layout.bin / _EXECUTOR)


def _host_key(session: Session) -> str:
    return hash_of(VERSION, _host_script(session))


def _build_key() -> str:
    files = [_MODULE / "go.mod", _MODULE / "go.sum"]
    return hash_of(_PACKAGE, _TAGS, _LINKER, files=files)


def _install_release(session: Session, archive: str) -> None:
    checksums = downloads.text(f"{_RELEASES}/pulumi-{VERSION}-checksums.txt")
    published = {name: value for value, name in (x.split() for x in checksums.splitlines() if x)}
    if archive not in published:
        raise SetupError(
            f"{_RELEASES}/pulumi-{VERSION}-checksums.txt doesn't list {archive}; install Pulumi"
            f" {VERSION} yourself (https://www.pulumi.com/docs/install) and run this again"
        )
    bin_folder = session.layout.bin
    bin_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=session.layout.folder) as work:
        file = Path(work) / archive
        downloads.fetch(f"{_RELEASES}/{archive}", file, sha256=published[archive])
        with tarfile.open(file) as packed:
            # File by file: Debian 12's Python can't be told to extract nothing but plain files.
            for entry in packed:
                content = packed.extractfile(entry)
                if content is not None:
                    program = Path(work) / Path(entry.name).name
                    with program.open("wb") as unpacked:
                        shutil.copyfileobj(content, unpacked)
                    program.chmod(0o755)
                    program.replace(bin_folder / program.name)


def _architecture() -> str:
    return {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
