"""Files that are written all at once or not at all."""

import os
import tempfile
from pathlib import Path
from typing import Final

_MODE: Final = 0o644


def write(file: Path, text: str) -> None:
    """Write a text to a file; whoever reads meanwhile has the old one or the new one, whole.

    Raises:
        OSError: it can't be written there; what was there is as it was.
    """
    descriptor, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(beside).chmod(_MODE)
        Path(beside).replace(file)
    except OSError:
        Path(beside).unlink()
        raise
