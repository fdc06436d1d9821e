"""Plans: what they rest on, when they are refused, and how two of them differ."""

import dataclasses
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from delivery import apply as applying
from delivery import deployment, plan_file, settled
from delivery.__main__ import main
from delivery.apply import apply
from delivery.errors import DeliveryError, MisuseError
from delivery.plan import make
from delivery.plan_folder import Basis, PlanFolder
from delivery.preview.model import Diagnostic, StackPreview, Violation
from delivery.pulumi import Pulumi

BASIS = Basis(stack="prod", commit="a" * 40, state="some state", pulumi="v3.259.0")
UI = "urn:pulumi:prod::dockyard::dockyard:index:RedditApp$docker:index/container:Container::ui"
POST = UI.replace("::ui", "::post")
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def plan_of(**resources: Any) -> dict[str, Any]:
    """Return a plan as Pulumi writes it, of containers by name."""
    prefix = UI.rpartition("::")[0]
    plans = {f"{prefix}::{name}": content for name, content in resources.items()}
    return {"manifest": {"time": "now"}, "config": {}, "resourcePlans": plans}


def container(*steps: str, **goal: Any) -> dict[str, Any]:
    """Return a container's part of a plan."""
    return {"goal": goal, "steps": list(steps or ("create",)), "seed": "random"}


@pytest.fixture
def compared(tmp_path: Path) -> Callable[[object, object], list[str]]:
    """Say how one plan differs from another."""

    def compare(planned: object, now: object) -> list[str]:
        (tmp_path / "planned").write_text(json.dumps(planned))
        (tmp_path / "now").write_text(json.dumps(now))
        return plan_file.deviations(tmp_path / "planned", tmp_path / "now")

    return compare


@pytest.fixture
def folder(tmp_path: Path) -> PlanFolder:
    """A plan as it is kept."""
    made = PlanFolder(tmp_path / "plan")
    made.path.mkdir()
    made.plan.write_text(json.dumps(plan_of(ui=container())))
    made.config.write_text("config: {}\n")
    made.report.write_text("one container\n")
    made.seal(BASIS)
    return made


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A world that is as it was planned; returns what is done to it."""
    done: list[str] = []

    def preview(_: Pulumi, stack: str, config: Path, plan: Path, *, is_new: bool) -> StackPreview:
        plan.write_text(json.dumps(plan_of(ui=container())))
        # As Pulumi does with its salt.
        config.write_text(config.read_text() + "encryptionsalt: v1:…\n")
        return StackPreview(stack=stack, is_new=is_new)

    def follow(self: Pulumi, *arguments: str) -> subprocess.CompletedProcess[str]:
        assert self.environment["PULUMI_EXPERIMENTAL"] == "true"
        done.append(arguments[0])
        return subprocess.CompletedProcess([], 0, "")

    def make_stack(_: Pulumi, stack: str, config: Path) -> None:
        # It says what the stack's state is to be encrypted with.
        assert config.read_text().startswith("config:")
        done.append(f"make {stack}")

    monkeypatch.setattr(applying, "take_basis", lambda _, stack: dataclasses.replace(BASIS))
    monkeypatch.setattr(applying, "preview_into", preview)
    monkeypatch.setattr(Pulumi, "follow", follow)
    monkeypatch.setattr(deployment, "make", make_stack)
    return done


def test_equal_plans_do_not_differ(compared: Callable[..., list[str]]) -> None:
    assert not compared(plan_of(ui=container()), plan_of(ui=container()))


def test_what_differs_each_time_is_no_difference(compared: Callable[..., list[str]]) -> None:
    one = container(dependencies=["a", "b"], envs={**SECRET, "ciphertext": "one"})
    other = container(dependencies=["b", "a"], envs={**SECRET, "ciphertext": "two"})
    assert not compared(plan_of(ui=one), plan_of(ui={**other, "seed": "another"}))


def test_the_order_of_an_ordinary_list_is_a_difference(compared: Callable[..., list[str]]) -> None:
    one, other = container(command=["a", "b"]), container(command=["b", "a"])
    assert compared(plan_of(ui=one), plan_of(ui=other)) == [
        "Container ui: planned create, now with other command"
    ]


def test_a_value_called_ciphertext_is_compared(compared: Callable[..., list[str]]) -> None:
    one, other = container(labels={"ciphertext": "a"}), container(labels={"ciphertext": "b"})
    assert compared(plan_of(ui=one), plan_of(ui=other))


def test_differences_are_said_in_words(compared: Callable[..., list[str]]) -> None:
    planned = plan_of(
        a=container("same"), b=container("create"), c=container("update", image="1", memory=1)
    )
    now = plan_of(
        a=container("delete-replaced", "replace"),
        c=container("update", image="2", memory=2),
        d=container("create"),
    )
    assert compared(planned, now) == [
        "Container a: planned unchanged, now delete-replaced+replace",
        "Container b: planned create, and now it is not there",
        "Container c: planned update, now with other image, memory",
        "Container d: now create, and the plan doesn't know it",
    ]


@pytest.mark.parametrize(
    "content", [None, [], {}, {"resourcePlans": []}, {"resourcePlans": {"a": 1}}]
)
def test_what_is_no_plan_is_refused(compared: Callable[..., list[str]], content: object) -> None:
    with pytest.raises(DeliveryError, match="planned is no plan of Pulumi's"):
        compared(content, plan_of())


def test_many_findings_stay_one_line() -> None:
    said = plan_file.in_words([f"Container {number}" for number in range(400)])
    assert said.endswith("Container 4; and 395 more")
    assert plan_file.in_words(["a", "b"]) == "a; b"


def test_a_kept_plan_says_what_it_rests_on(folder: PlanFolder) -> None:
    assert folder.exists
    assert folder.open() == BASIS


@pytest.mark.parametrize("name", ["plan.json", "config.yaml", "report.txt", "basis.json"])
@pytest.mark.parametrize("damage", ["altered", "cut short", "emptied", "lost"])
def test_a_damaged_plan_is_refused(folder: PlanFolder, name: str, damage: str) -> None:
    file = folder.path / name
    text = file.read_text()
    if damage == "lost":
        file.unlink()
    else:
        changed = {"altered": text.replace("o", "0"), "cut short": text[:-5], "emptied": ""}
        file.write_text(changed[damage])
    expected = MisuseError if (name, damage) == ("basis.json", "lost") else DeliveryError
    with pytest.raises(expected, match=name if expected is DeliveryError else "there is no plan"):
        folder.open()


@pytest.mark.parametrize("part", ["basis", "checksums"])
def test_what_a_plan_rests_on_cannot_be_changed_later(folder: PlanFolder, part: str) -> None:
    file = folder.path / "basis.json"
    content = json.loads(file.read_text())
    content[part] = {}
    file.write_text(json.dumps(content))
    with pytest.raises(DeliveryError, match=r"basis\.json is not as the plan was made"):
        folder.open()


def test_a_folder_without_a_plan_is_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", "--plan", str(tmp_path)]) == 2
    assert "there is no plan in" in capsys.readouterr().err


def test_a_plan_that_fits_is_deployed(folder: PlanFolder, world: list[str]) -> None:
    apply(Pulumi(), folder, None)
    assert world == ["up"]


def test_a_plan_can_be_applied_only_as_it_was_sealed(folder: PlanFolder, world: list[str]) -> None:
    before = {file.name: file.read_bytes() for file in folder.path.iterdir()}
    apply(Pulumi(), folder, None)
    assert {file.name: file.read_bytes() for file in folder.path.iterdir()} == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"state": "another"}, "the stack prod has changed since the plan was made"),
        ({"state": ""}, "the stack prod has changed since the plan was made"),
        ({"commit": "b" * 40}, "the plan is for the commit aaaaaaaaaaaa, and bbbbbbbbbbbb is"),
        ({"pulumi": "v3.260.0"}, r"was made by Pulumi v3\.259\.0, and this is v3\.260\.0"),
        ({"stack": "prod-staging"}, "is for the stack prod, not for prod-staging"),
    ],
)
def test_a_plan_that_rests_on_something_else_is_refused(
    folder: PlanFolder,
    world: list[str],
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    message: str,
) -> None:
    now = dataclasses.replace(BASIS, **change)
    monkeypatch.setattr(applying, "take_basis", lambda _, stack: now)
    with pytest.raises(DeliveryError, match=message) as refused:
        apply(Pulumi(), folder, None)
    assert "\n" not in str(refused.value)
    assert not world


def test_an_altered_plan_is_refused_before_anything(folder: PlanFolder, world: list[str]) -> None:
    folder.config.write_text("config: {dockyard:uiPort: 80}\n")
    with pytest.raises(DeliveryError, match=r"config\.yaml is not as the plan was made"):
        apply(Pulumi(), folder, None)
    assert not world


def test_other_steps_than_planned_are_refused(
    folder: PlanFolder, world: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def preview(_: Pulumi, stack: str, config: Path, plan: Path, *, is_new: bool) -> StackPreview:
        plan.write_text(json.dumps(plan_of(ui=container("delete"))))
        return StackPreview(stack=stack)

    monkeypatch.setattr(applying, "preview_into", preview)
    with pytest.raises(
        DeliveryError,
        match="nothing was touched: Container ui: planned create, now delete; make a new plan",
    ):
        apply(Pulumi(), folder, None)
    assert not world


def test_a_preview_that_fails_now_is_refused_with_its_reason(
    folder: PlanFolder, world: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = StackPreview(
        stack="prod",
        failed=True,
        diagnostics=[
            Diagnostic(severity="warning", message="never mind"),
            Diagnostic(severity="error", message="the host is gone\n"),
        ],
        violations=[
            Violation(policy="p", pack="k", mandatory=True, message="no limits"),
            Violation(policy="q", pack="k", mandatory=False, message="could be nicer"),
        ],
    )
    monkeypatch.setattr(applying, "preview_into", lambda *_, **__: failed)
    with pytest.raises(DeliveryError) as refused:
        apply(Pulumi(), folder, None)
    assert str(refused.value) == (
        "the preview of prod fails now, nothing was touched: the host is gone; no limits"
    )
    assert not world


def test_a_deployment_that_leaves_the_plan_says_where(
    folder: PlanFolder, world: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"error: resource {UI} violates plan: properties changed: ~~memory[{{256}}!={{300}}]"
    done = subprocess.CompletedProcess([], 255, f"  {said}\n  {said}\n")
    monkeypatch.setattr(Pulumi, "follow", lambda *_: done)
    with pytest.raises(
        DeliveryError, match=r"left the plan.*: ui: properties changed: ~~memory\[.*; make a new"
    ) as failed:
        apply(Pulumi(), folder, None)
    assert str(failed.value).count("memory") == 1


def test_another_failure_is_not_taken_for_a_violation(
    folder: PlanFolder, world: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.CompletedProcess([], 1, "error: no space left")
    monkeypatch.setattr(Pulumi, "follow", lambda *_: done)
    with pytest.raises(DeliveryError, match="the deployment of prod failed; what it said is above"):
        apply(Pulumi(), folder, None)


def test_a_stack_is_made_beside_the_configuration_that_says_what_it_is_encrypted_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("secretsprovider: gcpkms://projects/p/key\n")
    found = []

    def answer(self: Pulumi, *arguments: str) -> str:
        found.append((arguments[:2], (self.root / "Pulumi.prod.yaml").read_text()))
        return ""

    monkeypatch.setattr(Pulumi, "answer", answer)
    deployment.make(Pulumi(), "prod", config)
    assert found == [(("stack", "init"), config.read_text())]


def test_a_stack_that_was_not_there_is_made_only_when_all_is_well(
    folder: PlanFolder, world: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    new = dataclasses.replace(BASIS, state="")
    folder.seal(new)
    monkeypatch.setattr(applying, "take_basis", lambda _, stack: new)
    # The place for its preview is made in the same way, in a backend of its own.
    apply(Pulumi(), folder, None)
    assert world == ["make prod", "make prod", "up"]


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(MisuseError, match="holds other things than a plan; name another folder"):
        make(Pulumi(), "prod", tmp_path / "none", {}, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


def exported(*resources: dict[str, Any], pending: tuple[dict[str, Any], ...] = ()) -> str:
    """Return a state as `pulumi stack export` prints it."""
    deployment = {"resources": list(resources), "pending_operations": list(pending)}
    return json.dumps({"deployment": {"manifest": {"time": "now"}, **deployment}})


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The fingerprint of a stack with given resources."""

    def fingerprint(*resources: dict[str, Any], **more: Any) -> str:
        text = exported(*resources, **more)
        listed = json.dumps([{"name": "organization/dockyard/prod"}])
        monkeypatch.setattr(
            Pulumi, "answer", lambda _, *words: text if "export" in words else listed
        )
        return deployment.state_fingerprint(Pulumi(), "prod")

    return fingerprint


def test_a_state_that_was_only_touched_is_the_same(state: Callable[..., str]) -> None:
    one = {"urn": UI, "id": "1", "modified": "yesterday", "inputs": {**SECRET, "ciphertext": "a"}}
    other = {"urn": UI, "id": "1", "modified": "today", "inputs": {**SECRET, "ciphertext": "b"}}
    post = {"urn": POST, "id": "2"}
    assert state(one, post) == state(post, other)


@pytest.mark.parametrize(
    "change", [{"id": "2"}, {"inputs": {"memory": 2}}, {"outputs": {"ip": "b"}}, {"protect": True}]
)
def test_a_state_that_says_something_else_is_another(
    state: Callable[..., str], change: dict[str, Any]
) -> None:
    before = {"urn": UI, "id": "1", "inputs": {"memory": 1}, "outputs": {"ip": "a"}}
    assert state(before) != state({**before, **change})


def test_an_operation_that_is_not_finished_is_another_state(state: Callable[..., str]) -> None:
    resource = {"urn": UI, "id": "1"}
    pending = {"resource": resource, "type": "creating"}
    assert state(resource) != state(resource, pending=(pending,))


def test_a_stack_that_is_not_there_has_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pulumi, "answer", lambda *_: json.dumps([{"name": "prod-staging"}]))
    assert deployment.state_fingerprint(Pulumi(), "prod") == ""


def test_an_empty_stack_has_a_state(state: Callable[..., str]) -> None:
    assert state()


def test_a_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert settled.fingerprint({"a": 1, "b": 2}) == settled.fingerprint({"b": 2, "a": 1})
    assert settled.fingerprint({"a": 1}) != settled.fingerprint({"a": 2})
