"""The embedded database: FerretDB with SQLite, as a program for tests and as an image."""

import shutil
import tempfile
from pathlib import Path

from airgap import golang
from airgap.commands import run, succeeds
from airgap.parts import Kind, Part, Record
from airgap.session import Session, hash_of

IMAGE = "dockyard/ferretdb:1.24.2"
_MODULE = Path(__file__).parent / "ferretdb"
_LABEL = "dockyard.source"


def pending(session: Session) -> str:
    """Say what is to be done about the database; empty when nothing is."""
    done = session.record(Part.DATABASE).key == _key() and _program(session).exists()
    done = done and (not session.engine or _image_is_current())
    return "" if done else "build FerretDB from its Go module"


def ensure(session: Session) -> Record:
    """Build the program and, where there is an engine, its image.

    Raises:
        SetupError: a build fails.
    """
    program = _program(session)
    if session.record(Part.DATABASE).key != _key() or not program.exists():
        golang.build(session.layout, _MODULE, ".", program, tags="ferretdb_no_postgresql")
    if session.engine and not _image_is_current():
        with tempfile.TemporaryDirectory(prefix="dockyard-database-") as context:
            shutil.copy2(program, context)
            (Path(context) / "empty").mkdir()
            dockerfile = _MODULE / "Dockerfile"
            label = f"{_LABEL}={_key()}"
            run(
                [
                    "docker",
                    "build",
                    "--quiet",
                    "-f",
                    dockerfile,
                    "-t",
                    IMAGE,
                    "--label",
                    label,
                    context,
                ]
            )
    return Record(
        kind=Kind.STAND_IN, where=f"{IMAGE}, a real FerretDB in MongoDB's place", key=_key()
    )


def _program(session: Session) -> Path:
    return session.layout.bin / "ferretdb"


def _key() -> str:
    return hash_of(files=sorted(file for file in _MODULE.iterdir() if file.is_file()))


def _image_is_current() -> bool:
    label = f'{{{{index .Config.Labels "{_LABEL}"}}}}'
    command = ["docker", "image", "inspect", "--format", label, IMAGE]
    return succeeds(command) and run(command) == _key()
