"""Virtualenvs, made again when what they hold is to change."""

import hashlib
import importlib.util
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from airgap import apt
from airgap.commands import SetupError, run, write_atomically
from airgap.layout import Layout


@dataclass(frozen=True)
class Virtualenv:
    """A virtualenv and what it holds.

    Args:
        folder: where it is.
        requirements: pip's file that says what it holds.
    """

    folder: Path
    requirements: Path

    @property
    def is_current(self) -> bool:
        """Whether it holds what the requirements ask for."""
        return self._stamp_file.exists() and self._stamp_file.read_text() == self.stamp

    @property
    def stamp(self) -> str:
        """What it depends on: requirements, interpreter, and its own place."""
        digest = hashlib.sha256(f"{_version()} {sys.base_prefix} {self.folder}".encode())
        pending = [self.requirements]
        for file in pending:
            content = file.read_text(encoding="utf-8")
            digest.update(content.encode())
            for included in re.findall(r"^(?:-r|--requirement)[ =]*(\S+)", content, re.MULTILINE):
                pending.append(file.parent / included)
        return digest.hexdigest()

    def ensure(self) -> str:
        """Make it and install the requirements; return the version of its Python.

        Raises:
            SetupError: venv or pip fail.
        """
        if not self.is_current:
            if importlib.util.find_spec("ensurepip") is None:
                _install_ensurepip()
            # From scratch: packages that are no longer asked for must not stay importable.
            shutil.rmtree(self.folder, ignore_errors=True)
            run([_interpreter(), "-m", "venv", self.folder])
            python = self.folder / "bin" / "python"
            run([python, "-m", "pip", "install", "--quiet", "--requirement", self.requirements])
            write_atomically(self._stamp_file, self.stamp)
        return f"Python {_version()}"

    @property
    def _stamp_file(self) -> Path:
        return self.folder / ".dockyard-stamp"


def of_project(layout: Layout) -> Virtualenv:
    """Return the project's own virtualenv."""
    return Virtualenv(layout.venv, layout.root / "requirements-dev.txt")


def of_judges(layout: Layout) -> Virtualenv:
    """Return the virtualenv of the tests' judges, whose requirements bear none beside them."""
    return Virtualenv(layout.judges, layout.root / "tests" / "judges" / "requirements.txt")


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


def _interpreter() -> Path:
    """Return the interpreter outside any virtualenv: in the old one this very program may run."""
    return Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")


def _version() -> str:
    return ".".join(map(str, sys.version_info[:3]))
