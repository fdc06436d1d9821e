"""What the tests need is installed once, and asked for where it can't be."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from airgap import apt, gitlab_ci_local, test_tools, virtualenv
from airgap.commands import SetupError
from airgap.layout import Layout

_LAYOUT = Layout(Path("/nowhere"))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Packages that get installed on a machine that has none of the programs."""
    packages: list[str] = []
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(apt, "usable", lambda: True)
    monkeypatch.setattr(apt, "exists", lambda _: True)
    monkeypatch.setattr(apt, "install", packages.extend)
    monkeypatch.setattr(virtualenv, "of_judges", lambda _: SimpleNamespace(is_current=True))
    monkeypatch.setattr(gitlab_ci_local.GitlabCiLocal, "is_current", True)
    return packages


def test_what_is_missing_is_installed(installed: list[str]) -> None:
    said = test_tools.ensure(_LAYOUT)
    assert {"debootstrap", "openssh-client", "packer", "shellcheck"} <= set(installed)
    assert said == f"Installed for the tests: {' '.join(installed)}."


def test_a_program_that_the_release_has_no_package_of_is_done_without(
    installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apt, "exists", lambda package: package != "packer")
    test_tools.ensure(_LAYOUT)
    assert "packer" not in installed
    assert "shellcheck" in installed


def test_no_mirror_is_asked_when_all_that_every_release_has_is_there(
    installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "packer" else f"/bin/{name}")
    monkeypatch.setattr(test_tools, "find_library", lambda name: f"lib{name}.so.1")
    monkeypatch.setattr(apt, "exists", calls.append)
    monkeypatch.setattr(apt, "install", calls.append)
    assert test_tools.ensure(_LAYOUT) == "What the tests need is there."
    assert not installed
    assert not calls


def test_without_apt_or_root_the_packages_are_named(
    installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apt, "usable", lambda: False)
    with pytest.raises(SetupError, match=r"install Debian's .*debootstrap.* as root"):
        test_tools.ensure(_LAYOUT)
    assert not installed
