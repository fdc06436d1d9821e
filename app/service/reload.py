"""Runs a service for development: ``python3 -m service.reload ui`` restarts it on every change.

Every Python file of the folder that holds this package is watched, so mounting a working tree
there is all that it takes. Nothing is written, so the file system may be read-only.
"""

import runpy
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from socket import socket

import uvicorn

# Not what uvicorn.supervisors would choose: changes made outside of a container aren't announced
# inside on every machine, so the files have to be looked at.
from uvicorn.supervisors.statreload import StatReload

from service import logs

_ROOT = Path(__file__).resolve().parents[1]
# Takes commands, and serves nobody.
_NO_SERVICE = "backup"


class _Reload(StatReload):
    """Knows the files from the moment that a process starts to read them.

    Without this they become known a quarter of a second later, and a mistake that is mended at
    once, or a file that a formatter writes again, would go unnoticed.
    """

    def startup(self) -> None:
        super().startup()
        self._remember()

    def restart(self) -> None:
        super().restart()
        self._remember()

    def _remember(self) -> None:
        for file in self.iter_py_files():
            # An editor may just be replacing it.
            with suppress(OSError):
                self.mtimes[file] = file.stat().st_mtime


def main(arguments: list[str]) -> int:
    """Run the service in the arguments until SIGTERM or SIGINT and return the exit code."""
    known = sorted({file.parent.name for file in _ROOT.glob("*/__main__.py")} - {_NO_SERVICE})
    if len(arguments) != 1 or arguments[0] not in known:
        given = " ".join(arguments)
        print(f"service is {given!r}: give one of {', '.join(known)}", file=sys.stderr)
        print("usage: python3 -m service.reload SERVICE", file=sys.stderr)
        return 2
    (service,) = arguments
    logs.configure(service)
    config = uvicorn.Config(service, reload=True, reload_dirs=[str(_ROOT)], log_config=None)
    # The sockets are the service's own, opened by each new process.
    _Reload(config, partial(_serve, service), sockets=[]).run()
    return 0


def _serve(service: str, sockets: list[socket]) -> None:
    runpy.run_module(service, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
