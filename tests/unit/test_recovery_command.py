"""``python -m recovery`` against a Docker that only answers."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from delivery.pulumi import Pulumi
from recovery.__main__ import main
from recovery.errors import RecoveryError
from recovery.place import Place

# Writes down what it is asked for, and answers from a file.
_PROGRAM = """#!/bin/sh
printf '%s\\n' "$0 $*" >>{folder}/asked
exec cat {folder}/answer
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs named docker and ssh; the file holds what they were asked for."""
    for name in ("docker", "ssh"):
        program = tmp_path / name
        program.write_text(_PROGRAM.format(folder=tmp_path))
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "answer").write_text('{"backups": []}')
    return tmp_path / "asked"


def _deployed(monkeypatch: pytest.MonkeyPatch, *hosts: str, **containers: str) -> None:
    place = {"engine": "unix:///run/docker.sock", "ssh": [], "containers": containers}
    outputs: dict[str, Any] = {"recovery": dict.fromkeys(hosts, place)}
    monkeypatch.setattr(Pulumi, "outputs", lambda *_: outputs)


def test_another_host_is_asked_over_ssh_with_every_word_intact(asked: Path) -> None:
    place = Place(
        stack="prod",
        host="far",
        engine="ssh://deploy@far",
        ssh=["ssh", "-o", "BatchMode=yes", "--", "far"],
        containers={"backup": "reddit-backup"},
    )
    assert place.backup("verify", "a b") == {"backups": []}
    command = "docker exec reddit-backup python3 -m backup verify 'a b'"
    assert asked.read_text().endswith(f"/ssh -o BatchMode=yes -- far {command}\n")


def _on_swarm() -> Place:
    return Place(
        stack="prod",
        host="first",
        engine="unix:///run/docker.sock",
        ssh=[],
        containers={"backup": "reddit-backup", "post": "reddit-post", "comment": "reddit-comment"},
        swarm=True,
    )


def test_a_swarms_container_is_found_by_its_service(asked: Path, tmp_path: Path) -> None:
    (tmp_path / "answer").write_text("4f1c\n")
    assert _on_swarm().container("backup") == "4f1c"
    assert "ps --quiet --filter label=com.docker.swarm.service.name=reddit-backup\n" in (
        asked.read_text()
    )


@pytest.mark.usefixtures("asked")
def test_a_swarms_service_that_runs_elsewhere_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "answer").write_text("")
    with pytest.raises(RecoveryError, match="first: no container of the service reddit-backup"):
        _on_swarm().container("backup")


def test_a_swarms_services_rest_and_come_back_as_many_however_it_ends(
    asked: Path, tmp_path: Path
) -> None:
    (tmp_path / "answer").write_text("3\n")

    def interrupted() -> None:
        with _on_swarm().stopped(["post", "comment"]):
            assert asked.read_text().endswith("service scale reddit-post=0 reddit-comment=0\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert asked.read_text().endswith("service scale reddit-post=3 reddit-comment=3\n")


def test_this_machine_is_asked_at_its_own_engine(
    asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _deployed(monkeypatch, "localhost", backup="reddit-backup")
    assert main(["list", "--stack", "dev"]) == 0
    assert "--host unix:///run/docker.sock exec reddit-backup python3" in asked.read_text()


def test_each_host_is_asked_unless_one_is_named(
    asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _deployed(monkeypatch, "one", "two", backup="reddit-backup")
    assert main(["list", "--stack", "prod"]) == 0
    assert main(["list", "--stack", "prod", "--host", "two"]) == 0
    assert len(asked.read_text().splitlines()) == 3


def _restore(asked: Path, monkeypatch: pytest.MonkeyPatch, *, documents_now: int) -> list[str]:
    """Restore over so many documents, and return the commands that Docker was given."""
    answer = {
        "name": "20261130T060000Z",
        "server": "8.0",
        "documents": {"posts.posts": documents_now},
        "put_aside": [],
        "collections": {"posts.posts": {"documents": 2, "size_bytes": 200, "sha256": "0" * 64}},
    }
    asked.with_name("answer").write_text(json.dumps(answer))
    _deployed(monkeypatch, "localhost", backup="backups", post="post", comment="comment")
    assert main(["restore", "--stack", "dev", "--yes"]) == 0
    calls = [line.partition("docker.sock ")[2] for line in asked.read_text().splitlines()]
    return [each.removeprefix("exec backups python3 -m backup ") for each in calls]


def test_what_a_restore_would_lose_is_backed_up_once_nobody_writes_any_more(
    asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _restore(asked, monkeypatch, documents_now=3) == [
        "verify newest",
        "count",
        "stop post comment",
        "take",
        "restore 20261130T060000Z --replace",
        "start post comment",
    ]


def test_a_restore_over_nothing_may_not_replace_what_came_meanwhile(
    asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _restore(asked, monkeypatch, documents_now=0)[2:] == [
        "stop post comment",
        "restore 20261130T060000Z",
        "start post comment",
    ]


def test_a_stack_without_backups_is_told_how_to_get_some(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _deployed(monkeypatch, "localhost", database="reddit-database")
    assert main(["backup", "--stack", "dev"]) == 1
    assert capsys.readouterr().err == (
        "error: dev has no backup on localhost. Where backups are to be taken: "
        "pulumi config set backupEveryHours 24 --stack dev, then pulumi up\n"
    )


def test_a_stack_that_is_not_deployed_is_said_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Pulumi, "outputs", lambda *_: {})
    assert main(["list", "--stack", "dev"]) == 1
    assert "dev is not deployed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "--stack", "prod", "--host", "three"], "--host three: prod has one, two"),
        (["restore", "--stack", "prod"], "prod has several hosts, each with data of its own"),
    ],
)
def test_a_host_has_to_be_one_of_the_stacks(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    _deployed(monkeypatch, "one", "two", backup="reddit-backup")
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_services_that_write_are_started_again_when_a_restore_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "docker"
    found = {"name": "n", "collections": {}, "documents": {}, "put_aside": []}
    program.write_text(
        f"#!/bin/sh\nprintf '%s\\n' \"$*\" >>{tmp_path}/asked\n"
        f"case \"$*\" in *' restore '*) exit 1;; esac\necho '{json.dumps(found)}'\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    _deployed(monkeypatch, "localhost", backup="b", post="p", comment="c")
    assert main(["restore", "--stack", "dev"]) == 1
    done = [line.split()[2] for line in (tmp_path / "asked").read_text().splitlines()]
    assert done == ["exec", "exec", "stop", "exec", "start"]
