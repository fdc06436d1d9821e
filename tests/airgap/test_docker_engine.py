"""An engine that was killed does not keep the next one from starting."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from airgap import docker_engine


def _noted(folder: Path, content: object) -> Path:
    file = folder / "docker.pid"
    file.write_text(str(content))
    return file


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


@pytest.mark.parametrize("content", ["4194305", "", "no number"])
def test_a_note_of_a_process_that_is_gone_is_removed(tmp_path: Path, content: str) -> None:
    file = _noted(tmp_path, content)
    docker_engine._remove_stale_pid_files({file: "dockerd"})  # noqa: SLF001
    assert not file.exists()


def test_a_note_of_a_process_that_runs_stays(tmp_path: Path) -> None:
    file = _noted(tmp_path, os.getpid())
    docker_engine._remove_stale_pid_files({file: _name(os.getpid())})  # noqa: SLF001
    assert file.exists()


def test_a_number_that_another_program_has_by_now_is_no_obstacle(tmp_path: Path) -> None:
    file = _noted(tmp_path, os.getpid())
    docker_engine._remove_stale_pid_files({file: "dockerd"})  # noqa: SLF001
    assert not file.exists()


def test_a_process_that_ended_and_is_only_still_listed_is_no_obstacle(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    while " Z " not in Path(f"/proc/{child.pid}/stat").read_text():
        pass
    name = _name(child.pid)
    file = _noted(tmp_path, child.pid)
    docker_engine._remove_stale_pid_files({file: name})  # noqa: SLF001
    assert not file.exists()
    child.wait()
