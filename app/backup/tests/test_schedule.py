"""Backups by the clock."""

import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from app.conftest import Database, DatabaseServer, Process, wait_until
from backup.settings import Timetable
from backup.tests.conftest import Place, run

_DAY = timedelta(days=1)
_NIGHTLY = Timetable(every=_DAY, at=time(3))


def _moment(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timetable", "last", "due"),
    [
        (Timetable(every=timedelta(hours=6)), _moment(1, 1), _moment(1, 7)),
        (_NIGHTLY, _moment(1, 3), _moment(2, 3)),
        (_NIGHTLY, _moment(1, 2, 59), _moment(1, 3)),
        (_NIGHTLY, _moment(1, 23), _moment(2, 3)),
    ],
)
def test_the_next_one_is_due(timetable: Timetable, last: datetime, due: datetime) -> None:
    assert timetable.due(last) == due
    assert timetable.overdue(last) == due + timetable.every / 2


def test_the_first_one_is_due_at_once() -> None:
    assert _NIGHTLY.due(None) < datetime.now(UTC)


def _schedule(place: Place, folder: Path, **environ: object) -> Process:
    environment = {**place.environ(**environ), "BACKUP_EVERY_SECONDS": "1", "BACKUP_KEEP": "2"}
    environment.pop("PATH")
    return Process([sys.executable, "-m", "backup", "schedule"], environment, folder / "log")


def _taken(process: Process) -> list[str]:
    return [each["backup"] for each in process.logged() if each["event"] == "backup_taken"]


def _is_healthy(place: Place) -> bool:
    return run(["-m", "backup.healthy"], place.environ()).returncode == 0


def test_it_takes_backups_by_itself_rehearses_them_and_keeps_the_newest(
    place: Place, tmp_path: Path
) -> None:
    place.fill()
    assert not _is_healthy(place)
    process = _schedule(place, tmp_path)
    wait_until(lambda: len(_taken(process)) >= 4, "no backups were taken")
    assert _is_healthy(place)
    assert process.stop() == 0
    taken = _taken(process)
    assert place.backups.names() == sorted(taken, reverse=True)[:2]
    assert all(
        (each["documents"], each["rehearsed"]) == (8, True)
        for each in process.logged()
        if each["event"] == "backup_taken"
    )


def test_it_is_unhealthy_when_the_last_backup_is_too_old(
    place: Place, own_database: Database, tmp_path: Path
) -> None:
    own_database.start()
    address = DatabaseServer("127.0.0.1", own_database.port)
    process = _schedule(place, tmp_path, BACKUP_DATABASE_PORT=address.port)
    wait_until(lambda: bool(_taken(process)), "no backup was taken")
    own_database.stop()
    wait_until(lambda: not _is_healthy(place), "nobody hears of it")
    assert place.backups.names()
    process.stop()
