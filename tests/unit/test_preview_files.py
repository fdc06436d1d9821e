"""The reports for machines."""

import json

import pytest

from delivery.preview import files
from delivery.preview.model import Operation, StackPreview
from tests.unit import preview_examples as examples
from tests.unit.preview_examples import NO_SECRETS, change, recorded


def test_the_json_is_the_golden_one() -> None:
    previews = [recorded("volume"), recorded("policies", "prod", is_new=True), recorded("failed")]
    examples.assert_golden("report.json", files.as_json(previews, redact=NO_SECRETS))


def test_the_json_of_nothing_has_no_stacks() -> None:
    assert json.loads(files.as_json([], redact=NO_SECRETS)) == {"stacks": []}


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([], (0, 0, 0)),
        ([Operation.CREATE], (1, 0, 0)),
        ([Operation.UPDATE, Operation.UPDATE], (0, 2, 0)),
        ([Operation.DELETE], (0, 0, 1)),
        ([Operation.REPLACE, Operation.REPLACE, Operation.DELETE], (2, 0, 3)),
        # Nothing comes into being or goes away.
        ([Operation.IMPORT, Operation.FORGET], (0, 0, 0)),
    ],
)
def test_gitlab_counts_a_replacement_as_both(
    operations: list[Operation], expected: tuple[int, int, int]
) -> None:
    stacks = [StackPreview(stack=each, changes=[change(each)]) for each in operations]
    counts = dict(zip(("create", "update", "delete"), expected, strict=True))
    assert json.loads(files.as_terraform(stacks)) == counts


def test_all_stacks_are_counted_together() -> None:
    report = files.as_terraform([recorded("volume"), recorded("update"), recorded("create")])
    assert json.loads(report) == {"create": 27, "update": 3, "delete": 7}
