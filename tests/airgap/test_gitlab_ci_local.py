"""gitlab-ci-local is installed once, and again when another one is asked for."""

import json
from pathlib import Path

import pytest

from airgap import gitlab_ci_local
from airgap.commands import SetupError
from airgap.gitlab_ci_local import GitlabCiLocal
from airgap.layout import Layout
from tests.airgap.conftest import ROOT

_FOLDER = "tests/e2e/pipeline/gitlab_ci_local"


@pytest.fixture
def tool(layout: Layout) -> GitlabCiLocal:
    """What a clone has that asks for some version."""
    manifests = layout.root / _FOLDER
    manifests.mkdir(parents=True)
    (manifests / "package.json").write_text("{}")
    (manifests / "package-lock.json").write_text("{}")
    return GitlabCiLocal(layout)


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that npm got."""
    commands: list[list[str]] = []
    monkeypatch.setattr(gitlab_ci_local, "run", lambda command, **_: commands.append(command))
    return commands


def test_it_is_installed_as_the_lock_file_says(tool: GitlabCiLocal, npm: list[list[str]]) -> None:
    assert not tool.is_current
    tool.ensure()
    assert tool.is_current
    assert npm == [["npm", "ci", "--no-audit", "--no-fund"]]
    assert (tool.program.parents[2] / "package-lock.json").exists()


@pytest.mark.parametrize("file", ["package.json", "package-lock.json"])
def test_another_manifest_makes_it_out_of_date(
    tool: GitlabCiLocal, npm: list[list[str]], file: str
) -> None:
    tool.ensure()
    (tool.layout.root / _FOLDER / file).write_text('{"other": 1}')
    assert not tool.is_current
    assert npm


def test_what_failed_is_not_taken_for_installed(
    tool: GitlabCiLocal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise SetupError("npm failed")

    monkeypatch.setattr(gitlab_ci_local, "run", fail)
    with pytest.raises(SetupError):
        tool.ensure()
    assert not tool.is_current


def test_every_package_is_locked_to_its_content() -> None:
    lock = json.loads(Path(ROOT, _FOLDER, "package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages["node_modules/gitlab-ci-local"]["version"] == "4.60.0"
    assert all("integrity" in each for each in packages.values())
