"""Previews a stack and keeps the plan, so that exactly that can be deployed later."""

import dataclasses
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from delivery import deployment, stack_file
from delivery.builders.order import commit
from delivery.errors import DeliveryError, MisuseError
from delivery.plan_folder import Basis, PlanFolder
from delivery.preview import events, terminal
from delivery.preview.model import StackPreview
from delivery.preview.redaction import Redactor
from delivery.preview.run import EVENTS, arguments
from delivery.pulumi import Pulumi


@dataclass(frozen=True)
class Planned:
    """A preview, and whether its plan was kept.

    Args:
        preview: what changes.
        report: the same for a terminal, without colours.
    """

    preview: StackPreview
    report: str


def make(
    pulumi: Pulumi, stack: str, template: Path, values: Mapping[str, object], output: Path
) -> Planned:
    """Preview a stack and keep the plan; a failed preview leaves none. The backend stays as it is.

    Args:
        pulumi: the CLI in the project's folder.
        stack: the stack's name.
        template: its configuration file.
        values: configuration values that take precedence.
        output: the folder for the plan, in the place of an earlier one.

    Raises:
        MisuseError: the folder holds other things than a plan, or there is no template.
        DeliveryError: the CLI or the backend doesn't answer.
    """
    if output.exists() and not PlanFolder(output).exists and any(output.iterdir()):
        raise MisuseError(f"{output} holds other things than a plan; name another folder")
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as beside:
        folder = PlanFolder(Path(beside, "plan"))
        folder.path.mkdir()
        stack_file.compose(template, values, folder.config)
        basis = take_basis(pulumi, stack)
        with preview_place(pulumi, stack, folder.config, is_new=not basis.state) as place:
            preview = preview_into(place, stack, folder.config, folder.plan, is_new=not basis.state)
        report = terminal.render([preview], redact=Redactor(os.environ), colour=False)
        if not preview.failed:
            if not folder.plan.is_file():
                raise DeliveryError(f"the preview of {stack} left no plan; try again")
            folder.report.write_text(report, encoding="utf-8")
            folder.seal(basis)
            shutil.rmtree(output, ignore_errors=True)
            folder.path.rename(output)
    return Planned(preview, report)


def take_basis(pulumi: Pulumi, stack: str) -> Basis:
    """Return what a plan that is made now rests on.

    Raises:
        DeliveryError: the CLI or the backend doesn't answer.
    """
    return Basis(
        stack=stack,
        commit=commit(pulumi.root),
        state=deployment.state_fingerprint(pulumi, stack),
        pulumi=pulumi.answer("version").strip(),
    )


def preview_into(
    pulumi: Pulumi, stack: str, config: Path, plan: Path, *, is_new: bool
) -> StackPreview:
    """Preview a stack, and have Pulumi write its plan to a file.

    Raises:
        DeliveryError: there is no CLI.
    """
    streaming = dataclasses.replace(pulumi, environment={**pulumi.environment, **EVENTS})
    started = time.monotonic()
    done = streaming.call(*arguments(stack, config.resolve()), "--save-plan", str(plan.resolve()))
    return events.read(
        done.stdout.split("\n"),
        stack=stack,
        is_new=is_new,
        exit_code=done.returncode,
        said=done.stderr,
        seconds=time.monotonic() - started,
    )


@contextmanager
def preview_place(pulumi: Pulumi, stack: str, config: Path, *, is_new: bool) -> Iterator[Pulumi]:
    """Yield the CLI where a stack can be previewed; a new one in a backend of its own."""
    if not is_new:
        yield pulumi
        return
    with tempfile.TemporaryDirectory(prefix="dockyard-backend-") as folder:
        own = {**pulumi.environment, "PULUMI_BACKEND_URL": Path(folder).as_uri()}
        elsewhere = dataclasses.replace(pulumi, environment=own)
        deployment.make(elsewhere, stack, config)
        yield elsewhere
