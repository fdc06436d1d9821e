"""Making and removing a branch's stack: whose slot is whose, and what an error says."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import images
from delivery import branches, review_leftovers, review_slots, review_stack
from delivery.__main__ import main
from delivery.commands import review
from delivery.errors import DeliveryError, MisuseError
from delivery.pulumi import REPOSITORY
from delivery.review_slots import SLOT_TAG, Slots
from delivery.review_stack import BRANCH_TAG
from stacks import review_names
from tests.repositories import git
from tests.unit.review_backend import Backend

BRANCH = "fix/login"
STACK = review_names.stack_name(BRANCH)
OTHER = "review-other"
# For few slots: where the branch begins.
FIRST = review_names.preferred_slot(BRANCH, 3)
TAKEN = "Error: Bind for 127.0.0.1:20000 failed: port is already allocated"
LOCKED = "error: the stack is currently locked by 1 lock(s). Either wait …"


@pytest.fixture
def backend() -> Backend:
    """A backend with the branch's stack, which has nothing yet."""
    backend = Backend()
    backend.answer("stack", "init", "--stack", STACK)
    backend.asked.clear()
    return backend


def _hold(backend: Backend, slot: int, stack: str = OTHER) -> None:
    backend.give(stack, SLOT_TAG, str(slot))


def _slot(backend: Backend) -> str | None:
    return backend.tags[STACK].get(SLOT_TAG)


def test_a_branch_gets_the_slot_that_it_prefers(backend: Backend) -> None:
    assert Slots(backend, 3).take(BRANCH) == FIRST
    assert _slot(backend) == str(FIRST)


@pytest.mark.parametrize("taken", [1, 2])
def test_a_slot_that_another_stack_holds_is_passed_over(backend: Backend, taken: int) -> None:
    for step in range(taken):
        _hold(backend, (FIRST + step) % 3, f"{OTHER}{step}")
    assert Slots(backend, 3).free(BRANCH) == (FIRST + taken) % 3
    assert _slot(backend) is None
    assert Slots(backend, 3).take(BRANCH) == (FIRST + taken) % 3


def test_when_all_slots_are_taken_the_error_says_what_to_do(backend: Backend) -> None:
    for slot in range(3):
        _hold(backend, slot, f"{OTHER}{slot}")
    with pytest.raises(DeliveryError, match=r"all 3 places .* taken; 'python -m delivery sweep'"):
        Slots(backend, 3).take(BRANCH)
    assert _slot(backend) is None


def test_a_stack_keeps_its_slot(backend: Backend) -> None:
    _hold(backend, (FIRST + 2) % 3, STACK)
    assert Slots(backend, 3).take(BRANCH) == (FIRST + 2) % 3
    assert backend.asked == []


@pytest.mark.parametrize("text", ["3", "-1", "x", ""])
def test_a_slot_that_there_is_not_any_more_is_given_up(backend: Backend, text: str) -> None:
    backend.give(STACK, SLOT_TAG, text)
    assert Slots(backend, 3).held(STACK) is None
    assert Slots(backend, 3).take(BRANCH) == FIRST


def test_a_slot_that_two_stacks_hold_is_left(backend: Backend) -> None:
    _hold(backend, FIRST, STACK)
    _hold(backend, FIRST)
    assert Slots(backend, 3).take(BRANCH) == (FIRST + 1) % 3


def test_a_slot_that_will_not_do_is_left_for_the_next(backend: Backend) -> None:
    _hold(backend, FIRST, STACK)
    assert Slots(backend, 3).take(BRANCH, after=FIRST) == (FIRST + 1) % 3
    assert _slot(backend) == str((FIRST + 1) % 3)


@pytest.mark.parametrize(("rival", "steps"), [("review-a", 2), ("review-z", 1)])
def test_two_that_take_a_slot_at_once_part_and_go_different_ways(
    backend: Backend, rival: str, steps: int
) -> None:
    backend.after_tag.append(lambda: _hold(backend, FIRST, rival))
    assert Slots(backend, 5).take(BRANCH, after=FIRST - 1) == (FIRST + steps) % 5


def test_a_contested_slot_is_not_held_by_who_finds_no_other(backend: Backend) -> None:
    backend.after_tag.append(lambda: _hold(backend, 0))
    with pytest.raises(DeliveryError, match="all 1 places"):
        Slots(backend, 1).take(BRANCH)
    assert _slot(backend) is None


def test_there_is_a_slot_for_each_port_of_the_configuration(tmp_path: Path) -> None:
    project = {"config": {"reviewPorts": {"default": "20000-20009"}}}
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    assert review_slots.count(tmp_path) == 10
    shipped = tmp_path / "Pulumi.review.yaml"
    shipped.write_text("config:\n  dockyard:reviewPorts: 30000-30001\n")
    assert review_slots.count(tmp_path) == 2
    shipped.write_text("config:\n  dockyard:reviewPorts: many\n")
    with pytest.raises(DeliveryError, match="dockyard:reviewPorts: 'many' is not a range"):
        review_slots.count(tmp_path)


def _config(file: Path) -> dict[str, Any]:
    return {
        key.partition(":")[2]: value
        for key, value in yaml.safe_load(file.read_text())["config"].items()
    }


def test_a_configuration_for_previews_changes_nothing_in_the_backend(tmp_path: Path) -> None:
    backend = Backend()
    preferred = review_names.preferred_slot(BRANCH, 10_000)
    _hold(backend, preferred)
    known = ["dev", OTHER]
    stack, file = review_stack.composed(REPOSITORY, backend, BRANCH, tmp_path, known)
    assert stack == STACK
    config = _config(file)
    assert (config["reviewBranch"], config["reviewSlot"]) == (BRANCH, str(preferred + 1))
    assert config["keepData"] == "false"
    assert backend.asked == []


def test_a_configuration_for_previews_has_the_slot_of_the_stack(
    backend: Backend, tmp_path: Path
) -> None:
    _hold(backend, 0, STACK)
    _, file = review_stack.composed(REPOSITORY, backend, BRANCH, tmp_path, [STACK])
    assert _config(file)["reviewSlot"] == "0"


def test_without_other_review_environments_nobody_is_asked_for_a_slot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Backend, "stacks", lambda *_: pytest.fail("asked the backend"))
    _, file = review_stack.composed(REPOSITORY, Backend(), BRANCH, tmp_path, ["dev", "prod"])
    assert _config(file)["reviewSlot"] == str(review_names.preferred_slot(BRANCH, 10_000))


def test_the_first_deployment_makes_the_stack_and_says_whose_it_is(tmp_path: Path) -> None:
    backend = Backend()
    url = review_stack.up(backend, BRANCH, {"uiImage": "ui@sha256:1"}, tmp_path)
    assert url == f"http://{STACK}.localhost:20000"
    assert backend.tags[STACK] == {
        BRANCH_TAG: BRANCH,
        SLOT_TAG: str(review_names.preferred_slot(BRANCH, 10_000)),
    }
    (deployment,) = [each for each in backend.asked if each[0] == "up"]
    assert {"--yes", "--skip-preview", "--refresh"} <= set(deployment)
    config = _config(Path(deployment[deployment.index("--config-file") + 1]))
    assert config["uiImage"] == "ui@sha256:1"
    assert config["reviewSlot"] == backend.tags[STACK][SLOT_TAG]
    # The CLI writes there, not in the repository.
    (place,) = backend.made_in
    assert place not in {REPOSITORY, *REPOSITORY.parents}
    assert not place.is_relative_to(REPOSITORY)


def test_the_second_deployment_makes_no_stack(backend: Backend, tmp_path: Path) -> None:
    review_stack.up(backend, BRANCH, {}, tmp_path)
    assert not [each for each in backend.asked if each[:2] == ("stack", "init")]


def test_a_stack_of_another_branch_is_not_touched(backend: Backend, tmp_path: Path) -> None:
    backend.give(STACK, BRANCH_TAG, "another")
    with pytest.raises(DeliveryError, match=f"{STACK} is the review environment of 'another'"):
        review_stack.up(backend, BRANCH, {}, tmp_path)
    assert backend.deployments == []


def test_a_name_too_long_for_a_tag_is_still_recognised(tmp_path: Path) -> None:
    backend, branch = Backend(), "x" * 300
    for _ in range(2):
        review_stack.up(backend, branch, {}, tmp_path)
    assert backend.tags[review_names.stack_name(branch)][BRANCH_TAG] == "x" * 256


@pytest.mark.parametrize(
    "said",
    [
        TAKEN,
        "listen tcp4 127.0.0.1:20000: bind: address already in use",
        "Error: Pool overlaps with other one on this address space",
        "error: ipamConfigs has a subnet that overlaps with theirs (10.64.0.0/28); choose another",
        "Port 127.0.0.1:20000 can't be published: another program listens on it.",
    ],
)
def test_a_place_that_the_host_refuses_is_left_for_the_next(
    backend: Backend, tmp_path: Path, said: str
) -> None:
    backend.says.append((said, 1))
    review_stack.up(backend, BRANCH, {}, tmp_path)
    preferred = review_names.preferred_slot(BRANCH, 10_000)
    assert _slot(backend) == str(preferred + 1)
    assert backend.deployments == ["up", "up"]
    assert _config(tmp_path / f"Pulumi.{STACK}.yaml")["reviewSlot"] == str(preferred + 1)


@pytest.mark.parametrize(
    ("says", "tries"), [([("error: no such image", 1)], 1), ([(TAKEN, 1)] * 3, 3)]
)
def test_a_deployment_that_fails_says_how_to_go_on(
    backend: Backend, tmp_path: Path, says: list[tuple[str, int]], tries: int
) -> None:
    backend.says.extend(says)
    with pytest.raises(DeliveryError, match=r"could not be deployed; .*'python -m delivery review"):
        review_stack.up(backend, BRANCH, {}, tmp_path)
    assert backend.deployments == ["up"] * tries


@pytest.mark.parametrize("step", [0, 1])
def test_a_lock_that_was_left_says_how_to_break_it(
    backend: Backend, tmp_path: Path, step: int
) -> None:
    backend.says.extend([("", 0)] * step + [(LOCKED, 255)])
    with pytest.raises(DeliveryError, match=f"'pulumi cancel --yes {STACK}'"):
        review_stack.stop(backend, STACK, tmp_path)
    assert STACK in backend.tags


def test_a_deployment_under_way_loses_nothing_to_a_stop(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_leftovers, "remove", lambda state: pytest.fail("touched the host"))
    backend.says.append((LOCKED, 255))
    with pytest.raises(DeliveryError, match="another job works on"):
        review_stack.stop(backend, STACK, tmp_path)


def test_a_stop_cleans_the_host_before_it_destroys_and_forgets_the_stack_last(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        review_leftovers, "remove", lambda state: backend.asked.append(("clean", state["x"]))
    )
    backend.state["x"] = "y"
    assert review_stack.stop(backend, STACK, tmp_path)
    steps = [each[:2] for each in backend.asked]
    assert [each[0] for each in steps] == ["refresh", "clean", "destroy", "stack"]
    assert steps[1] == ("clean", "y")
    assert steps[-1] == ("stack", "rm")
    assert "--clear-pending-creates" in backend.asked[0]
    assert "--remove-backups" in backend.asked[-1]
    assert not review_stack.stop(backend, STACK, tmp_path)


@pytest.mark.parametrize("step", [0, 1])
def test_a_stop_that_fails_keeps_the_stack(backend: Backend, tmp_path: Path, step: int) -> None:
    backend.says.extend([("", 0)] * step + [("error: no route to host", 255)])
    with pytest.raises(DeliveryError, match=f"{STACK} could not be removed"):
        review_stack.stop(backend, STACK, tmp_path)
    assert STACK in backend.tags


def _state(host: str, **settings: Any) -> dict[str, Any]:
    urn = "urn:pulumi:review::dockyard::"
    resources = [
        {"urn": f"{urn}a::host-owner", "type": "pulumi:index:Stash", "outputs": {"output": "me"}},
        {
            "urn": f"{urn}b::host-1",
            "type": "pulumi:providers:docker",
            "inputs": {"host": host, **settings},
        },
        {"urn": f"{urn}c::ui", "type": "docker:index/container:Container", "id": "known"},
    ]
    return {"deployment": {"resources": resources}}


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have reached an engine, which lists two things of each kind."""
    ran: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        listed = "known\nstray\n" if " ls " in " ".join(command) else ""
        return subprocess.CompletedProcess(command, 0, listed, "")

    monkeypatch.setattr(subprocess, "run", run)
    return ran


def test_what_the_state_does_not_know_is_removed_and_nothing_else(
    commands: list[list[str]],
) -> None:
    review_leftovers.remove(_state("unix:///x.sock"))
    assert all(each[:3] == ["docker", "--host", "unix:///x.sock"] for each in commands)
    removed = [each[3:] for each in commands if "rm" in each]
    assert removed == [
        ["container", "rm", "--force", "--volumes", "stray"],
        ["network", "rm", "stray"],
        ["volume", "rm", "stray"],
    ]
    listed = [each for each in commands if "ls" in each]
    assert all("label=org.dockyard.owner=me" in each for each in listed)
    assert "--all" in listed[0]
    # The state has whole ids.
    assert all("--no-trunc" in each for each in listed[:2])


@pytest.mark.parametrize("as_given", [lambda options: options, json.dumps])
def test_a_host_over_ssh_is_reached_as_its_provider_does(
    commands: list[list[str]], as_given: Callable[[list[str]], object]
) -> None:
    options = as_given(["-o", "BatchMode=yes"])
    review_leftovers.remove(_state("ssh://deploy@198.51.100.11:2222", sshOpts=options))
    host = ["--", "ssh://deploy@198.51.100.11:2222"]
    assert commands[0][:5] == ["ssh", "-o", "BatchMode=yes", *host]
    assert commands[0][5].startswith("docker container ls --quiet --filter ")
    assert commands[1][5:] == ["docker container rm --force --volumes stray"]


@pytest.mark.parametrize("state", [{}, {"deployment": {}}, {"deployment": {"resources": []}}])
def test_a_stack_that_made_nothing_left_nothing(
    commands: list[list[str]], state: dict[str, Any]
) -> None:
    review_leftovers.remove(state)
    assert commands == []


def test_an_engine_that_does_not_answer_is_an_error_that_names_it() -> None:
    with pytest.raises(DeliveryError, match=r"'docker container ls' at unix:///no\.sock failed: "):
        review_leftovers.remove(_state("unix:///no.sock"))


@pytest.mark.parametrize(
    ("given", "environment", "branch"),
    [
        ("a", {"CI_COMMIT_REF_NAME": "b"}, "a"),
        (None, {"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "a", "CI_COMMIT_REF_NAME": "b"}, "a"),
        (None, {"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "", "CI_COMMIT_REF_NAME": "b"}, "b"),
        (None, {}, "feature/grün"),
    ],
)
def test_a_command_is_about_the_branch_given_or_the_jobs_or_gits(
    tmp_path: Path, given: str | None, environment: dict[str, str], branch: str
) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "feature/grün")
    assert branches.chosen(given, tmp_path, environment) == branch


def test_without_any_branch_the_error_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(MisuseError, match="name one with --branch"):
        branches.chosen(None, tmp_path, {})


@pytest.mark.parametrize("given", ["", "-x", "a b", "a\nb", "a~1", "a\udcff", "a:b", "\x7f"])
def test_what_git_takes_for_no_branch_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(MisuseError, match="--branch: "):
        branches.chosen(given, tmp_path, {})


def _run(monkeypatch: pytest.MonkeyPatch, url: str, *arguments: str) -> int:
    monkeypatch.setattr(review, "Pulumi", Backend)
    monkeypatch.setattr(Backend, "outputs", lambda self, stack: {"url": url})
    return main(["review", *arguments, "--branch", BRANCH])


def test_a_job_learns_the_url_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "review.env"
    assert _run(monkeypatch, "http://x.example:20000", "up", "--env-file", str(file)) == 0
    assert file.read_text() == "REVIEW_URL=http://x.example:20000\n"
    assert f"The page of {BRANCH} is at http://x.example:20000" in capsys.readouterr().out


def test_a_url_that_is_more_than_one_word_reaches_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "review.env"
    url = "http://x:20000\nPATH=/evil"
    assert _run(monkeypatch, url, "up", "--env-file", str(file)) == 1
    assert not file.exists()


def test_the_images_of_a_build_are_deployed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given: list[dict[str, str]] = []

    def up(pulumi: Backend, branch: str, values: dict[str, str], folder: Path) -> str:
        given.append(values)
        return "http://x:1"

    monkeypatch.setattr(review_stack, "up", up)
    file = tmp_path / "images.json"
    digest = f"sha256:{'0' * 64}"
    file.write_text(json.dumps({each: f"r/{each}@{digest}" for each in images.DEPLOYED}))
    assert _run(monkeypatch, "", "up", "--images", str(file)) == 0
    assert given == [{f"{each}Image": f"r/{each}@{digest}" for each in images.DEPLOYED}]


def test_a_stop_of_nothing_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "", "stop") == 0
    assert capsys.readouterr().out == f"There is no {STACK}; nothing to do.\n"


def test_the_name_alone_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "", "name") == 0
    assert capsys.readouterr().out == f"{STACK}\n"
