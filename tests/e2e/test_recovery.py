"""Backups of a real stack: taken by themselves, tried, restored, and never over data unasked."""

import hashlib
import os
import pty
import signal
import time
from collections.abc import Iterator
from typing import Any

import bson
import docker
import pytest
from bson.objectid import ObjectId
from pymongo import MongoClient

from recovery.throw_away import LABEL
from tests.e2e.conftest import MakeStack
from tests.e2e.page import Page
from tests.e2e.stack import Run, Stack

STACK, PREFIX = "dev-recovery-e2e", "reddit-recovery-e2e"
# Posts and comments: for most tests, for the last, and for it when there is time.
FEW, MORE, MANY = (100, 500), (200, 1_000), (10_000, 50_000)
_SECONDS = 300
# Of the databases, and of the collection in each.
NAMES = ("posts", "comments")
# Flips a bit in the middle of the posts of the newest backup; done again, it flips it back.
FLIP = """
import pathlib
newest = max(each for each in pathlib.Path("/backups").iterdir() if each.name[0] != ".")
file = newest / "posts" / "posts.bson"
content = bytearray(file.read_bytes())
content[len(content) // 2] ^= 1
file.write_bytes(content)
"""
# Takes the last comment out of the newest backup, and puts it back.
CUT = """
import pathlib
newest = max(each for each in pathlib.Path("/backups").iterdir() if each.name[0] != ".")
file, kept = newest / "comments" / "comments.bson", pathlib.Path("/tmp/kept")
if kept.exists():
    file.write_bytes(kept.read_bytes())
    kept.unlink()
else:
    content = file.read_bytes()
    kept.write_bytes(content)
    place = 0
    while place + int.from_bytes(content[place:place + 4], "little") < len(content):
        place += int.from_bytes(content[place:place + 4], "little")
    file.write_bytes(content[:place])
"""


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack, engine: docker.DockerClient) -> Iterator[Stack]:
    """A stack with backups and a few posts."""
    made = make_stack(
        STACK,
        uiPort=19800,
        frontSubnet="10.233.1.0/24",
        backSubnet="10.233.2.0/24",
        backupEveryHours=24,
        startTimeoutSeconds=600,
    )
    made.up()
    _fill(engine, *FEW)
    yield made
    made.remove()


def _client(engine: docker.DockerClient) -> MongoClient[dict[str, Any]]:
    networks = engine.containers.get(f"{PREFIX}-database").attrs["NetworkSettings"]["Networks"]
    return MongoClient(networks[f"{PREFIX}-back_net"]["IPAddress"], 27017)


def _fill(engine: docker.DockerClient, posts: int, comments: int) -> None:
    with _client(engine) as client:
        ids = [ObjectId() for _ in range(posts)]
        client["posts"]["posts"].insert_many(
            {
                "_id": post,
                "title": f"Post {number} ünd more",
                "link": f"https://example.com/{number}",
                "created_at": str(1_700_000_000 + number),
                "votes": number % 7 - 3,
            }
            for number, post in enumerate(ids)
        )
        client["comments"]["comments"].insert_many(
            {
                "post_id": str(ids[number % posts]),
                "name": f"name {number}",
                "email": f"{number}@example.com",
                "body": f"Comment {number} " * (number % 5 + 1),
                "created_at": 1_700_000_000 + number,
            }
            for number in range(comments)
        )


def _content(engine: docker.DockerClient) -> dict[str, tuple[int, str]]:
    """Return number and digest of all documents; nothing of the product is in it."""
    found = {}
    with _client(engine) as client:
        for name in NAMES:
            encoded = sorted(bson.encode(each) for each in client[name][name].find())
            found[name] = (len(encoded), hashlib.sha256(b"".join(encoded)).hexdigest())
    return found


def _indexes(engine: docker.DockerClient) -> dict[str, object]:
    with _client(engine) as client:
        return {each: dict(client[each][each].index_information()) for each in NAMES}


def _recovery(stack: Stack, command: str, *arguments: str, check: bool = True) -> Run:
    process = stack.start_module("recovery", command, "--stack", STACK, *arguments)
    output, _ = process.communicate(timeout=_SECONDS)
    assert process.returncode == 0 or not check, output
    return Run(process.returncode, output)


def _backups(stack: Stack) -> list[str]:
    return [line.split()[0] for line in _recovery(stack, "list").output.splitlines()[1:]]


def _in_backup(engine: docker.DockerClient, script: str) -> None:
    done = engine.containers.get(f"{PREFIX}-backup").exec_run(["python3", "-c", script])
    assert done.exit_code == 0, done.output


def _left_of_drills(engine: docker.DockerClient) -> list[str]:
    mine: dict[str, str | list[str] | bool] = {"label": LABEL}
    containers = engine.containers.list(all=True, ignore_removed=True, filters=mine)
    names = [each.name for each in containers]
    names += [each.name for each in engine.networks.list(filters=mine)]
    names += [each.name for each in engine.volumes.list(filters=mine)]
    return [str(each) for each in names]


def test_the_first_backup_is_taken_by_itself_and_a_second_run_changes_nothing(
    stack: Stack, engine: docker.DockerClient
) -> None:
    deadline = time.monotonic() + 60
    while not (found := _backups(stack)):
        assert time.monotonic() < deadline, "nobody took a backup"
    assert len(found) == 1
    backup = engine.containers.get(f"{PREFIX}-backup")
    assert backup.attrs["State"]["Health"]["Status"] == "healthy"
    assert set(backup.attrs["NetworkSettings"]["Networks"]) == {f"{PREFIX}-back_net"}
    stack.preview("--refresh", "--expect-no-changes")


def test_a_drill_compares_every_document_and_leaves_nothing(
    stack: Stack, engine: docker.DockerClient
) -> None:
    before = _content(engine)
    said = _recovery(stack, "drill", "--fresh").output
    assert f"every one of {sum(FEW)} documents is as it was" in said
    assert _left_of_drills(engine) == []
    assert _content(engine) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_drill_leaves_nothing(
    stack: Stack, engine: docker.DockerClient, number: signal.Signals
) -> None:
    process = stack.start_module("recovery", "drill", "--stack", STACK)
    deadline = time.monotonic() + 60
    while not any("database" in each for each in _left_of_drills(engine)):
        assert time.monotonic() < deadline, "the drill never began"
        time.sleep(0.05)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, "error: interrupted" in output) == (130, True), output
    assert _left_of_drills(engine) == []


def test_nothing_is_restored_over_data_when_there_is_nobody_to_ask(
    stack: Stack, engine: docker.DockerClient
) -> None:
    before, backups = _content(engine), _backups(stack)
    run = _recovery(stack, "restore", check=False)
    assert run.code == 3
    assert run.errors == [
        "what is there now would go, and there is no terminal to ask at; --yes lets it go"
    ]
    assert (_content(engine), _backups(stack)) == (before, backups)


@pytest.mark.parametrize(("answer", "code"), [("yes", 3), (STACK, 0)])
def test_somebody_at_a_terminal_is_asked_for_the_stacks_name(
    stack: Stack, engine: docker.DockerClient, answer: str, code: int
) -> None:
    backed_up = _content(engine)
    newest = _recovery(stack, "backup").output.split()[2].rstrip(",")
    with _client(engine) as client:
        client["posts"]["posts"].delete_one({"title": "Post 7 ünd more"})
        client["posts"]["posts"].insert_one({"title": "later"})
    changed = _content(engine)
    ours, theirs = pty.openpty()
    command = ("restore", "--stack", STACK, "--backup", newest)
    process = stack.start_module("recovery", *command, stdin=theirs)
    os.write(ours, f"{answer}\n".encode())
    output, _ = process.communicate(timeout=_SECONDS)
    for each in (ours, theirs):
        os.close(each)
    assert process.returncode == code, output
    assert "posts.posts" in output
    if code:
        assert _content(engine) == changed
        _recovery(stack, "restore", "--backup", newest, "--yes")
    assert _content(engine) == backed_up
    # What was there before is in a backup of its own.
    assert _backups(stack)[0] > newest


@pytest.mark.parametrize("damage", [FLIP, CUT], ids=["a flipped bit", "a missing document"])
def test_a_broken_backup_is_refused_before_anything_is_touched(
    stack: Stack, engine: docker.DockerClient, damage: str
) -> None:
    before, backups = _content(engine), _backups(stack)
    _in_backup(engine, damage)
    try:
        for command in (["drill"], ["restore", "--yes"]):
            run = _recovery(stack, *command, check=False)
            assert run.code == 1, run.output
            assert "has changed since it was written; use another backup" in run.output
    finally:
        _in_backup(engine, damage)
    assert (_content(engine), _backups(stack)) == (before, backups)
    assert _left_of_drills(engine) == []


@pytest.mark.parametrize("documents", [MORE, pytest.param(MANY, marks=pytest.mark.endurance)])
def test_every_document_comes_back_after_the_data_was_destroyed(
    stack: Stack, engine: docker.DockerClient, documents: tuple[int, int]
) -> None:
    there = _content(engine)
    _fill(engine, documents[0] - there["posts"][0], documents[1] - there["comments"][0])
    before, indexes = _content(engine), _indexes(engine)
    assert (before["posts"][0], before["comments"][0]) == documents
    began = time.monotonic()
    taken = _recovery(stack, "backup").output
    print(f"backup: {time.monotonic() - began:.1f} s")
    words = taken.split()
    assert words[words.index("posts.posts") + 1] == str(documents[0])
    stack.destroy()
    engine.volumes.get(f"{PREFIX}-ferretdb-data").remove()
    stack.up()
    assert _content(engine)["posts"][0] == 0
    began = time.monotonic()
    _recovery(stack, "restore")
    print(f"restore: {time.monotonic() - began:.1f} s")
    assert _content(engine) == before
    assert _indexes(engine) == indexes
    Page(stack.outputs()["url"]).wait()
