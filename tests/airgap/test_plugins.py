"""A provider plugin: the real one where it can be had, the stand-in elsewhere."""

from pathlib import Path

import pytest

from airgap import downloads, plugins
from airgap.layout import Layout
from airgap.parts import Kind, Part
from airgap.session import Session

OBSTACLE = "https://get.pulumi.com: no route"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without any plugin, on a machine without any Pulumi."""
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    (tmp_path / "programs").mkdir()
    return tmp_path / "home"


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were tried, all in vain."""
    addresses: list[str] = []

    def obstacle(url: str) -> str:
        addresses.append(url)
        return OBSTACLE

    monkeypatch.setattr(downloads, "obstacle", obstacle)
    return addresses


def test_where_the_download_fails_the_stand_in_is_used_and_the_failure_remembered(
    layout: Layout, home: Path, tried: list[str]
) -> None:
    session = Session(layout)
    assert "download 5.2.0" in plugins.DOCKER.pending(session)
    record = session.records[Part.DOCKER_PROVIDER] = plugins.DOCKER.ensure(session)
    assert (record.kind, record.unreachable) == (Kind.STAND_IN, OBSTACLE)
    assert (layout.bin / "pulumi-resource-docker").stat().st_mode & 0o111
    assert plugins.DOCKER.pending(session) == ""
    plugins.DOCKER.ensure(session)
    assert len(tried) == 1
    assert "pulumi-resource-docker-v5.2.0-linux-" in tried[0]


def test_a_retry_tries_the_download_again(layout: Layout, home: Path, tried: list[str]) -> None:
    first = Session(layout)
    record = plugins.DOCKER.ensure(first)
    again = Session(layout, {Part.DOCKER_PROVIDER: record}, retry=True)
    assert "download" in plugins.DOCKER.pending(again)
    plugins.DOCKER.ensure(again)
    assert len(tried) == 2


def test_the_version_to_get_is_the_one_of_the_installed_sdk(
    layout: Layout, home: Path, tried: list[str]
) -> None:
    packages = layout.venv / "lib" / "python3.11" / "site-packages"
    (packages / "pulumi_docker-5.9.1.dist-info").mkdir(parents=True)
    plugins.DOCKER.ensure(Session(layout))
    assert "-v5.9.1-" in tried[0]


@pytest.mark.parametrize("version", ["5.2.0", "5.10.0"])
def test_a_real_plugin_that_comes_later_wins(
    layout: Layout, home: Path, tried: list[str], version: str
) -> None:
    session = Session(layout)
    session.records[Part.DOCKER_PROVIDER] = plugins.DOCKER.ensure(session)
    real = _install(home, version)
    assert str(real) in plugins.DOCKER.pending(session)
    record = session.records[Part.DOCKER_PROVIDER] = plugins.DOCKER.ensure(session)
    assert (record.kind, record.where) == (Kind.REAL, str(real))
    assert not (layout.bin / "pulumi-resource-docker").exists()
    assert plugins.DOCKER.pending(session) == ""


@pytest.mark.parametrize("version", ["5.1.9", "4.11.0", "6.0.0"])
def test_a_plugin_that_the_sdk_cannot_use_does_not_count(
    layout: Layout, home: Path, tried: list[str], version: str
) -> None:
    _install(home, version)
    assert plugins.DOCKER.ensure(Session(layout)).kind is Kind.STAND_IN


def test_a_plugin_on_the_path_counts(
    layout: Layout, home: Path, tried: list[str], tmp_path: Path
) -> None:
    real = tmp_path / "programs" / "pulumi-resource-docker"
    real.touch(mode=0o755)
    assert plugins.DOCKER.ensure(Session(layout)).where == str(real)
    assert not tried


def test_the_stand_in_can_be_forced(layout: Layout, home: Path, tried: list[str]) -> None:
    _install(home, "5.2.0")
    session = Session(layout, forced=frozenset({Part.DOCKER_PROVIDER}))
    assert plugins.DOCKER.ensure(session).kind is Kind.STAND_IN
    assert not tried


@pytest.mark.parametrize("plugin", [plugins.GCP, plugins.GITLAB], ids=lambda each: each.name)
def test_a_plugin_that_few_programs_need_is_left_to_pulumi_where_it_can_be_had(
    layout: Layout, home: Path, monkeypatch: pytest.MonkeyPatch, plugin: plugins.Plugin
) -> None:
    monkeypatch.setattr(downloads, "obstacle", lambda _: "")
    monkeypatch.setattr(plugins, "run", lambda *_, **__: pytest.fail("something was downloaded"))
    session = Session(layout)
    assert f"leave it to Pulumi to download {plugin.fallback_version}" in plugin.pending(session)
    record = session.records[plugin.part] = plugin.ensure(session)
    assert record.kind is Kind.REAL
    assert record.where.startswith(f"version {plugin.fallback_version}, which Pulumi downloads")
    assert not (layout.bin / f"pulumi-resource-{plugin.name}").exists()
    assert plugin.pending(session) == ""


def test_the_large_plugins_stand_in_goes_when_the_download_can_be_reached(
    layout: Layout, home: Path, tried: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Session(layout)
    record = plugins.GCP.ensure(first)
    assert record.kind is Kind.STAND_IN
    assert record.where.endswith("pulumi-resource-gcp, previews only")
    assert "pulumi-resource-gcp-v10.2.0-linux-" in tried[0]
    monkeypatch.setattr(downloads, "obstacle", lambda _: "")
    again = Session(layout, {Part.GCP_PROVIDER: record}, retry=True)
    assert plugins.GCP.ensure(again).kind is Kind.REAL
    assert not (layout.bin / "pulumi-resource-gcp").exists()


def _install(home: Path, version: str) -> Path:
    program = home / "plugins" / f"resource-docker-v{version}" / "pulumi-resource-docker"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    return program


def test_the_large_plugins_are_installed_at_once_on_demand(
    layout: Layout, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(_: plugins.Plugin, session: Session) -> None:
        program = home / "plugins/resource-gcp-v10.2.0/pulumi-resource-gcp"
        program.parent.mkdir(parents=True)
        program.touch()

    monkeypatch.setattr(downloads, "obstacle", lambda _: "")
    monkeypatch.setattr(plugins.Plugin, "_install", install)
    awaited = plugins.GCP.ensure(Session(layout))
    session = Session(layout, {Part.GCP_PROVIDER: awaited}, all_plugins=True)
    assert plugins.GCP.pending(session).startswith("download")
    session.records[Part.GCP_PROVIDER] = plugins.GCP.ensure(session)
    assert session.record(Part.GCP_PROVIDER).where.startswith(str(home))
    assert plugins.GCP.pending(session) == ""
