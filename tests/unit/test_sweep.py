"""The end of review environments: whose branch is gone, who is too old, and who is spared."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delivery import branches, review_stack
from delivery.__main__ import main
from delivery.commands import sweep
from delivery.errors import DeliveryError
from delivery.pulumi import Pulumi, StackRecord
from delivery.review_stack import BRANCH_TAG
from delivery.review_sweep import Verdict, judge, oldest_allowed
from stacks import review_names
from tests.repositories import git
from tests.unit.review_backend import Backend

NOW = datetime(2026, 1, 31, tzinfo=UTC)
GONE, KEPT = (review_names.stack_name(each) for each in ("gone", "kept"))
ODD = "fix/größe\u2028\x85#1"


def _record(name: str, days_ago: float | None = 0) -> StackRecord:
    last = None if days_ago is None else NOW - timedelta(days=days_ago)
    return StackRecord(name, last)


def _judge(
    records: list[StackRecord], claimed: set[str], max_age_days: int | None = None
) -> list[Verdict]:
    before = oldest_allowed(NOW, max_age_days)
    there = {"kept", "main"}
    return list(judge(records, claimed=claimed, branches=there, updated_before=before))


def test_only_stacks_whose_branch_is_gone_are_stopped() -> None:
    (verdict,) = _judge([_record(KEPT), _record(GONE)], {KEPT, GONE})
    assert verdict == Verdict(GONE, "is of a branch that is gone", stops=True)


@pytest.mark.parametrize("name", ["dev", "prod", "ci", "review", "dev-review-x", "reviewer-x"])
def test_other_stacks_are_none_of_its_business(name: str) -> None:
    assert _judge([_record(name, days_ago=99)], {name}, max_age_days=1) == []


def test_a_stack_of_nobody_known_is_told_of_and_kept() -> None:
    (verdict,) = _judge([_record("review-mine")], {GONE})
    assert not verdict.stops
    assert "no branch that can be told" in verdict.why


def test_a_stack_of_a_branch_that_is_there_is_needed_even_if_it_does_not_say_so() -> None:
    assert _judge([_record(KEPT)], set()) == []


@pytest.mark.parametrize("name", [KEPT, "review-mine"])
@pytest.mark.parametrize(("days", "stops"), [(6.9, False), (7, True), (30, True), (None, False)])
def test_a_stack_that_was_not_deployed_for_long_is_stopped(
    name: str, days: float | None, *, stops: bool
) -> None:
    verdicts = _judge([_record(name, days)], {KEPT}, max_age_days=7)
    assert [each.stack for each in verdicts if each.stops] == ([name] if stops else [])


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A remote repository with a few branches, a tag, and one branch of an odd name."""
    bare, work = tmp_path / "remote.git", tmp_path / "work"
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    git(tmp_path, "init", "--quiet", "--initial-branch", "main", str(work))
    git(work, "commit", "--allow-empty", "--message", "first")
    for branch in ("kept", ODD):
        git(work, "branch", branch)
    git(work, "tag", "gone")
    git(work, "push", "--quiet", str(bare), "--all")
    git(work, "push", "--quiet", str(bare), "--tags")
    return bare


def test_branches_are_those_of_the_remote_to_the_letter(remote: Path, tmp_path: Path) -> None:
    assert branches.on_remote(tmp_path, str(remote)) == {"main", "kept", ODD}


def test_a_branch_that_python_can_not_read_is_still_one_of_its_own(remote: Path) -> None:
    (remote / "refs/heads/main").rename(remote / "refs/heads/m\udcffin")
    found = branches.on_remote(remote, ".")
    assert "m\udcffin" in found
    assert len({review_names.stack_name(each) for each in found}) == 3


def test_a_remote_without_branches_is_an_error(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "empty.git")
    with pytest.raises(DeliveryError, match="says that it has no branches; nothing was touched"):
        branches.on_remote(tmp_path, "empty.git")


def test_a_remote_that_does_not_answer_is_an_error_without_its_password(tmp_path: Path) -> None:
    remote = "http://ci:pass@word@127.0.0.1:9/x.git"
    with pytest.raises(DeliveryError, match="doesn't answer; nothing was touched") as refusal:
        branches.on_remote(tmp_path, remote)
    assert "pass" not in str(refusal.value)
    assert "word" not in str(refusal.value)
    assert "http://127.0.0.1:9/x.git" in str(refusal.value)


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stacks that were stopped; ``review-stuck`` can't be."""
    stopped: list[str] = []
    backend = Backend()
    for branch in ("kept", "gone", ODD, "stuck", "last"):
        backend.give(review_names.stack_name(branch), BRANCH_TAG, branch)

    def stop(pulumi: Pulumi, stack: str, folder: Path) -> bool:
        if "stuck" in stack:
            raise DeliveryError("no route to host")
        stopped.append(stack)
        return True

    monkeypatch.setattr(sweep, "Pulumi", lambda: backend)
    monkeypatch.setattr(review_stack, "stop", stop)
    return stopped


def test_one_that_can_not_be_stopped_does_not_spare_the_others(
    remote: Path, stopped: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "--remote", str(remote)]) == 1
    assert stopped == [GONE, review_names.stack_name("last")]
    said = capsys.readouterr()
    assert said.out.endswith("2 stopped, 1 failed.\n")
    assert said.err == "error: no route to host\n"


def test_a_dry_run_stops_nothing(
    remote: Path, stopped: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "--remote", str(remote), "--dry-run"]) == 0
    assert stopped == []
    said = capsys.readouterr().out
    assert f"{GONE} is of a branch that is gone." in said
    assert said.endswith("3 to stop, 0 failed.\n")


def test_nothing_is_stopped_while_the_remote_does_not_answer(
    tmp_path: Path, stopped: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "--remote", str(tmp_path / "nowhere")]) == 1
    assert stopped == []
    assert "nothing was touched" in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "-1", "x", "1.5"])
def test_an_age_that_is_none_is_misuse(days: str, stopped: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["sweep", "--max-age-days", days])
    assert end.value.code == 2
    assert stopped == []
