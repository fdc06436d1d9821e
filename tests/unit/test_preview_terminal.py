"""The report for a terminal."""

import pytest

from delivery.preview import terminal
from delivery.preview.model import Diagnostic, Operation, StackPreview
from tests.unit import preview_examples as examples
from tests.unit.preview_examples import NO_SECRETS, change, difference, recorded, saying


def _report(*previews: StackPreview, colour: bool = False) -> str:
    return terminal.render(previews, redact=NO_SECRETS, colour=colour)


def test_the_report_is_the_golden_one() -> None:
    previews = [*examples.of_a_merge_request(), recorded("policies", "shop", is_new=True)]
    examples.assert_golden("terminal.txt", _report(*previews))


def test_the_colours_are_the_golden_ones() -> None:
    previews = [recorded("volume"), recorded("failed", "ci"), recorded("no_changes", "prod")]
    examples.assert_golden("terminal_colours.txt", _report(*previews, colour=True))


def test_nothing_but_colours_differs_with_them() -> None:
    preview = saying("x")
    coloured = _report(preview, colour=True)
    for code in ("1", "31", "32", "33", "0"):
        assert f"\x1b[{code}m" in coloured
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == _report(preview)


def test_what_others_say_moves_no_cursor() -> None:
    report = _report(saying("\x1b[2Jx\x1b[1A\r\x07"), colour=True)
    assert "\x1b[2J" not in report
    assert "\r" not in report
    assert "x\\u000d\\u0007" in report


def test_columns_stand_below_their_titles() -> None:
    stacks = [StackPreview(stack=name, unchanged=7) for name in ("a", "a-long-name")]
    title, *rows = _report(*stacks).split("\n")[2:5]
    assert {row.index("7") for row in rows} == {title.index("unchanged") + len("unchanged") - 1}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("128", "160", "memory: 128 → 160"),
        (None, "160", "memory: (none) → 160"),
        ("128", None, "memory: 128 → (none)"),
        ("a\nb", "c", "memory\n        - a\n        - b\n        + c"),
        ("x" * 90, None, f"memory\n        - {'x' * 90}"),
        ("x" * 500, None, f"memory\n        - {'x' * 400}… (100 more characters)"),
    ],
)
def test_short_values_stand_beside_each_other(
    old: str | None, new: str | None, expected: str
) -> None:
    preview = StackPreview(stack="dev", changes=[change(differences=[difference(old, new)])])
    assert f"      {expected}\n" in _report(preview)


def test_why_something_is_replaced_is_marked() -> None:
    replaced = change(
        Operation.REPLACE,
        protected=True,
        retained=True,
        differences=[difference(replaces=True), difference(None, "a\nb", replaces=True)],
    )
    report = _report(StackPreview(stack="dev", changes=[replaced]))
    assert "  replace  reddit-ui  docker:Container, protected, retained\n" in report
    assert "memory: 128 → 160  (replaces)\n" in report
    assert "memory  (replaces)\n        + a\n" in report


def test_what_is_said_of_no_resource_names_the_stack_alone() -> None:
    said = [Diagnostic(severity="error", message="a\nb")]
    assert "\nErrors\n  dev\n    a\n    b\n" in _report(StackPreview(stack="dev", diagnostics=said))


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("docker:index/container:Container", "docker:Container"),
        ("gcp:compute/disk:Disk", "gcp:compute:Disk"),
        ("dockyard:index:RedditApp", "dockyard:RedditApp"),
        ("pulumi:providers:docker", "pulumi:providers:docker"),
        ("pulumi:pulumi:Stack", "pulumi:pulumi:Stack"),
        ("odd", "odd"),
        ("a:b", "a:b"),
    ],
)
def test_types_are_written_as_people_write_them(token: str, expected: str) -> None:
    report = _report(StackPreview(stack="dev", changes=[change(type=token)]))
    assert f"reddit-ui  {expected}\n" in report


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], "Preview of no stack"),
        (["no_changes"], "Preview of 1 stack: 1 stays as it is"),
        (["no_changes", "no_changes"], "Preview of 2 stacks: 2 stay as they are"),
        (
            ["update", "failed", "volume", "refused", "forget"],
            "Preview of 5 stacks: 2 fail, 1 loses data, 2 change",
        ),
    ],
)
def test_the_headline_counts_verdicts_with_the_worst_first(names: list[str], expected: str) -> None:
    assert _report(*map(recorded, names)).split("\n")[0] == expected
