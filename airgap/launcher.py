"""Executables that run a module of this package with a given Python."""

import shlex
from pathlib import Path

from airgap.commands import write_atomically


def text(python: Path, root: Path, module: str, *arguments: str | Path) -> str:
    """Return a shell script that runs a module of the clone at ``root`` with leading arguments.

    A ``#!`` line of Python's own can hold neither a space nor a long path. The interpreter is
    isolated, so that neither the caller's folder nor PYTHONPATH shadows a module; the environment
    itself passes through unchanged to what the module starts.
    """
    code = (
        f"import runpy, sys; sys.path.insert(0, {str(root)!r});"
        f" runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    )
    words = [str(python), "-I", "-c", code, *map(str, arguments)]
    return (
        "#!/bin/sh\n"
        "# A stand-in, written by 'python3 -m airgap setup'.\n"
        f'exec {shlex.join(words)} "$@"\n'
    )


def write(path: Path, script: str) -> None:
    """Write the script as an executable."""
    write_atomically(path, script, mode=0o755)
