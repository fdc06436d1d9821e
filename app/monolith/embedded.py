"""The database inside the monolith's container, where the image holds one."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from service import logs
from service.database_settings import DatabaseSettings

_PROGRAM = Path("/ferretdb")
_FOLDER = "/state"
_PORT = 27017
_STOP_SECONDS = 5


def is_present(program: Path = _PROGRAM) -> bool:
    """Tell whether the image holds a database."""
    return program.is_file()


@contextmanager
def running(
    environ: Mapping[str, str], program: Path = _PROGRAM, folder: str = _FOLDER, port: int = _PORT
) -> Iterator[DatabaseSettings]:
    """Run the database while the block runs; if it ends by itself, the whole program stops too.

    Whoever started the container then starts it again, which nothing in here would do.
    """
    child = subprocess.Popen(  # noqa: S603 - the program is the image's own
        [program],
        env={
            **environ,
            "FERRETDB_HANDLER": "sqlite",
            "FERRETDB_LISTEN_ADDR": f"127.0.0.1:{port}",
            "FERRETDB_SQLITE_URL": f"file:{folder}/",
        },
    )
    stopping = threading.Event()

    def watch() -> None:
        code = child.wait()
        if not stopping.is_set():
            logs.logger("monolith").error("database_ended", exit_code=code)
            os.kill(os.getpid(), signal.SIGTERM)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield DatabaseSettings(host="127.0.0.1", port=port, name="user_posts")
    finally:
        stopping.set()
        child.terminate()
        watcher.join(_STOP_SECONDS)
        child.kill()
        child.wait()
