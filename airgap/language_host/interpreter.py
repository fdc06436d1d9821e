"""Which Python runs a project, from its ``runtime.options`` in Pulumi.yaml."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class UnsupportedProjectError(ValueError):
    """A project asks for something that the stand-in doesn't do, or names no usable Python."""


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A Python executable and the virtualenv it belongs to, if any."""

    executable: Path
    virtualenv: Path | None = None

    @property
    def version(self) -> str:
        """Version that the virtualenv's own record gives; empty where there is none."""
        if self.virtualenv is None:
            return ""
        for line in (self.virtualenv / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            # CPython's venv writes "version", virtualenv and uv write "version_info".
            if key.strip() in {"version", "version_info"}:
                return value.strip()
        return ""

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return ``base`` as it is after activating the virtualenv."""
        environment = dict(base)
        if self.virtualenv is None:
            return environment
        environment.pop("PYTHONHOME", None)
        environment["VIRTUAL_ENV"] = str(self.virtualenv)
        environment["PATH"] = os.pathsep.join(
            filter(None, (str(self.executable.parent), base.get("PATH")))
        )
        return environment


def find(root: Path, options: Mapping[str, object]) -> Interpreter:
    """Return the interpreter of the project whose Pulumi.yaml is in ``root``.

    Raises:
        UnsupportedProjectError: another toolchain than pip or a type checker is asked for, the
            virtualenv isn't one, or there is no Python at all.
    """
    toolchain = options.get("toolchain") or "pip"
    if toolchain != "pip":
        raise UnsupportedProjectError(
            f"runtime option toolchain is '{toolchain}'; the stand-in language host runs only"
            " 'pip': set it so, or install Pulumi's own pulumi-language-python"
        )
    if options.get("typechecker"):
        raise UnsupportedProjectError(
            f"runtime option typechecker is '{options['typechecker']}'; the stand-in language host"
            " checks no types: remove it, or install Pulumi's own pulumi-language-python"
        )
    if options.get("virtualenv"):
        return _in_virtualenv(root / str(options["virtualenv"]), str(options["virtualenv"]))
    executable = os.environ.get("PULUMI_PYTHON_CMD") or shutil.which("python3")
    if executable is None:
        raise UnsupportedProjectError(
            "there is no python3 on PATH and no runtime option virtualenv in Pulumi.yaml; set one"
        )
    return Interpreter(executable=Path(executable))


def find_for_plugin(root: Path, options: Mapping[str, object]) -> Interpreter:
    """Return the interpreter of the plugin or policy pack in ``root``.

    One that names no virtualenv has its own, ``venv``: Pulumi's host never takes the Python that
    happens to be on PATH for it.

    Raises:
        UnsupportedProjectError: as for a project.
    """
    return find(root, {**options, "virtualenv": options.get("virtualenv") or "venv"})


def _in_virtualenv(virtualenv: Path, given: str) -> Interpreter:
    executable = virtualenv / "bin" / "python"
    if not executable.exists() or not (virtualenv / "pyvenv.cfg").exists():
        raise UnsupportedProjectError(
            f"runtime option virtualenv is '{given}', and {virtualenv} is no virtualenv; make it"
            " with 'make setup' or 'pulumi install'"
        )
    return Interpreter(executable=executable, virtualenv=virtualenv)
