"""From an old container to a new one: who makes room, who goes, and who stays."""

import asyncio
from typing import Any

import pulumi
import pytest

from components import _handover
from components._machine import Machine
from components._ownership import LABEL
from components._process import Finished

_PROPERTIES: dict[str, Any] = {
    "name": "shop-web",
    "labels": [{"label": LABEL, "value": "me"}],
    "destroyGraceSeconds": 13.0,
}


class _Docker:
    """Docker's command line over containers that a test names, with their states."""

    def __init__(self, containers: dict[str, str]) -> None:
        self.containers = containers
        self.calls: list[str] = []

    async def call(self, _machine: Machine, *arguments: str) -> Finished:
        match arguments:
            case ("container", "ls", *_):
                return self._said("\n".join(f"{n} {s}" for n, s in self.containers.items()))
            case ("rename", old, new):
                self.containers[new] = self.containers.pop(old)
            case ("rm", *_, name):
                del self.containers[name]
        self.calls.append(" ".join(arguments))
        return self._said("")

    @staticmethod
    def _said(output: str) -> Finished:
        return Finished(code=0, output=output, errors="")


@pytest.fixture
def machine() -> Machine:
    return Machine(name="here", endpoint="unix:///here.sock", address="", place="", identity="")


def _docker(monkeypatch: pytest.MonkeyPatch, **containers: str) -> _Docker:
    made = _Docker({name.replace("_", "-"): state for name, state in containers.items()})
    monkeypatch.setattr("components._docker_cli.call", made.call)
    return made


def test_the_old_one_gives_up_its_name_and_runs_on(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = _docker(monkeypatch, shop_web="Up (healthy)")
    asyncio.run(_handover.keep_old(machine, _PROPERTIES))
    assert docker.containers == {"shop-web-old": "Up (healthy)"}


def test_a_failed_one_goes_before_the_next_attempt_and_the_old_one_stays(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = _docker(monkeypatch, shop_web="Up (unhealthy)", shop_web_old="Up (healthy)")
    asyncio.run(_handover.keep_old(machine, _PROPERTIES))
    assert docker.containers == {"shop-web-old": "Up (healthy)"}


@pytest.mark.parametrize("old", ["Up (healthy)", "Exited (0)"])
def test_a_good_one_whose_run_was_cut_off_serves_on_while_the_next_one_comes(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, old: str
) -> None:
    docker = _docker(monkeypatch, shop_web="Up 2 hours (healthy)", shop_web_old=old)
    asyncio.run(_handover.keep_old(machine, _PROPERTIES))
    assert docker.calls == [
        "stop --time 13 shop-web-old",
        "rm --force shop-web-old",
        "rename shop-web shop-web-old",
    ]
    assert docker.containers == {"shop-web-old": "Up 2 hours (healthy)"}


def test_a_first_one_finds_nobody_in_its_way(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = _docker(monkeypatch)
    asyncio.run(_handover.keep_old(machine, _PROPERTIES))
    asyncio.run(_handover.retire_old(machine, _PROPERTIES))
    assert not docker.calls


def test_the_old_one_is_asked_to_stop_and_given_the_time_to_finish(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = _docker(monkeypatch, shop_web="Up (healthy)", shop_web_old="Up (healthy)")
    asyncio.run(_handover.retire_old(machine, _PROPERTIES))
    assert docker.calls == ["stop --time 13 shop-web-old", "rm --force shop-web-old"]


@pytest.mark.parametrize("status", ["Up (unhealthy)", "Up (health: starting)", "Exited (1)"])
def test_a_deployment_ends_before_it_deletes_the_last_good_one(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    _docker(monkeypatch, shop_web=status, shop_web_old="Up (healthy)")
    with pytest.raises(pulumi.RunError, match="shop-web isn't healthy, so shop-web-old stays"):
        asyncio.run(_handover.refuse_unwell(machine, "me", ["shop-web"]))


@pytest.mark.parametrize("old", [{}, {"shop_web_old": "Up (healthy)"}])
def test_a_deployment_ends_well_with_a_healthy_one(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, old: dict[str, str]
) -> None:
    _docker(monkeypatch, shop_web="Up (healthy)", **old)
    asyncio.run(_handover.refuse_unwell(machine, "me", ["shop-web"]))


def test_an_unhealthy_one_without_a_predecessor_is_no_matter_of_an_update(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _docker(monkeypatch, shop_web="Up (unhealthy)")
    asyncio.run(_handover.refuse_unwell(machine, "me", ["shop-web"]))
