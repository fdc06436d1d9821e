"""The set-up as a whole: plan, order, failure, repetition."""
# ruff: noqa: S603 - it runs programs, which it names itself

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from airgap import apt, docker_engine, setup, virtualenv
from airgap.commands import SetupError
from airgap.layout import Layout
from airgap.session import Session
from airgap.setup import Step
from tests.airgap.conftest import CLONE, ROOT


class Fake:
    """Steps that only note that they ran."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def step(self, title: str, *, needs: str = "", fails: bool = False) -> Step:
        """Return a step that is pending until it or, given ``needs``, that one was done."""

        def pending() -> str:
            return "" if {title, needs} & set(self.done) else "something"

        def ensure() -> str:
            if fails:
                raise SetupError(f"{title} failed")
            self.done.append(title)
            return "made"

        return Step(title=title, pending=pending, ensure=ensure)


def _run(layout: Layout, monkeypatch: pytest.MonkeyPatch, steps: list[Step]) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(setup, "_steps", lambda _: steps)
    setup.run(Session(layout), said.append)
    return said


def test_the_plan_comes_first_then_each_step_with_its_time(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Fake()
    said = _run(layout, monkeypatch, [fake.step("A"), fake.step("B")])
    assert said[1:3] == ["  - A: something", "  - B: something"]
    assert re.fullmatch(r"A: made \(\d+\.\d s\)", said[4])
    assert fake.done == ["A", "B"]


def test_a_step_that_an_earlier_one_made_needless_is_left_out(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Fake()
    _run(layout, monkeypatch, [fake.step("A"), fake.step("B", needs="A")])
    assert fake.done == ["A"]


def test_when_all_is_there_nothing_is_done(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake()
    fake.done = ["A"]
    assert _run(layout, monkeypatch, [fake.step("A")]) == ["Everything is set up."]


def test_a_failure_ends_it_and_keeps_what_was_done(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Fake()
    steps = [fake.step("A"), fake.step("B", fails=True), fake.step("C")]
    with pytest.raises(SetupError, match="B failed"):
        _run(layout, monkeypatch, steps)
    assert fake.done == ["A"]


def test_on_this_machine_the_second_set_up_does_nothing_within_a_second() -> None:
    command = [sys.executable, "-m", "airgap", "setup"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == "Everything is set up.\n"
    assert time.monotonic() - began < 1


def test_the_status_has_a_line_for_each_part_and_asks_nobody() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "airgap", "status"],
        cwd=ROOT,
        env={"PATH": "/nonexistent"},
        check=True,
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 10
    assert all(re.search(r" (real|STAND-IN) +\S", line) for line in lines[1:])


def test_the_requirements_are_installed_again_when_one_of_their_files_changes(
    layout: Layout,
) -> None:
    (layout.root / "requirements-dev.txt").write_text("# tools\n-r more/requirements.txt\n")
    more = layout.root / "more" / "requirements.txt"
    more.parent.mkdir()
    more.write_text("pulumi>=3\n")
    stamp = virtualenv.of_project(layout).stamp
    assert virtualenv.of_project(layout).stamp == stamp
    more.write_text("pulumi>=4\n")
    assert virtualenv.of_project(layout).stamp != stamp


def test_a_distributions_version_is_read_without_running_python() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", virtualenv.installed_version(CLONE, "pulumi-docker"))
    assert virtualenv.installed_version(CLONE, "pulumi-nonexistent") == ""


def test_a_dead_docker_host_is_named_and_nothing_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    with pytest.raises(SetupError, match="DOCKER_HOST is 'unix:///nowhere'"):
        docker_engine.ensure(tmp_path / "log")


def test_without_an_engine_and_without_root_the_packages_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(apt, "usable", lambda: False)
    with pytest.raises(SetupError, match=r"apt-get install docker\.io iptables"):
        docker_engine.ensure(tmp_path / "log", environment={})


def test_an_engine_that_does_not_answer_a_user_is_for_root_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("docker", "dockerd"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SetupError, match="systemctl start docker"):
        docker_engine.ensure(tmp_path / "log", environment={})
