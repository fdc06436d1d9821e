"""What is read from the engine's events."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.preview import events
from delivery.preview.model import Change, Diagnostic, Operation, StackPreview
from delivery.preview.values import SECRET, UNKNOWN
from tests.unit.preview_examples import FAILING, GOLDEN, URN, recorded

_MARKED = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "[secret]",
}
_NOT_KNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SUMMARY = {"summaryEvent": {"resourceChanges": {"same": 3}}}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def _read(*said: object, exit_code: int = 0, stderr: str = "") -> StackPreview:
    return events.read(
        [each if isinstance(each, str) else json.dumps(each) for each in said],
        stack="dev",
        is_new=False,
        exit_code=exit_code,
        said=stderr,
        seconds=1.5,
    )


def _step(operation: str, **metadata: Any) -> dict[str, object]:
    given = {"op": operation, "urn": f"{URN}ui", "type": "docker:index/container:Container"}
    return {"resourcePreEvent": {"metadata": given | metadata}}


def _changed(old: object, new: object, **metadata: Any) -> Change:
    step = _step("update", old={"inputs": old}, new={"inputs": new}, **metadata)
    return _read(step, _SUMMARY).changes[0]


def _sides(change: Change) -> list[tuple[str, str | None, str | None]]:
    return [(each.path, each.old, each.new) for each in change.differences]


@pytest.mark.parametrize("name", sorted(each.stem for each in GOLDEN.glob("*.jsonl")))
def test_the_counts_are_those_of_the_engine(name: str) -> None:
    lines = (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    summary = next(json.loads(each) for each in lines if each.startswith('{"summaryEvent'))
    expected = summary["summaryEvent"]["resourceChanges"]
    preview = recorded(name)
    deletes = preview.count(Operation.DELETE) + preview.count(Operation.FORGET)
    assert preview.unchanged == expected.get("same", 0)
    assert preview.count(Operation.CREATE) == expected.get("create", 0)
    assert preview.count(Operation.UPDATE) == expected.get("update", 0)
    assert preview.count(Operation.REPLACE) == expected.get("replace", 0)
    assert deletes == expected.get("delete", 0)
    assert preview.failed is (name in FAILING)


def test_what_was_asked_is_what_is_told() -> None:
    preview = events.read(
        [json.dumps(_SUMMARY)], stack="x", is_new=True, exit_code=0, said="", seconds=2.5
    )
    assert (preview.stack, preview.is_new, preview.seconds) == ("x", True, 2.5)


def test_steps_that_replace_are_one_change_that_says_why() -> None:
    (change,) = recorded("container").changes
    assert change.operation is Operation.REPLACE
    assert (change.name, change.physical_name) == ("reddit-ui", "reddit-ui")
    assert len(change.id) == 64
    assert [(each.path, each.old, each.new, each.replaces) for each in change.differences] == [
        ("envs[2]", "ENV=first", "ENV=second", True)
    ]


def test_a_replacement_that_another_causes_says_which_property_it_is() -> None:
    changes = {each.name: each for each in recorded("volume").changes}
    causes = [each.path for each in changes["reddit-post"].differences if each.replaces]
    assert causes == ["networksAdvanced[0].name", "networksAdvanced[1].name"]
    assert changes["reddit-post"].differences[-1].new == UNKNOWN


@pytest.mark.parametrize(
    ("name", "resource", "operation", "protected", "retained"),
    [
        ("volume", "reddit-data", Operation.REPLACE, False, False),
        ("refused", "reddit-data", Operation.REPLACE, True, False),
        ("forget", "reddit-data", Operation.FORGET, False, True),
        ("forget", "reddit-ui", Operation.DELETE, False, False),
    ],
)
def test_protection_and_retention_are_told(
    name: str, resource: str, operation: Operation, *, protected: bool, retained: bool
) -> None:
    change = next(each for each in recorded(name).changes if each.name == resource)
    assert (change.operation, change.protected, change.retained) == (
        operation,
        protected,
        retained,
    )


@pytest.mark.parametrize(
    ("operation", "old", "new", "expected"),
    [
        # A replacement is refused only if the program still asks for it.
        ("replace", {"protect": True}, {"protect": True}, True),
        ("replace", {"protect": True}, {}, False),
        ("replace", {}, {"protect": True}, False),
        ("delete", {"protect": True}, None, True),
        ("delete", {"protect": True, "retainOnDelete": True}, None, True),
        ("update", {"protect": True}, {"protect": True}, False),
        ("create", None, {"protect": True}, False),
    ],
)
def test_protected_means_that_pulumi_refuses(
    operation: str, old: object, new: object, *, expected: bool
) -> None:
    (change,) = _read(_step(operation, old=old, new=new), _SUMMARY).changes
    assert change.protected is expected


def test_what_was_deployed_decides_whether_it_stays() -> None:
    kept = _step("replace", old={"retainOnDelete": True}, new={})
    gone = _step("replace", urn=f"{URN}b", old={}, new={"retainOnDelete": True})
    changes = _read(kept, gone, _SUMMARY).changes
    assert [each.retained for each in changes] == [True, False]


@pytest.mark.parametrize(
    "operation", ["same", "read", "refresh", "discard", "remove-pending-replace"]
)
def test_what_changes_nothing_is_no_change(operation: str) -> None:
    assert _read(_step(operation), _SUMMARY).changes == []


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("create", Operation.CREATE),
        ("import", Operation.IMPORT),
        ("import-replacement", Operation.REPLACE),
        ("delete-replaced", Operation.REPLACE),
    ],
)
def test_steps_have_their_operation(operation: str, expected: Operation) -> None:
    assert [each.operation for each in _read(_step(operation), _SUMMARY).changes] == [expected]


def test_an_old_copy_that_is_deleted_is_a_change_beside_the_new_one() -> None:
    changes = _read(_step("update"), _step("delete"), _SUMMARY).changes
    assert [each.operation for each in changes] == [Operation.UPDATE, Operation.DELETE]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 2}, [("a", "1", "2")]),
        ({"a": 1}, {}, [("a", "1", None)]),
        ({}, {"b": True, "a": None}, [("a", None, "null"), ("b", None, "true")]),
        ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 3}]}}, [("a.b[1].c", "2", "3")]),
        ({"a": [1, 3]}, {"a": [1, 2, 3]}, [("a[1]", None, "2")]),
        ({"a": [1, 2, 3]}, {"a": [3]}, [("a[0]", "1", None), ("a[1]", "2", None)]),
        ({"a": [1, 1]}, {"a": [1]}, [("a[1]", "1", None)]),
        ({"a": "x"}, {"a": {"b": "ü"}}, [("a", "x", '{"b": "ü"}')]),
        ({"a": 1, "__defaults": []}, {"a": 2, "__defaults": ["b"]}, [("a", "1", "2")]),
        ({"a": "x"}, {"a": _NOT_KNOWN}, [("a", "x", UNKNOWN)]),
        ({"a": _MARKED}, {"a": "x"}, [("a", SECRET, "x")]),
        ({"a": _MARKED}, {"a": {"b": _MARKED}}, [("a", SECRET, '{"b": "[secret]"}')]),
        ({"dbPassword": "x"}, {"dbPassword": "y"}, [("dbPassword", SECRET, SECRET)]),
        ({"a": {"DB_TOKEN": "x"}}, {"a": {}}, [("a.DB_TOKEN", SECRET, None)]),
        ({}, {"a": [{"password": "x"}]}, [("a", None, '[{"password": "[secret]"}]')]),
        ({"key": "x"}, {"key": "y"}, [("key", "x", "y")]),
        (
            {},
            {
                "a": {
                    "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
                    "hash": "0123456789abcdef",
                    "text": "long",
                }
            },
            [("a", None, "[file 0123456789ab]")],
        ),
    ],
)
def test_properties_differ_where_they_do(
    old: object, new: object, expected: list[tuple[str, str | None, str | None]]
) -> None:
    assert _sides(_changed(old, new)) == expected


def test_only_what_the_provider_compares_is_told() -> None:
    change = _changed(
        {"a": 1, "b": 1}, {"a": 2, "b": 2}, detailedDiff={"b": {"diffKind": "update"}}
    )
    assert _sides(change) == [("b", "1", "2")]


@pytest.mark.parametrize(
    ("outputs", "path", "expected"),
    [
        ({"envs": _MARKED}, "envs", ("envs", SECRET, SECRET)),
        ({"envs": _MARKED}, "envs[2]", ("envs[2]", SECRET, SECRET)),
        ({"ports": [{"external": 1}]}, "ports[0].external", ("ports[0].external", "1", None)),
        ({"a": {"b.c": 5}}, 'a["b.c"]', ('a["b.c"]', "5", None)),
        ({"a": {"token": 5}}, "a.token", ("a.token", SECRET, None)),
        ({}, "ports[7]", ("ports[7]", None, None)),
    ],
)
def test_a_difference_that_the_inputs_do_not_show_is_told(
    outputs: Mapping[str, object], path: str, expected: tuple[str, str | None, str | None]
) -> None:
    state = {"inputs": {"envs": _MARKED} if "envs" in path else {}}
    step = _step(
        "update",
        old={**state, "outputs": outputs},
        new=state,
        detailedDiff={path: {"diffKind": "update"}},
    )
    assert _sides(_read(step, _SUMMARY).changes[0]) == [expected]


def test_a_replacement_without_any_difference_names_its_cause() -> None:
    step = _step("replace", old={"inputs": {}}, new={"inputs": {}}, keys=["provider"])
    (difference,) = _read(step, _SUMMARY).changes[0].differences
    assert (difference.path, difference.replaces) == ("provider", True)


def test_of_diagnostics_errors_and_warnings_are_kept_once() -> None:
    def said(severity: str, message: str) -> dict[str, object]:
        return {"diagnosticEvent": {"severity": severity, "message": message, "urn": URN}}

    preview = _read(
        said("debug", "a"), said("info", "b"), said("info#err", "c"), said("warning", "d\n"),
        said("warning", "d"), said("error", "e"), said("error", "preview failed\n"), _SUMMARY,
        exit_code=1,
    )  # fmt: skip
    assert preview.diagnostics == [
        Diagnostic(severity="warning", message="d", urn=URN),
        Diagnostic(severity="error", message="e", urn=URN),
    ]


@pytest.mark.parametrize(("level", "mandatory"), [("mandatory", True), ("advisory", False)])
def test_a_policy_that_must_be_kept_fails_the_preview(level: str, *, mandatory: bool) -> None:
    event = {
        "resourceUrn": URN,
        "message": "no\n",
        "policyName": "p",
        "policyPackName": "dockyard",
        "enforcementLevel": level,
    }
    preview = _read({"policyEvent": event}, _SUMMARY)
    (found,) = preview.violations
    assert (found.policy, found.pack, found.message, found.urn) == ("p", "dockyard", "no", URN)
    assert found.mandatory is preview.failed is mandatory
    assert preview.diagnostics == []


@pytest.mark.parametrize(
    ("said", "exit_code", "stderr", "expected"),
    [
        ([], 6, "error: no stack\n", "stopped with exit code 6 before"),
        ([], 0, "", "(it said nothing)"),
        ([_SUMMARY], 1, "killed", "exit code 1 before the preview was finished: killed"),
        ([_step("update")], 0, "oops", "exit code 0 before the preview was finished: oops"),
        (['{"summaryEvent": {', _SUMMARY], 0, "oops", "1 of Pulumi's events could not be read"),
        (["[1]", "null", _SUMMARY], 0, "oops", "2 of Pulumi's events could not be read"),
        ([f"{'[' * 100_000}", _SUMMARY], 0, "oops", "could not be read, the first '[[[["),
    ],
)
def test_a_preview_that_is_not_finished_failed_and_says_so(
    said: list[object], exit_code: int, stderr: str, expected: str
) -> None:
    preview = _read(*said, exit_code=exit_code, stderr=stderr)
    assert preview.failed
    (told,) = preview.diagnostics
    assert told.severity == "error"
    assert expected in told.message
    assert told.message.endswith(stderr.strip() or "(it said nothing)")
    assert len(told.message) < 300


def test_an_error_inside_the_engine_is_told() -> None:
    preview = _read({"errorEvent": {"error": "panic"}}, _SUMMARY)
    assert preview.failed
    assert [each.message for each in preview.diagnostics] == ["panic"]


def test_a_failure_that_is_explained_is_explained_once() -> None:
    error = {"diagnosticEvent": {"severity": "error", "message": "why"}}
    preview = _read(error, _SUMMARY, exit_code=1, stderr="why")
    assert [each.message for each in preview.diagnostics] == ["why"]


def test_empty_lines_are_nothing() -> None:
    assert not _read("", " ", _SUMMARY).failed


def test_what_stays_is_counted_without_a_summary_too() -> None:
    same = _step("same")
    assert _read(same, same, _step("read")).unchanged == 2
    assert _read(same, {"summaryEvent": {"resourceChanges": {"same": 0}}}).unchanged == 0


@settings(deadline=None)
@given(
    st.lists(
        st.text(max_size=20)
        | _JSON
        | st.builds(
            lambda event, body: {event: body},
            st.sampled_from(["diagnosticEvent", "policyEvent", "summaryEvent", "errorEvent"]),
            _JSON,
        )
        | st.builds(
            lambda operation, old, new, rest: _step(operation, old=old, new=new, **rest),
            st.sampled_from(["same", "update", "replace", "delete", "create"]),
            _JSON | st.fixed_dictionaries({"inputs": _JSON, "outputs": _JSON, "id": _JSON}),
            _JSON | st.fixed_dictionaries({"inputs": _JSON}),
            st.fixed_dictionaries({"detailedDiff": _JSON, "keys": _JSON, "diffs": _JSON}),
        ),
        max_size=6,
    )
)
def test_nothing_that_is_said_raises(said: list[object]) -> None:
    _read(*said)


def test_a_value_that_is_nested_deep_is_cut() -> None:
    nested: object = 1
    for _ in range(200):
        nested = {"a": nested}
    change = _changed({"a": nested}, {"a": 1})
    assert "…" in str(change.differences[0].old)
    change = _changed({"a": nested}, {"a": {"a": nested}})
    assert len(change.differences) == 1
