"""Making everything that a run needs, step by step, and only what is missing."""

import contextlib
import fcntl
import functools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from airgap import (
    base_image,
    database,
    docker_engine,
    environment,
    parts,
    plugins,
    pulumi_cli,
    virtualenv,
)
from airgap.parts import TITLES, Kind, Part, Record
from airgap.session import Session

_OF_THE_ENGINE = (Part.ENGINE, Part.BASE_IMAGE)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to make.

    Args:
        title: What it is called in the output.
        pending: Says what is to be done, without doing it; empty when nothing is.
        ensure: Does it and says what came of it. Does nothing that is done already.
        needs_engine: Whether it has to do with the Docker Engine.
    """

    title: str
    pending: Callable[[], str]
    ensure: Callable[[], str]
    needs_engine: bool = False


def run(session: Session, say: Callable[[str], None]) -> None:
    """Do all steps that are pending, announced before and reported after.

    Args:
        session: Where, and with which wishes.
        say: Shows one line.

    Raises:
        SetupError: a step can't be done; those before it stay done.
    """
    with _alone(session.layout.lock, say):
        session.records.update(parts.load(session.layout.parts))
        steps = [step for step in _steps(session) if session.engine or not step.needs_engine]
        plan = [(step, todo) for step in steps if (todo := step.pending())]
        if not plan:
            say("Everything is set up.")
            return
        say(f"Setting up in {session.layout.folder}; to do:")
        for step, todo in plan:
            say(f"  - {step.title}: {todo}")
        began = time.monotonic()
        for step in steps:
            # Asked again, because the steps before may have made it needless, or needed.
            if step.pending():
                say(f"{step.title} ...")
                start = time.monotonic()
                outcome = step.ensure()
                say(f"{step.title}: {outcome} ({time.monotonic() - start:.1f} s)")
        say(f"Set up in {time.monotonic() - began:.0f} s.")


def _steps(session: Session) -> list[Step]:
    def part(name: Part, pending: Callable[[], str], provide: Callable[[], Record]) -> Step:
        def ensure() -> str:
            record = provide()
            session.records[name] = record
            # After each: what was made is known even if a later step fails.
            parts.save(session.layout.parts, session.records)
            return f"{record.kind}, {record.where}"

        return Step(
            title=TITLES[name],
            pending=pending,
            ensure=ensure,
            needs_engine=name in _OF_THE_ENGINE,
        )

    layout = session.layout
    return [
        part(
            Part.ENGINE,
            lambda: _pending_engine(session),
            lambda: _engine_record(docker_engine.ensure(layout.engine_log)),
        ),
        Step(
            title="Virtualenv",
            pending=lambda: (
                "" if virtualenv.of_project(layout).is_current else "install the requirements"
            ),
            ensure=lambda: virtualenv.of_project(layout).ensure(),
        ),
        part(
            Part.PULUMI,
            lambda: pulumi_cli.pending(session),
            lambda: pulumi_cli.ensure(session),
        ),
        part(
            Part.LANGUAGE_HOST,
            lambda: pulumi_cli.pending_host(session),
            lambda: pulumi_cli.ensure_host(session),
        ),
        *(
            part(
                plugin.part,
                functools.partial(plugin.pending, session),
                functools.partial(plugin.ensure, session),
            )
            for plugin in (plugins.DOCKER, plugins.COMMAND, plugins.GCP, plugins.GITLAB)
        ),
        part(
            Part.BASE_IMAGE,
            lambda: base_image.pending(session),
            lambda: base_image.ensure(session),
        ),
        part(
            Part.DATABASE,
            lambda: database.pending(session),
            lambda: database.ensure(session),
        ),
        Step(
            title="State and environment",
            pending=lambda: environment.pending(session),
            ensure=lambda: environment.ensure(session),
        ),
    ]


def _pending_engine(session: Session) -> str:
    found = docker_engine.version()
    if not found:
        return "start one, or install Debian's"
    return "" if session.record(Part.ENGINE) == _engine_record(found) else f"use {found}"


def _engine_record(version: str) -> Record:
    return Record(kind=Kind.REAL, where=f"version {version}")


@contextlib.contextmanager
def _alone(lock: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock: two set-ups at once would write the same files."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is running; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
