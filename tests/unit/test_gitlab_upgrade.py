"""Upgrades of GitLab: the steps that it allows, and the guard of all others."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from components._gitlab_upgrade import (
    Version,
    prepare_upgrade,
    refusal,
    refuse_forbidden_step,
    release_of,
    required_stops,
)
from components._machine import Machine
from tests.unit.recorder import STASH

STOPS = [
    "17.1", "17.3", "17.5", "17.8", "17.11",
    "18.2", "18.5", "18.8", "18.11",
    "19.2", "19.5",
]  # fmt: skip
MINORS = [f"{major}.{minor}" for major in (17, 18) for minor in range(12)] + [
    f"19.{minor}" for minor in range(7)
]
BACKUP = ("/opt/dockyard/backup", "/backups")

# Makes a program named docker that says what it was asked, and answers as the script says.
Docker = Callable[[str], Path]


def _version(minor: str, patch: int = 0) -> Version:
    major, _, rest = minor.partition(".")
    return Version(int(major), int(rest), patch)


def _reason(old: str, new: str) -> str | None:
    before, after = release_of(f":{old}.0"), release_of(f":{new}.0")
    assert before
    assert after
    return refusal(before, after)


def _change(old: str | None, new: str) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs(
        urn="urn",
        id="id",
        name="gitlab-release",
        type=STASH,
        old_inputs=None if old is None else {"input": old},
        new_inputs={"input": new},
    )


def test_the_whole_path_from_17_0_to_19_6_makes_every_stop() -> None:
    assert required_stops(_version("17.0"), _version("19.6")) == STOPS


@pytest.mark.parametrize("start", MINORS)
def test_the_next_stop_is_as_far_as_one_step_goes(start: str) -> None:
    later = [each for each in STOPS if _version(each) > _version(start)]
    for target in MINORS[MINORS.index(start) :]:
        passed_over = [each for each in later if _version(each) < _version(target)]
        reason = _reason(f"{start}.0-ce", f"{target}.3-ce")
        if passed_over:
            assert reason
            path = " -> ".join([f"{start}.0", *passed_over, f"{target}.3"])
            assert f"it would pass over required stops. Go {path}, each time" in reason
        else:
            assert reason is None


@pytest.mark.parametrize(
    ("old", "new"),
    [("19.3.0-ce", "19.2.9-ce"), ("19.3.1-ce", "19.3.0-ce"), ("18.0.0-ce", "17.11.7-ce")],
)
def test_there_is_no_way_back(old: str, new: str) -> None:
    reason = _reason(old, new)
    assert reason
    assert "GitLab can't go back" in reason
    assert "restore a backup" in reason


@pytest.mark.parametrize(("old", "new"), [("ce", "ee"), ("ee", "ce")])
def test_another_edition_is_refused_even_at_the_same_version(old: str, new: str) -> None:
    reason = _reason(f"19.3.0-{old}", f"19.3.0-{new}")
    assert reason
    assert f"the edition would change from {old} to {new}" in reason


def test_a_patch_is_a_step_of_its_own() -> None:
    assert _reason("19.3.0-ce", "19.3.4-ce") is None
    assert _reason("19.3.9-ce", "19.3.10-ce") is None


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("gitlab/gitlab-ce:19.3.0-ce.0", "19.3.0-ce"),
        ("registry.example:5000/gitlab/gitlab-ee:17.11.7-ee.0", "17.11.7-ee"),
        (f"gitlab/gitlab-ce:18.2.1-ce.0@sha256:{'0' * 64}", "18.2.1-ce"),
        ("gitlab/gitlab-ce:19.3.0-rc42.ce.0", None),
        ("gitlab/gitlab-ce:19.3-ce.0", None),
        ("gitlab/gitlab-ce:nightly", None),
        ("sha256:" + "0" * 64, None),
    ],
)
def test_the_release_is_read_from_the_images_tag(image: str, expected: str | None) -> None:
    found = release_of(image)
    assert (str(found) if found else None) == expected


def test_the_guard_says_what_is_refused_and_why() -> None:
    with pytest.raises(RuntimeError) as refused:
        refuse_forbidden_step(_change("18.4.2-ce", "19.3.0-ce"))
    assert str(refused.value) == (
        "GitLab can't be upgraded from 18.4.2-ce to 19.3.0-ce: it would pass over required stops. "
        "Go 18.4.2 -> 18.5 -> 18.8 -> 18.11 -> 19.2 -> 19.3.0, each time to the newest patch "
        "release, and wait at each until its background migrations have finished. Nothing was "
        "changed."
    )


def test_the_guard_lets_an_allowed_step_and_a_first_deployment_through() -> None:
    refuse_forbidden_step(_change("19.2.0-ce", "19.3.0-ce"))
    refuse_forbidden_step(_change(None, "19.3.0-ce"))


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def make(script: str) -> Path:
        asked = tmp_path / "asked"
        program = tmp_path / "docker"
        program.write_text(f'#!/bin/sh\necho "$*" >>{asked}\n{script}\n')
        program.chmod(0o755)
        return asked

    return make


def _prepare(timeout_seconds: int = 60) -> None:
    machine = Machine(
        name="here",
        endpoint="unix:///here.sock",
        address="127.0.0.1",
        place="here",
        identity="here",
    )

    async def run() -> None:
        await prepare_upgrade("gitlab", machine, BACKUP, timeout_seconds)

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(run())
    finally:
        loop.close()


def test_a_backup_is_taken_once_the_last_upgrade_is_over(docker: Docker) -> None:
    asked = docker('case "$*" in *gitlab-psql*) echo 0 ;; esac')
    _prepare()
    question, backup = asked.read_text().splitlines()
    assert question.startswith("--host unix:///here.sock exec gitlab gitlab-psql -t -A -c SELECT")
    assert backup == "--host unix:///here.sock exec gitlab /opt/dockyard/backup /backups"


def test_migrations_of_the_last_upgrade_stop_the_next_one(docker: Docker) -> None:
    asked = docker("echo 7")
    with pytest.raises(RuntimeError, match="gitlab: 7 background migrations of the last upgrade"):
        _prepare()
    assert "backup" not in asked.read_text()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ('case "$*" in *psql*) echo 0 ;; *) echo "No space left" >&2; exit 1 ;; esac', "No space"),
        ('echo "Error: No such container: gitlab" >&2; exit 1', "No such container"),
        ("exit 1", "exit 1"),
    ],
)
def test_without_a_backup_there_is_no_upgrade(docker: Docker, script: str, reason: str) -> None:
    docker(script)
    with pytest.raises(RuntimeError, match=rf"{reason}.*No upgrade without a backup"):
        _prepare()


def test_a_backup_that_takes_too_long_stops_the_upgrade(docker: Docker) -> None:
    docker('case "$*" in *psql*) echo 0 ;; *) exec sleep 60 ;; esac')
    with pytest.raises(RuntimeError, match="took longer than 1 s"):
        _prepare(timeout_seconds=1)
