"""What is backed up, where to, and when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from backup import healthy
from service import settings
from service.database_settings import ServerSettings, server_from_environ
from service.settings import SettingError

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY = timedelta(days=1)
_LARGEST_SECONDS = 366 * 24 * 3600
_LARGEST_KEEP = 10_000


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """When backups are taken: so much time after the last one, or at a time of the day."""

    every: timedelta
    at: time | None = None
    """Time of the day, UTC; then ``every`` is a day."""

    def due(self, last: datetime | None) -> datetime:
        """Return when the next backup is due.

        Args:
            last: when the last one was taken, UTC; None if there is none.
        """
        if last is None:
            return datetime.min.replace(tzinfo=UTC)
        if self.at is None:
            return last + self.every
        that_day = datetime.combine(last.date(), self.at, UTC)
        return that_day if that_day > last else that_day + _DAY

    def overdue(self, last: datetime) -> datetime:
        """Return when a backup after the last one is so late that somebody should know."""
        return self.due(last) + self.every / 2


@dataclass(frozen=True, kw_only=True)
class BackupSettings:
    """What is backed up, where to, and when."""

    server: ServerSettings
    databases: list[str]
    """Names of the databases, in the order in which they are read."""
    folder: Path
    timetable: Timetable
    keep: int
    """How many backups are kept."""
    rehearses: bool
    """Whether each scheduled backup is restored at once into throw-away databases."""
    health_file: Path
    """Says until when the schedule counts as healthy."""


def from_environ(environ: Mapping[str, str]) -> BackupSettings:
    """Read the settings.

    Raises:
        SettingError: a value makes no sense. Its text never holds the password.
    """
    return BackupSettings(
        server=server_from_environ(environ, "BACKUP_DATABASE"),
        databases=_databases(environ, "BACKUP_DATABASES"),
        folder=Path(settings.text(environ, "BACKUP_FOLDER", "/backups")),
        timetable=_timetable(environ),
        keep=settings.whole_number(environ, "BACKUP_KEEP", 7, smallest=1, largest=_LARGEST_KEEP),
        rehearses=settings.flag(environ, "BACKUP_DRILL", default=True),
        health_file=Path(settings.text(environ, "BACKUP_HEALTH_FILE", healthy.DEFAULT_FILE)),
    )


def _databases(environ: Mapping[str, str], name: str) -> list[str]:
    # Comments first: one that is made meanwhile then never lacks its post.
    given = settings.text(environ, name, "comments,posts")
    names = list(dict.fromkeys(each.strip() for each in given.split(",")))
    if not all(map(settings.is_database_name, names)):
        msg = f"{name} is {given!r}: give names of databases, such as 'comments,posts'"
        raise SettingError(msg)
    return names


def _timetable(environ: Mapping[str, str]) -> Timetable:
    given = settings.text(environ, "BACKUP_AT", "")
    if not given:
        seconds = settings.whole_number(
            environ, "BACKUP_EVERY_SECONDS", 24 * 3600, smallest=1, largest=_LARGEST_SECONDS
        )
        return Timetable(every=timedelta(seconds=seconds))
    match = _TIME.fullmatch(given)
    if match is None:
        raise SettingError(f"BACKUP_AT is {given!r}: give a time of the day, UTC, such as '03:00'")
    return Timetable(every=_DAY, at=time(int(match[1]), int(match[2])))
