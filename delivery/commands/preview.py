"""``python -m delivery preview``: what would change, in the terminal, in files, in a note."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from delivery import branches, images_file, whole_file
from delivery.errors import DeliveryError
from delivery.preview import files, markdown, targets, terminal
from delivery.preview.merge_request import MergeRequest
from delivery.preview.model import StackPreview
from delivery.preview.redaction import Redactor
from delivery.preview.run import Previewer
from delivery.pulumi import Pulumi


class Colour(StrEnum):
    """When the terminal's report has colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--stack", action="append", default=[], help="repeatable; default: all that are configured"
    )
    parser.add_argument("--branch", help="whose stack 'review' is; default: this one's")
    parser.add_argument(
        "--images", type=Path, help="take the images in this file, which 'build --output' writes"
    )
    parser.add_argument(
        "--refresh", action="store_true", help="look first at how things really are"
    )
    parser.add_argument(
        "--expect-no-changes", action="store_true", help="fail if anything would change"
    )
    parser.add_argument("--output", type=Path, help="folder to write the reports to, as files")
    parser.add_argument(
        "--note", action="store_true", help="write the note of the pipeline's merge request"
    )
    parser.add_argument("--colour", type=Colour, choices=list(Colour), default=Colour.AUTO)
    parser.add_argument(
        "--timeout-seconds", type=_positive, default=600.0, help="for each stack; default: 600"
    )


def run(given: argparse.Namespace) -> int:
    """Preview, report, and say with the exit code whether it went well."""
    pulumi = Pulumi()
    names = targets.chosen(pulumi.root, given.stack)
    place = MergeRequest.of_pipeline(os.environ) if given.note else None
    previews = _previews(names, given, pulumi)
    redact = Redactor(os.environ)
    print(terminal.render(previews, redact=redact, colour=_is_coloured(given.colour)), end="")
    note = markdown.render(
        previews, redact=redact, job_url=os.environ.get("CI_JOB_URL", ""), commit=_commit()
    )
    if given.output:
        _write_files(given.output, previews, redact, note)
    problems = [_note_problem(place, note)] if place else []
    if given.expect_no_changes:
        problems += [
            f"{each.stack} differs from what is deployed; deploy it, or undo what was done by hand"
            for each in previews
            if each.changes
        ]
    for problem in filter(None, problems):
        print(f"error: {problem}", file=sys.stderr)
    return int(any(problems) or any(each.failed for each in previews))


def _previews(
    names: Sequence[str], given: argparse.Namespace, pulumi: Pulumi
) -> list[StackPreview]:
    references = images_file.read(given.images) if given.images else {}
    values = images_file.as_configuration(references)
    branch = branches.chosen_if_any(given.branch, pulumi.root)
    with tempfile.TemporaryDirectory(prefix="dockyard-preview-") as made:
        folder = Path(made)
        known = {record.name: record for record in pulumi.stacks()}
        previewer = Previewer(
            pulumi=pulumi,
            known=known,
            folder=folder,
            refresh=given.refresh,
            timeout_seconds=given.timeout_seconds,
        )
        return previewer.run(
            [
                targets.target(
                    name, pulumi=pulumi, branch=branch, values=values, folder=folder, known=known
                )
                for name in names
            ]
        )


def _write_files(
    folder: Path, previews: Sequence[StackPreview], redact: Redactor, note: str
) -> None:
    reports = {
        "preview.json": files.as_json(previews, redact=redact),
        "preview.txt": terminal.render(previews, redact=redact, colour=False),
        "preview.md": note,
        "terraform.json": files.as_terraform(previews),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in reports.items():
            whole_file.write(folder / name, content)
    except OSError as error:
        raise DeliveryError(
            f"--output {folder}: {error.strerror}; name a folder to write"
        ) from None


def _note_problem(place: MergeRequest, note: str) -> str:
    """Write the note and return why it couldn't be written, or nothing."""
    # The client takes a fifth of a second to import.
    from delivery.preview.note import write  # noqa: PLC0415

    try:
        outcome = write(place, note, say=lambda text: print(f"note: {text}", file=sys.stderr))
    except DeliveryError as error:
        return str(error)
    print(f"note of {place}: {outcome}", file=sys.stderr)
    return ""


def _commit() -> str:
    """Return the commit that people pushed: a merged result's pipeline has one of its own."""
    pushed = os.environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "")
    return pushed or os.environ.get("CI_COMMIT_SHA", "")


def _is_coloured(colour: Colour) -> bool:
    if colour is Colour.AUTO:
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return colour is Colour.ALWAYS


def _positive(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds
