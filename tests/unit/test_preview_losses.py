"""What is said of data that changes touch."""

import pytest

from delivery.preview.losses import losses
from delivery.preview.model import Change, Operation, StackPreview
from tests.unit.preview_examples import change, recorded

_VOLUME = "docker:index/volume:Volume"


def _sentences(*changes: Change) -> list[str]:
    found = losses(StackPreview(stack="prod", changes=changes))
    return [each.sentence(lambda name: f"<{name}>") for each in found]


@pytest.mark.parametrize(
    ("operation", "fields", "expected"),
    [
        (Operation.DELETE, {}, "will be deleted: what it holds is lost."),
        (Operation.REPLACE, {}, "will be deleted and made anew: what it holds is lost."),
        (
            Operation.REPLACE,
            {"retained": True},
            "stays where it is, no longer looked after; a new, empty one takes its place.",
        ),
        (Operation.FORGET, {"retained": True}, "stays where it is, no longer looked after."),
        (
            Operation.DELETE,
            {"protected": True},
            "is protected: Pulumi refuses to delete it, and the deployment stops.",
        ),
        (
            Operation.REPLACE,
            {"protected": True, "retained": True},
            "is protected: Pulumi refuses to replace it, and the deployment stops.",
        ),
    ],
)
def test_what_becomes_of_a_volume_is_said_in_words(
    operation: Operation, fields: dict[str, bool], expected: str
) -> None:
    volume = change(operation, type=_VOLUME, physical_name="reddit-data", **fields)
    assert _sentences(volume) == [f"The volume <reddit-data> of the stack <prod> {expected}"]


@pytest.mark.parametrize("operation", [Operation.CREATE, Operation.UPDATE, Operation.IMPORT])
def test_what_touches_no_data_is_not_worth_a_word(operation: Operation) -> None:
    assert _sentences(change(operation, type=_VOLUME, protected=True)) == []


def test_a_container_holds_nothing_that_is_missed() -> None:
    assert _sentences(change(Operation.REPLACE), change(Operation.DELETE)) == []


@pytest.mark.parametrize(
    ("kind", "noun"),
    [
        ("gcp:compute/disk:Disk", "disk"),
        ("gcp:compute/regionDisk:RegionDisk", "disk"),
        ("gcp:compute/snapshot:Snapshot", "snapshot"),
        ("gcp:compute/instance:Instance", "VM"),
        ("gcp:storage/bucket:Bucket", "bucket"),
        ("gcp:sql/databaseInstance:DatabaseInstance", "database server"),
        ("gcp:sql/database:Database", "database"),
        ("aws:rds/instance:Instance", "database server"),
        ("gitlab:index/group:Group", "GitLab group"),
        ("gitlab:index/project:Project", "GitLab project"),
    ],
)
def test_what_holds_data_is_called_as_people_do(kind: str, noun: str) -> None:
    (sentence,) = _sentences(change(Operation.DELETE, type=kind))
    assert sentence.startswith(f"The {noun} <")


@pytest.mark.parametrize(
    ("kind", "noun"),
    [
        ("docker:index/remoteImage:RemoteImage", "remote image"),
        ("aws:iam/role:IAMRole", "iam role"),
        ("x:y:<script>/../@all", "script all"),
        ("", "resource"),
        (f"x:y:{'A' * 99}", "a" * 40),
    ],
)
def test_whatever_is_protected_has_a_noun_of_harmless_words(kind: str, noun: str) -> None:
    (sentence,) = _sentences(change(Operation.DELETE, type=kind, protected=True))
    assert sentence.startswith(f"The {noun} <")


@pytest.mark.parametrize(
    ("physical_name", "identifier", "expected"),
    [("there", "id", "there"), ("", "id", "id"), ("", "", "here")],
)
def test_it_is_named_as_it_is_called_where_it_is(
    physical_name: str, identifier: str, expected: str
) -> None:
    lost = change(
        Operation.DELETE, type=_VOLUME, name="here", id=identifier, physical_name=physical_name
    )
    assert f"<{expected}>" in _sentences(lost)[0]


def test_the_worst_comes_first_and_then_the_alphabet() -> None:
    changes = [
        change(Operation.FORGET, type=_VOLUME, name="a", retained=True),
        change(Operation.DELETE, type=_VOLUME, name="b", protected=True),
        change(Operation.DELETE, type=_VOLUME, name="d"),
        change(Operation.DELETE, type=_VOLUME, name="c"),
    ]
    found = losses(StackPreview(stack="prod", changes=changes))
    assert [(each.name, each.is_grave) for each in found] == [
        ("c", True),
        ("d", True),
        ("b", True),
        ("a", False),
    ]


def test_the_real_engine_s_replacement_of_a_volume_is_a_loss() -> None:
    (loss,) = losses(recorded("volume"))
    assert loss.sentence(str) == (
        "The volume reddit-ferretdb-data of the stack dev will be deleted and made anew: "
        "what it holds is lost."
    )
