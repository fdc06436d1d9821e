"""The project's virtualenv, made again when what it holds is to change."""

import hashlib
import importlib.util
import re
import shutil
import sys
from pathlib import Path

from airgap import apt
from airgap.commands import SetupError, run, write_atomically
from airgap.layout import Layout

_REQUIREMENTS = "requirements-dev.txt"


def is_current(layout: Layout) -> bool:
    """Say whether the virtualenv holds what the requirements ask for."""
    file = _stamp_file(layout)
    return file.exists() and file.read_text() == stamp(layout)


def ensure(layout: Layout) -> str:
    """Make the virtualenv and install the requirements; return the version of its Python.

    Raises:
        SetupError: venv or pip fail.
    """
    if not is_current(layout):
        if importlib.util.find_spec("ensurepip") is None:
            _install_ensurepip()
        # From scratch: packages that are no longer asked for must not stay importable.
        shutil.rmtree(layout.venv, ignore_errors=True)
        run([_interpreter(), "-m", "venv", layout.venv])
        requirements = layout.root / _REQUIREMENTS
        run([layout.python, "-m", "pip", "install", "--quiet", "--requirement", requirements])
        write_atomically(_stamp_file(layout), stamp(layout))
    return f"Python {_version()}"


def installed_version(layout: Layout, distribution: str) -> str:
    """Return the version of a distribution in the virtualenv; empty when it isn't there."""
    prefix = re.sub(r"[-_.]+", "_", distribution)
    for folder in layout.venv.glob(f"lib/python*/site-packages/{prefix}-*.dist-info"):
        return folder.name.removesuffix(".dist-info").rpartition("-")[2]
    return ""


def _install_ensurepip() -> None:
    # Debian leaves it out of its Python package.
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not apt.usable():
        raise SetupError(
            f"{_interpreter()} can't make virtualenvs; as root: 'apt-get install {package}'."
            " Then run this again"
        )
    apt.install([package])


def stamp(layout: Layout) -> str:
    """Return what the virtualenv depends on: requirements, interpreter, and its own place."""
    digest = hashlib.sha256(f"{_version()} {sys.base_prefix} {layout.venv}".encode())
    pending = [layout.root / _REQUIREMENTS]
    for file in pending:
        content = file.read_text(encoding="utf-8")
        digest.update(content.encode())
        for included in re.findall(r"^(?:-r|--requirement)[ =]*(\S+)", content, re.MULTILINE):
            pending.append(file.parent / included)
    return digest.hexdigest()


def _stamp_file(layout: Layout) -> Path:
    return layout.venv / ".dockyard-stamp"


def _interpreter() -> Path:
    """Return the interpreter outside any virtualenv: in the old one this very program may run."""
    return Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")


def _version() -> str:
    return ".".join(map(str, sys.version_info[:3]))
