"""Previews for tests: what the real engine said, recorded and trimmed, and what nobody wishes for.

Each ``preview_golden/<name>.jsonl`` holds events of one ``pulumi preview``; what no report shows is
cut from them.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from delivery.preview import events
from delivery.preview.model import (
    Change,
    Diagnostic,
    Difference,
    Operation,
    StackPreview,
    Violation,
)
from delivery.preview.redaction import Redactor

GOLDEN = Path(__file__).with_name("preview_golden")
UPDATE = "DOCKYARD_UPDATE_GOLDEN"
"""Set it to 1 to write golden files anew; the tests that do so fail, and never run in a job."""

FAILING = frozenset({"failed", "policies", "refused"})
"""The recorded previews after which the CLI's exit code was 1."""
URN = "urn:pulumi:dev::dockyard::docker:index/container:Container::"
NO_SECRETS = Redactor({})


def recorded(name: str, stack: str = "dev", *, is_new: bool = False) -> StackPreview:
    """Return a recorded preview, as that of any stack."""
    return events.read(
        (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").split("\n"),
        stack=stack,
        is_new=is_new,
        exit_code=int(name in FAILING),
        said="",
        seconds=1.5,
    )


def of_a_merge_request() -> list[StackPreview]:
    """Return what a merge request that touches several stacks may come to."""
    return [
        recorded("container", "dev"),
        recorded("create", "review-new-login", is_new=True),
        recorded("volume", "staging"),
        recorded("failed", "ci"),
        recorded("no_changes", "prod"),
    ]


def change(operation: Operation = Operation.UPDATE, **fields: Any) -> Change:
    """Return a change, of a container unless said otherwise."""
    name = fields.pop("name", "reddit-ui")
    defaults = {"urn": URN + name, "type": "docker:index/container:Container", "name": name}
    return Change(operation=operation, **(defaults | fields))


def difference(old: str | None = "128", new: str | None = "160", **fields: Any) -> Difference:
    """Return a difference, of the memory unless said otherwise."""
    return Difference(**({"path": "memory", "old": old, "new": new} | fields))


def saying(text: str, *, failed: bool = True) -> StackPreview:
    """Return a preview that says a text wherever others than this program have a say."""
    differences = [difference(text, text, path=text), difference(text, None, path=text)]
    return StackPreview(
        stack=text,
        failed=failed,
        changes=[
            *(
                change(each, name=text, type=text, id=text, differences=differences)
                for each in (Operation.UPDATE, Operation.REPLACE)
            ),
            *(change(each, name=text, type=text) for each in (Operation.CREATE, Operation.IMPORT)),
            *(
                change(each, name="data", type="docker:index/volume:Volume", physical_name=text)
                for each in (Operation.DELETE, Operation.FORGET)
            ),
        ],
        diagnostics=[
            Diagnostic(severity=each, message=text, urn=URN + text) for each in ("error", "warning")
        ],
        violations=[
            Violation(policy=text, pack=text, mandatory=True, message=text, urn=URN + text)
        ],
    )


def many(count: int, *, kind: str = "docker:index/container:Container") -> StackPreview:
    """Return a preview of many replaced resources."""
    return StackPreview(
        stack="dev",
        changes=[
            change(
                Operation.REPLACE,
                name=f"reddit-{index:05}",
                type=kind,
                differences=[
                    difference(f"image-{index}:1", f"image-{index}:2", path="image", replaces=True),
                    *(difference(path=f"envs[{each}]") for each in range(5)),
                ],
            )
            for index in range(count)
        ],
        unchanged=7,
    )


def assert_golden(name: str, text: str) -> None:
    """Compare a text with its golden file, or write that anew."""
    file = GOLDEN / name
    if os.environ.get(UPDATE):
        if os.environ.get("CI"):
            pytest.fail(f"{UPDATE} is set in a job; golden files are looked at by people")
        file.write_text(text, encoding="utf-8")
        pytest.fail(f"{name} is written anew; look at what changed, then run without {UPDATE}")
    assert text == file.read_text(encoding="utf-8"), f"{name}; set {UPDATE}=1 to write it anew"
