"""What a deployment looks at when it is done: containers, and the networks that each is on."""

import asyncio
import json
import os
from pathlib import Path

import pulumi
import pytest

from components._machine import Machine
from components._presence import Placed, put_right

# A stand-in for Docker's command line: says what the test wrote down, and keeps what it was asked.
_DOCKER = """#!/bin/bash
echo "${{@:3}}" >> {folder}/calls
[ "$3" = network ] && exit 0
cat {folder}/found
cat {folder}/errors >&2
[ ! -s {folder}/errors ]
"""

_POST = Placed(
    id="p1",
    name="reddit-post",
    networks={"front": frozenset({"post"}), "back": frozenset()},
)
_HEALTHY = {"front": ["post", "p1"], "back": ["p1"]}


class _Docker:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "docker").write_text(_DOCKER.format(folder=folder))
        (folder / "docker").chmod(0o755)
        for name in ("found", "errors", "calls"):
            (folder / name).touch()

    def has(self, networks: dict[str, list[str] | None], status: str = "running") -> None:
        """Have the container on networks, by their id, with aliases."""
        shown = {
            f"name-of-{network}": {"NetworkID": network, "Aliases": aliases}
            for network, aliases in networks.items()
        }
        found = {"id": "p1", "status": status, "networks": shown}
        (self._folder / "found").write_text(json.dumps(found) + "\n")

    def complains(self, words: str) -> None:
        """Print an error and fail."""
        (self._folder / "errors").write_text(words)

    @property
    def changes(self) -> list[str]:
        """Return the commands that change something."""
        calls = (self._folder / "calls").read_text().splitlines()
        return [each for each in calls if each.startswith("network ")]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Docker:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return _Docker(tmp_path)


@pytest.fixture(autouse=True)
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the user is told, in order."""
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", said.append)
    return said


def _look() -> None:
    machine = Machine(
        name="local", endpoint="unix:///d.sock", address="127.0.0.1", place="", identity=""
    )
    asyncio.run(put_right(machine, [_POST]))


def test_what_is_in_place_is_left_alone(engine: _Docker, warnings: list[str]) -> None:
    engine.has({**_HEALTHY})
    _look()
    assert (engine.changes, warnings) == ([], [])


@pytest.mark.parametrize(
    ("networks", "changes"),
    [
        ({"back": None}, ["network connect --alias post front p1"]),
        ({"front": ["post"]}, ["network connect back p1"]),
        # A connection that others don't find is none.
        (
            {"front": ["p1"], "back": None},
            ["network disconnect front p1", "network connect --alias post front p1"],
        ),
        # What keeps networks apart is that nothing stands on one too many.
        ({**_HEALTHY, "other": None}, ["network disconnect other p1"]),
        ({}, ["network connect back p1", "network connect --alias post front p1"]),
    ],
)
def test_a_connection_changed_by_hand_is_changed_back(
    engine: _Docker,
    warnings: list[str],
    networks: dict[str, list[str] | None],
    changes: list[str],
) -> None:
    engine.has(networks)
    _look()
    assert engine.changes == changes
    assert len(warnings) == len(changes)
    assert all("reddit-post" in each for each in warnings)


@pytest.mark.parametrize("status", ["created", "exited", "dead"])
def test_a_stopped_container_is_refused_with_the_way_out(engine: _Docker, status: str) -> None:
    engine.has({**_HEALTHY}, status)
    with pytest.raises(pulumi.RunError, match=r"reddit-post is stopped.*pulumi up --refresh"):
        _look()


def test_a_container_that_is_gone_is_refused_with_the_way_out(engine: _Docker) -> None:
    engine.complains("Error: No such container: p1")
    with pytest.raises(pulumi.RunError, match=r"reddit-post is gone.*pulumi up --refresh"):
        _look()


def test_an_engine_that_does_not_answer_is_a_warning(engine: _Docker, warnings: list[str]) -> None:
    engine.complains("Cannot connect to the Docker daemon")
    _look()
    assert len(warnings) == 1
    assert "Cannot connect to the Docker daemon" in warnings[0]
    assert engine.changes == []
