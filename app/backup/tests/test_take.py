"""Taking backups, and finding out that one is broken."""

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.conftest import PASSWORD, SECRET, USER, Database
from backup import check
from backup.errors import BackupError, BrokenBackupError
from backup.tests.conftest import Place, run


def _files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file())


def test_a_backup_has_the_layout_of_mongodump_and_a_manifest(place: Place) -> None:
    place.fill()
    place.take()
    (name,) = place.backups.names()
    comments, posts = place.databases
    assert [str(each.relative_to(place.folder / name)) for each in _files(place.folder)] == [
        f"{comments}/comments.bson",
        f"{comments}/comments.metadata.json",
        "manifest.json",
        f"{posts}/posts.bson",
        f"{posts}/posts.metadata.json",
    ]
    manifest = json.loads((place.folder / name / "manifest.json").read_text())
    counts = {each["collection"]: each["documents"] for each in manifest["collections"]}
    assert counts == {"comments": 5, "posts": 3}
    assert (manifest["version"], manifest["format"]) == ("1.2.3", 1)


def test_nobody_else_can_read_a_backup(place: Place) -> None:
    place.fill()
    place.take()
    (folder,) = place.folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_collections_with_odd_names_and_none_at_all_come_back(place: Place) -> None:
    database = place.client[place.databases[1]]
    for name in ("with/slash", "with space", "ümlaut", "%2F", "empty"):
        database.create_collection(name)
        if name != "empty":
            database[name].insert_one({"in": name})
    before = place.content()
    place.take()
    place.client.drop_database(place.databases[1])
    place.restore()
    assert place.content() == before


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(position=st.integers(0, 1 << 20), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_noticed_before_anything_is_touched(
    place: Place, position: int, bit: int
) -> None:
    if not place.backups.names():
        place.fill()
        place.take()
    before = place.content()
    files = _files(place.folder)
    for file in files:
        if position < file.stat().st_size:
            break
        position -= file.stat().st_size
    content = bytearray(file.read_bytes())
    position %= len(content)
    content[position] ^= 1 << bit
    whole = file.read_bytes()
    file.write_bytes(content)
    try:
        with pytest.raises(BrokenBackupError):
            place.restore(replace=True)
    finally:
        file.write_bytes(whole)
    assert place.content() == before


@pytest.mark.parametrize("name", ["posts.bson", "posts.metadata.json", "manifest.json"])
def test_a_missing_file_is_noticed(place: Place, name: str) -> None:
    place.fill()
    place.take()
    next(place.folder.rglob(name)).unlink()
    with pytest.raises(BrokenBackupError, match="use another backup"):
        check.files(place.backups.path("newest"))


def test_a_file_that_is_not_its_own_is_noticed(place: Place) -> None:
    place.take()
    (place.backups.path("newest") / "more.bson").touch()
    with pytest.raises(BrokenBackupError, match=r"more\.bson"):
        check.files(place.backups.path("newest"))


def test_a_full_disk_leaves_the_backups_that_are_there_and_no_half_of_one(place: Place) -> None:
    place.fill()
    assert place.run("take").returncode == 0
    before = _files(place.folder)
    place.posts.insert_many([{"title": f"{each}" * 100} for each in range(1000)])
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999)); "
        "sys.argv = ['backup', 'take']; runpy.run_module('backup', run_name='__main__')"
    )
    done = run(["-c", limited], place.environ())
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert _files(place.folder) == before


def test_what_a_killed_one_left_is_no_backup_and_goes(place: Place) -> None:
    left = place.folder / ".unfinished-20260101T000000Z"
    left.mkdir()
    (left / "manifest.json").write_text("{}")
    assert place.backups.names() == []
    place.take()
    assert os.listdir(place.folder) == place.backups.names()


def test_two_at_the_same_time_are_two_backups(place: Place) -> None:
    place.fill()
    first, second = place.take(), place.take()
    assert len(place.backups.names()) == 2
    assert first.collections == second.collections


def test_the_oldest_go_first_and_the_newest_stays(place: Place) -> None:
    for _ in range(3):
        place.take()
    names = place.backups.names()
    assert place.backups.keep(2) == names[2:]
    assert place.backups.names() == names[:2]
    assert sorted(os.listdir(place.folder)) == sorted(names[:2])


def test_an_unknown_name_is_refused_with_the_known_ones(place: Place) -> None:
    place.take()
    (name,) = place.backups.names()
    with pytest.raises(BackupError, match=f"'../etc'; there are: {name}"):
        place.backups.path("../etc")


def test_the_commands_answer_as_json(place: Place) -> None:
    place.fill()
    taken = json.loads(place.run("take").stdout)
    assert json.loads(place.run("list").stdout) == {"backups": [taken]}
    assert json.loads(place.run("verify", "newest", "--database").stdout) == taken
    comments, posts = place.databases
    counted = json.loads(place.run("count").stdout)["documents"]
    assert counted == {f"{comments}.comments": 5, f"{posts}.posts": 3}


def test_a_setting_that_makes_no_sense_is_one_line(place: Place) -> None:
    done = place.run("list", BACKUP_AT="25:00")
    assert done.returncode == 2
    assert done.stderr == (
        "error: BACKUP_AT is '25:00': give a time of the day, UTC, such as '03:00'\n"
    )


def test_it_logs_in_and_never_says_the_password(place: Place, locked_database: Database) -> None:
    server = {"BACKUP_DATABASE_PORT": locked_database.port, "BACKUP_DATABASE_USERNAME": USER}
    done = place.run("take", **server, BACKUP_DATABASE_PASSWORD=PASSWORD)
    assert (done.returncode, done.stderr) == (0, "")
    refused = place.run("take", **server, BACKUP_DATABASE_PASSWORD=f"not {PASSWORD}")
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: ")
    assert SECRET not in refused.stderr + refused.stdout + done.stdout
