"""Review environments of several branches on one engine, by the commands that jobs call."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import docker
import pytest

from stacks import review_names
from tests.e2e.page import Page
from tests.e2e.stack import REPOSITORY, STACK_LABEL, Run, remove_things, things_of
from tests.repositories import git

SLOTS = 10_000
FIRST_PORT = 20_000
PLAIN = "e2e/plain"
ODD = "Fix/ÜBER_größe…🐳/" + "lang" * 40
THINGS = 7
_TIMEOUT_SECONDS = 300


class Delivery:
    """The delivery's commands, with a backend of their own."""

    def __init__(self, home: Path) -> None:
        self._environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": home.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "for tests",
        }
        self._environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        return self._start(sys.executable, "-m", "delivery", *arguments)

    def run(self, *arguments: str) -> Run:
        """Run a command."""
        return self._run(sys.executable, "-m", "delivery", *arguments)

    def up(self, branch: str, *arguments: str) -> Page:
        """Deploy a branch's environment and return its page."""
        run = self.run("review", "up", "--branch", branch, *arguments)
        assert run.code == 0, run.output
        last = run.output.rstrip().rpartition("\n")[2]
        return Page(last.rpartition(" ")[2])

    def stop(self, branch: str) -> str:
        """Remove a branch's environment and return what was said."""
        run = self.run("review", "stop", "--branch", branch)
        assert run.code == 0, run.output
        return run.output

    def pulumi(self, *arguments: str) -> str:
        """Run Pulumi's command line."""
        run = self._run("pulumi", *arguments, "--non-interactive")
        assert run.code == 0, run.output
        return run.output

    def stacks(self) -> set[str]:
        """Return the names of the stacks in the backend."""
        return {each["name"] for each in json.loads(self.pulumi("stack", "ls", "--json"))}

    def outputs(self, branch: str) -> dict[str, Any]:
        """Return the outputs of a branch's stack."""
        stack = review_names.stack_name(branch)
        return dict(json.loads(self.pulumi("stack", "output", "--json", "--stack", stack)))

    def _run(self, *command: str) -> Run:
        process = self._start(*command)
        output, _ = process.communicate(timeout=_TIMEOUT_SECONDS)
        return Run(process.returncode, output)

    def _start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603
            command,
            cwd=REPOSITORY,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


@pytest.fixture
def delivery(tmp_path: Path, engine: docker.DockerClient) -> Iterator[Delivery]:
    """The commands. What they deployed is gone at the end, whatever happened."""
    home = tmp_path / "state"
    home.mkdir()
    delivery = Delivery(home)
    yield delivery
    for stack in delivery.stacks():
        delivery.pulumi("cancel", "--yes", stack)
        remove_things(engine, label=f"{STACK_LABEL}={stack}")


def _things(branch: str, engine: docker.DockerClient) -> list[str]:
    return things_of(review_names.stack_name(branch), engine)


def _containers(branch: str, engine: docker.DockerClient) -> set[str | None]:
    mine: dict[str, str | list[str] | bool] = {"name": f"reddit-{review_names.label(branch)}-"}
    return {each.id for each in engine.containers.list(filters=mine)}


def _preferring_the_same_slot(beginning: str) -> tuple[str, str]:
    """Return two branches that want the same place."""
    seen: dict[int, str] = {}
    for number in count():
        branch = f"{beginning}{number}"
        slot = review_names.preferred_slot(branch, SLOTS)
        if slot in seen:
            return seen[slot], branch
        seen[slot] = branch
    raise AssertionError


def test_two_branches_run_side_by_side_and_stop_one_by_one(
    delivery: Delivery, engine: docker.DockerClient, tmp_path: Path
) -> None:
    file = tmp_path / "review.env"
    plain = delivery.up(PLAIN, "--env-file", str(file))
    assert file.read_text() == f"REVIEW_URL={plain.url}\n"
    odd = delivery.up(ODD)
    assert (len(_things(PLAIN, engine)), len(_things(ODD, engine))) == (THINGS, THINGS)
    for branch, page in ((PLAIN, plain), (ODD, odd)):
        assert review_names.stack_name(branch) in page.front()
        assert delivery.outputs(branch)["branch"] == branch
    post = plain.submit("only on the plain one")
    assert "only on the plain one" not in odd.front()
    before = _containers(PLAIN, engine)

    assert "nothing to do" not in delivery.stop(ODD)
    assert _things(ODD, engine) == []
    assert delivery.stacks() == {review_names.stack_name(PLAIN)}
    assert len(before) == 4
    assert _containers(PLAIN, engine) == before
    assert plain.find("only on the plain one") == post

    run = delivery.run("review", "up", "--branch", PLAIN)
    assert "20 unchanged" in run.output
    assert "created" not in run.output.partition("Resources:")[2]
    assert plain.find("only on the plain one") == post

    delivery.stop(PLAIN)
    assert _things(PLAIN, engine) == []
    assert delivery.stacks() == set()
    assert "nothing to do" in delivery.stop(PLAIN)
    assert list(REPOSITORY.glob("Pulumi.review-*.yaml")) == []


@pytest.mark.endurance
def test_two_branches_that_want_the_same_place_get_neighbours(
    delivery: Delivery, engine: docker.DockerClient
) -> None:
    one, other = _preferring_the_same_slot("e2e/twin-")
    first, second = delivery.up(one), delivery.up(other)
    slot = review_names.preferred_slot(one, SLOTS)
    assert [delivery.outputs(each)["slot"] for each in (one, other)] == [slot, slot + 1]
    assert first.url != second.url
    first.front()
    second.front()
    # Who comes back keeps the place, though a better one is free now.
    delivery.stop(one)
    assert delivery.up(other).url == second.url


def test_a_place_that_another_program_has_is_left_to_it(
    delivery: Delivery, engine: docker.DockerClient
) -> None:
    slot = review_names.preferred_slot(PLAIN, SLOTS)
    with socket.create_server(("127.0.0.1", FIRST_PORT + slot)):
        page = delivery.up(PLAIN)
    assert page.url == f"http://127.0.0.1:{FIRST_PORT + slot + 1}"
    page.front()
    delivery.stop(PLAIN)
    assert _things(PLAIN, engine) == []


def test_a_range_that_another_network_has_is_left_to_it(
    delivery: Delivery, engine: docker.DockerClient
) -> None:
    slot = review_names.preferred_slot(PLAIN, SLOTS)
    start = 0x0A400000 + slot * 32 + 16
    subnet = ".".join(str(start >> shift & 255) for shift in (24, 16, 8, 0)) + "/28"
    pool = docker.types.IPAMPool(subnet=subnet)
    theirs = engine.networks.create(
        "dockyard-test-theirs", ipam=docker.types.IPAMConfig(pool_configs=[pool])
    )
    try:
        page = delivery.up(PLAIN)
        assert page.url == f"http://127.0.0.1:{FIRST_PORT + slot + 1}"
        assert len(_things(PLAIN, engine)) == THINGS
        delivery.stop(PLAIN)
        theirs.reload()
    finally:
        theirs.remove()


def _kill_a_deployment(delivery: Delivery, engine: docker.DockerClient, things: int) -> None:
    """Kill the first deployment once it has made so many things, and all that it started."""
    deploying = delivery.start("review", "up", "--branch", PLAIN)
    while len(_things(PLAIN, engine)) < things:
        assert deploying.poll() is None
        time.sleep(0.01)
    os.killpg(deploying.pid, signal.SIGKILL)
    deploying.communicate(timeout=_TIMEOUT_SECONDS)


@pytest.mark.parametrize("things", [3, 5, 7])
def test_a_stop_after_a_deployment_was_killed_leaves_nothing(
    delivery: Delivery, engine: docker.DockerClient, things: int
) -> None:
    _kill_a_deployment(delivery, engine, things)
    stack = review_names.stack_name(PLAIN)
    refused = delivery.run("review", "stop", "--branch", PLAIN)
    assert refused.code == 1
    assert f"'pulumi cancel --yes {stack}'" in refused.errors[-1]
    assert len(_things(PLAIN, engine)) >= things
    delivery.pulumi("cancel", "--yes", stack)
    delivery.stop(PLAIN)
    assert _things(PLAIN, engine) == []
    assert delivery.stacks() == set()


@pytest.mark.endurance
def test_a_deployment_goes_on_after_one_that_was_killed(
    delivery: Delivery, engine: docker.DockerClient
) -> None:
    _kill_a_deployment(delivery, engine, 4)
    refused = delivery.run("review", "up", "--branch", PLAIN)
    assert refused.code == 1
    assert "'pulumi cancel --yes " in refused.errors[-1]
    delivery.pulumi("cancel", "--yes", review_names.stack_name(PLAIN))
    delivery.up(PLAIN).front()
    assert len(_things(PLAIN, engine)) == THINGS


def test_what_the_state_never_heard_of_goes_too(
    delivery: Delivery, engine: docker.DockerClient
) -> None:
    delivery.up(PLAIN)
    ui = engine.containers.get(f"reddit-{review_names.label(PLAIN)}-ui")
    network = next(iter(ui.attrs["NetworkSettings"]["Networks"]))
    assert ui.image
    stray = engine.containers.create(ui.image, network=network, labels=ui.labels)
    volume = engine.volumes.create("dockyard-test-stray", labels=ui.labels)
    try:
        delivery.stop(PLAIN)
        assert _things(PLAIN, engine) == []
    finally:
        for each in (stray, volume):
            with contextlib.suppress(docker.errors.NotFound):
                each.remove(force=True)


def test_a_sweep_stops_the_environment_of_a_branch_that_was_deleted(
    delivery: Delivery, engine: docker.DockerClient, tmp_path: Path
) -> None:
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", str(remote))
    work = tmp_path / "work"
    git(tmp_path, "init", "--quiet", "--initial-branch", PLAIN, str(work))
    git(work, "commit", "--allow-empty", "--message", "first")
    git(work, "branch", ODD)
    git(work, "push", "--quiet", str(remote), "--all")
    page = delivery.up(PLAIN)
    delivery.up(ODD)
    sweep = ("sweep", "--remote", str(remote))
    assert delivery.run(*sweep).output.endswith("0 stopped, 0 failed.\n")
    git(work, "push", "--quiet", str(remote), "--delete", ODD)
    run = delivery.run(*sweep)
    assert run.code == 0, run.output
    assert run.output.endswith("1 stopped, 0 failed.\n")
    assert _things(ODD, engine) == []
    assert delivery.stacks() == {review_names.stack_name(PLAIN)}
    page.front()
