"""Backups by the clock, and whether they happen."""

import signal
import time
from datetime import UTC, datetime, timedelta

from pymongo.errors import PyMongoError

from backup import restore, server
from backup.errors import BackupError
from backup.folder import Backups
from backup.settings import BackupSettings
from backup.take import take
from service import logs

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)
_LONGEST_SLEEP_SECONDS = 60.0


class Schedule:
    """Takes a backup whenever one is due, rehearses its restore, and removes old ones.

    Args:
        settings: what, where to and when.
        version: version to write into the backups.
    """

    def __init__(self, settings: BackupSettings, version: str) -> None:
        self._settings = settings
        self._version = version
        self._backups = Backups(settings.folder)
        self._log = logs.logger("backup")

    def run(self) -> None:
        """Go on until the process is told to stop."""
        # As the first process of a container it would not even hear of it otherwise.
        signal.signal(signal.SIGTERM, _stop)
        self._wait_for_server()
        pause = _FIRST_PAUSE
        while True:
            now = datetime.now(UTC)
            due = self._settings.timetable.due(self._last())
            if due > now:
                # In short sleeps: the clock may be set meanwhile.
                time.sleep(min((due - now).total_seconds(), _LONGEST_SLEEP_SECONDS))
            elif self._backs_up():
                pause = _FIRST_PAUSE
            else:
                time.sleep(pause.total_seconds())
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _wait_for_server(self) -> None:
        """Wait until the server lets this user in; healthy then, as the first backup takes time."""
        while True:
            try:
                with server.connected(self._settings.server) as client:
                    server.put_aside(client, self._settings.databases)
            except PyMongoError as error:
                self._log.warning("server_not_ready", reason=type(error).__name__)
                time.sleep(1)
            else:
                self._healthy_until(datetime.now(UTC) + self._settings.timetable.every)
                return

    def _backs_up(self) -> bool:
        """Take a backup, rehearse and tidy up; return whether all of it went well."""
        began = time.monotonic()
        try:
            with server.connected(self._settings.server) as client:
                taken = take(client, self._settings.databases, self._backups, self._version)
                if self._settings.rehearses:
                    restore.rehearse(client, self._backups, "newest")
            removed = self._backups.keep(self._settings.keep)
        except (BackupError, PyMongoError, OSError) as error:
            self._log.error("backup_failed", reason=str(error), kind=type(error).__name__)
            last = self._last()
            self._healthy_until(
                self._settings.timetable.overdue(last) if last else datetime.now(UTC)
            )
            return False
        self._log.info(
            "backup_taken",
            backup=self._backups.names()[0],
            documents=taken.documents,
            rehearsed=self._settings.rehearses,
            removed=removed,
            seconds=round(time.monotonic() - began, 3),
        )
        self._healthy_until(self._settings.timetable.overdue(taken.taken_at))
        return True

    def _last(self) -> datetime | None:
        try:
            newest = self._backups.newest()
        except BackupError as error:
            self._log.error("newest_backup_broken", reason=str(error))
            return None
        return newest.taken_at if newest else None

    def _healthy_until(self, moment: datetime) -> None:
        self._settings.health_file.write_text(str(moment.timestamp()), encoding="ascii")


def _stop(*_: object) -> None:
    raise SystemExit(0)
