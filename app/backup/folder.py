"""The folder of the backups: a name in it is a whole backup, or there is none of that name."""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from backup.errors import BackupError
from backup.manifest import Manifest

_NAME = re.compile(r"\d{8}T\d{6}Z")
_FORMAT = "%Y%m%dT%H%M%SZ"
# Begins with a dot, so that it is never taken for a backup.
_UNFINISHED = ".unfinished-"
_PAUSE_SECONDS = 0.05


class Backups:
    """All backups of an application, each in a folder named after the time it was begun.

    Args:
        root: the folder; a volume.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> list[str]:
        """Return the names of the backups, the newest first."""
        found = (each.name for each in self._root.iterdir() if _NAME.fullmatch(each.name))
        return sorted(found, reverse=True)

    def newest(self) -> Manifest | None:
        """Return the manifest of the newest backup, if there is any.

        Raises:
            BrokenBackupError: its manifest is broken.
        """
        names = self.names()
        return Manifest.read(self._root / names[0]) if names else None

    def path(self, name: str) -> Path:
        """Return the folder of a backup; ``newest`` stands for the newest one.

        Raises:
            BackupError: there is no such backup.
        """
        names = self.names()
        chosen = names[0] if name == "newest" and names else name
        if chosen not in names:
            known = ", ".join(names) or "none"
            raise BackupError(f"there is no backup {name!r}; there are: {known}")
        return self._root / chosen

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else take or restore a backup meanwhile; wait for those who do already."""
        # The folder itself, because it may be mounted read-only.
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def new(self) -> Iterator[tuple[datetime, Path]]:
        """Provide the time and the folder of a new backup, which appears when the block ends well.

        Needs the lock. What an interrupted one left is removed.
        """
        for left in self._root.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left)
        began = self._free_moment()
        name = began.strftime(_FORMAT)
        unfinished = self._root / f"{_UNFINISHED}{name}"
        unfinished.mkdir(mode=0o700)
        try:
            yield began, unfinished
            for folder in (*(each for each in unfinished.iterdir() if each.is_dir()), unfinished):
                sync(folder)
            unfinished.rename(self._root / name)
            sync(self._root)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def keep(self, count: int) -> list[str]:
        """Remove all but the newest backups and return the names of those removed."""
        # Not while one of them is being restored.
        with self.locked():
            old = self.names()[count:]
            for name in old:
                # Out of sight first: half a backup must not look like one.
                gone = self._root / f"{_UNFINISHED}{name}"
                (self._root / name).rename(gone)
                shutil.rmtree(gone)
        return old

    def _free_moment(self) -> datetime:
        while True:
            moment = datetime.now(UTC).replace(microsecond=0)
            if not (self._root / moment.strftime(_FORMAT)).exists():
                return moment
            time.sleep(_PAUSE_SECONDS)


def sync(folder: Path) -> None:
    """See to it that the names in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
