"""Waiting for a host: what is waited for, what is not, and what is said in the end."""

import asyncio
import os
from pathlib import Path

import pulumi
import pytest

from components import _ssh_rules
from components._machine import Machine
from components._readiness import wait_until_ready
from tests.unit.hosts import ssh_host

# A stand-in for OpenSSH's client that answers by the number of the call, and keeps the last
# argument of each: what the far shell would run.
_SSH = """#!/bin/bash
calls={folder}/calls
echo "${{@: -1}}" >> "$calls"
answer={folder}/answer.$(wc -l < "$calls")
[ -e "$answer" ] || answer={folder}/answer.last
source "$answer"
"""


class _FakeSsh:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "ssh").write_text(_SSH.format(folder=folder))
        (folder / "ssh").chmod(0o755)

    def answers(self, *answers: str) -> None:
        """Answer the calls in turn, the last answer for ever."""
        for number, answer in enumerate(answers, start=1):
            (self._folder / f"answer.{number}").write_text(answer)
        (self._folder / "answer.last").write_text(answers[-1])

    @property
    def calls(self) -> list[str]:
        return (self._folder / "calls").read_text().splitlines()


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _FakeSsh:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("components._readiness._FIRST_PAUSE_SECONDS", 0.01)
    return _FakeSsh(tmp_path)


def _machine(*, setup_version: str | None = None, vm: pulumi.Resource | None = None) -> Machine:
    ssh = _ssh_rules.machine("ssh[0]", ssh_host())
    return Machine(
        name="box",
        endpoint=ssh.endpoint,
        address=ssh.host,
        place=ssh.endpoint,
        identity=ssh.endpoint,
        ssh=ssh,
        setup_version=setup_version,
        vm=vm,
    )


def _wait(machine: Machine, timeout_seconds: int = 60) -> None:
    asyncio.get_event_loop().run_until_complete(
        wait_until_ready(machine, "docker version", "a Docker Engine", timeout_seconds)
    )


READY = "echo; echo 26.1.5"
REFUSED = "echo 'ssh: connect to host x port 22: Connection refused' >&2; exit 255"
WRONG_KEY = "echo 'Host key verification failed.' >&2; exit 255"
DENIED = "echo 'deploy@x: Permission denied (publickey).' >&2; exit 255"
NO_ENGINE = "echo 'Cannot connect to the Docker daemon' >&2; exit 1"

pytestmark = pytest.mark.usefixtures("engine")


def test_a_host_that_answers_is_asked_once(ssh: _FakeSsh) -> None:
    ssh.answers(READY)
    _wait(_machine())
    assert ssh.calls == ["docker version"]


@pytest.mark.parametrize("obstacle", [REFUSED, NO_ENGINE])
def test_what_may_pass_is_waited_for(ssh: _FakeSsh, obstacle: str) -> None:
    ssh.answers(obstacle, obstacle, READY)
    _wait(_machine())
    assert len(ssh.calls) == 3


@pytest.mark.parametrize(
    ("obstacle", "words"), [(REFUSED, "Connection refused"), (NO_ENGINE, "Cannot connect")]
)
def test_the_wait_has_an_end_and_says_what_it_waited_for(
    ssh: _FakeSsh, obstacle: str, words: str
) -> None:
    ssh.answers(obstacle)
    with pytest.raises(RuntimeError) as failed:
        _wait(_machine(), timeout_seconds=1)
    message = str(failed.value)
    assert message.startswith(
        "ssh://deploy@198.51.100.11: waited 1 s for a Docker Engine in vain: "
    )
    assert words in message
    assert "Nothing was made there" in message


def test_a_host_that_hangs_is_given_up_in_time(ssh: _FakeSsh) -> None:
    ssh.answers("exec sleep 600")
    with pytest.raises(
        RuntimeError, match="waited 1 s for a Docker Engine in vain: no answer in 1 s"
    ):
        _wait(_machine(), timeout_seconds=1)


@pytest.mark.parametrize(
    ("obstacle", "words"),
    [(WRONG_KEY, "key is not the pinned one"), (DENIED, "login was refused")],
)
def test_what_waiting_will_not_mend_is_said_at_once(
    ssh: _FakeSsh, obstacle: str, words: str
) -> None:
    ssh.answers(obstacle)
    with pytest.raises(RuntimeError, match=words):
        _wait(_machine())
    assert len(ssh.calls) == 1


def test_a_vm_that_boots_has_neither_keys_nor_users_at_first(ssh: _FakeSsh) -> None:
    ssh.answers(WRONG_KEY, DENIED, "echo; exit 0", "echo v2; echo 26.1.5")
    _wait(_machine(setup_version="v2", vm=pulumi.ComponentResource("t:index:Vm", "vm")))
    assert len(ssh.calls) == 4


def test_an_older_set_up_is_run_again_once(ssh: _FakeSsh) -> None:
    ssh.answers("echo v1; echo 26.1.5", "exit 0", "echo v1; echo 26.1.5", "echo v2; echo 26.1.5")
    _wait(_machine(setup_version="v2", vm=pulumi.ComponentResource("t:index:Vm", "vm")))
    again = "sudo -n google_metadata_script_runner startup"
    assert ssh.calls == ["docker version", again, "docker version", "docker version"]


def test_a_set_up_that_never_ends_is_named(ssh: _FakeSsh) -> None:
    ssh.answers("echo v1; echo 26.1.5")
    with pytest.raises(RuntimeError, match="its set-up is at version 'v1', not 'v2'"):
        _wait(_machine(setup_version="v2"), timeout_seconds=1)


def test_a_machine_without_an_ssh_client_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="ssh: no such program on this machine"):
        _wait(_machine(), timeout_seconds=1)
