"""A set-up that has to do with no Docker Engine, and one that another clone shares."""

from pathlib import Path

import pytest

from airgap import database, golang, plugins, pulumi_cli, setup
from airgap.layout import Layout
from airgap.parts import Part
from airgap.session import Session
from airgap.setup import Step


def _ran(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []

    def step(title: str, *, needs_engine: bool) -> Step:
        def ensure() -> str:
            done.append(title)
            return "made"

        def pending() -> str:
            return "" if title in done else "something"

        return Step(title=title, pending=pending, ensure=ensure, needs_engine=needs_engine)

    steps = [step("engine", needs_engine=True), step("tool", needs_engine=False)]
    monkeypatch.setattr(setup, "_steps", lambda _: steps)
    setup.run(session, lambda _: None)
    return done


def test_what_needs_an_engine_is_left_out_on_demand_alone(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _ran(Session(layout, engine=False), monkeypatch) == ["tool"]
    assert _ran(Session(layout), monkeypatch) == ["engine", "tool"]


def test_the_engine_and_the_base_image_need_one_and_no_other_step_does(layout: Layout) -> None:
    steps = setup._steps(Session(layout))  # noqa: SLF001 - the real ones
    needing = [step.title for step in steps if step.needs_engine]
    assert needing == ["Docker Engine", "Base image of the services"]


def test_the_databases_program_is_built_without_an_engine(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(_layout: Layout, _module: Path, _package: str, target: Path, **_: str) -> None:
        target.parent.mkdir(parents=True)
        target.touch()

    def asked(*_: object, **__: object) -> str:
        raise AssertionError("the engine was asked")

    monkeypatch.setattr(golang, "build", build)
    monkeypatch.setattr(database, "run", asked)
    monkeypatch.setattr(database, "succeeds", asked)
    session = Session(layout, engine=False)
    assert database.pending(session)
    session.records[Part.DATABASE] = database.ensure(session)
    assert database.pending(session) == ""


def test_a_clone_may_use_the_set_up_of_another(layout: Layout, tmp_path: Path) -> None:
    other = Layout(tmp_path / "other")
    other.folder.mkdir(parents=True)
    (layout.root / ".dockyard").symlink_to(other.folder)
    assert layout.folder == other.folder
    assert layout.home == other.root
    assert layout.state == other.state


def test_the_stand_ins_are_those_of_the_clone_that_was_set_up(tmp_path: Path) -> None:
    """Or each clone would write them anew over the other's."""
    other, layout = Layout(tmp_path / "other"), Layout(tmp_path / "clone")
    other.folder.mkdir(parents=True)
    layout.root.mkdir()
    (layout.root / ".dockyard").symlink_to(other.folder)
    forced = frozenset({Part.DOCKER_PROVIDER})
    session = Session(other, forced=forced)
    session.records[Part.DOCKER_PROVIDER] = plugins.DOCKER.ensure(session)
    assert plugins.DOCKER.pending(Session(layout, session.records, forced)) == ""
    assert pulumi_cli._host_key(session) == pulumi_cli._host_key(Session(layout))  # noqa: SLF001
