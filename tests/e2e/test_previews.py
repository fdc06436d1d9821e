"""Previews side by side with the real engine: how fast, how harmless, and how they fail."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
import yaml

from tests.e2e.preview_place import PreviewPlace
from tests.e2e.stack import Run, remove_leftovers, things_of

SHIPPED = ("ci", "dev", "prod", "review")
DRIFTING = "dev-previews-e2e"
ROUNDS = 5
PASSPHRASE, TOKEN = "PULUMI_CONFIG_PASSPHRASE", "DOCKYARD_NOTE_TOKEN"
_HANGING_PROGRAM = """
import pulumi, signal, time
if pulumi.get_stack() == "dev-hang":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(600)
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PreviewPlace]:
    """The shipped stacks, none of them deployed."""
    made = PreviewPlace(tmp_path)
    for stack in SHIPPED:
        made.ship(stack)
    # Whoever first looks into an empty backend leaves its version there.
    made.pulumi("stack", "ls")
    yield made
    assert made.end() == {}


def _let_hang(place: PreviewPlace) -> None:
    program = place.code / "__main__.py"
    program.write_text(_HANGING_PROGRAM + program.read_text())
    place.ship("dev")
    place.configure("dev-hang")


def _wait_for(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_preview_of_all_stacks_changes_nothing_anywhere(place: PreviewPlace) -> None:
    before = place.contents()
    run = place.preview()
    assert run.code == 0, run.output
    assert place.contents() == before
    assert yaml.safe_load(place.pulumi("stack", "ls", "--json").output) == []


def test_every_stack_is_new_and_has_its_own_report(place: PreviewPlace) -> None:
    found = place.report()
    assert [each.partition("-")[0] for each in found] == list(SHIPPED)
    for each in found.values():
        assert each["is_new"]
        assert not each["failed"]
        assert each["counts"]["create"] == len(each["changes"]) > 10
        assert each["violations"] == []


def test_side_by_side_takes_as_long_as_the_slowest_or_as_the_processors_need(
    place: PreviewPlace,
) -> None:
    """With a processor for each it is the slowest; with fewer, each has its share of the work."""
    # All that people have deployed before; the branch's own is new.
    for stack in ("ci", "dev", "prod"):
        place.pulumi("stack", "init", stack, "--no-select")
    place.seconds(*SHIPPED)
    ratios = []
    for _ in range(ROUNDS):
        alone = [place.seconds(stack) for stack in SHIPPED]
        least = max(*alone, sum(alone) / len(os.sched_getaffinity(0)))
        ratios.append(place.seconds(*SHIPPED) / least)
        # What else runs on the machine can only add to one of them.
        if ratios[-1] < 1.5:
            return
    pytest.fail(f"side by side took {ratios} times as long")


def test_a_stack_that_fails_does_not_stop_the_others(place: PreviewPlace) -> None:
    place.configure("prod", hostCount="many")
    (place.code / "Pulumi.dev-broken.yaml").write_text("config: [")
    found = place.report()
    assert {name for name, each in found.items() if each["failed"]} == {"prod", "dev-broken"}
    assert "hostCount" in found["prod"]["diagnostics"][0]["message"]
    assert "is not YAML" in found["dev-broken"]["diagnostics"][0]["message"]
    assert found["dev"]["counts"]["create"] > 10
    assert place.preview("--stack", "prod").code == 1


def test_a_mandatory_policy_that_is_broken_fails_the_command(place: PreviewPlace) -> None:
    place.configure("prod", protectData="false")
    run = place.preview("--stack", "prod")
    assert run.code == 1, run.output
    assert "docker-production-data-protected" in run.output


def test_a_stack_that_takes_too_long_is_stopped_with_all_that_it_started(
    place: PreviewPlace,
) -> None:
    _let_hang(place)
    found = place.report("--stack", "dev-hang", "--stack", "ci", "--timeout-seconds", "20")
    assert not found["ci"]["failed"]
    assert found["dev-hang"]["failed"]
    said = found["dev-hang"]["diagnostics"][0]["message"]
    assert said.startswith("not finished after 20 s and stopped; ")
    assert place.processes() == {}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_preview_leaves_nothing_behind(
    place: PreviewPlace, how: signal.Signals
) -> None:
    _let_hang(place)
    before = place.contents()
    process = place.start_preview("dev-hang", "prod")
    try:
        _wait_for(
            lambda: [each for each in place.processes().values() if "--stack=dev-hang" in each]
        )
        process.send_signal(how)
        said, _ = process.communicate(timeout=60)
    finally:
        left = place.end()
        process.communicate()
    assert process.returncode == 130, said
    assert said == "error: interrupted\n"
    assert left == {}
    assert place.contents() == before


def _encrypt(place: PreviewPlace, stack: str, folder: Path) -> None:
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text((place.code / "Pulumi.yaml").read_text())
    backend, where = folder.as_uri(), ("--cwd", str(folder), "--non-interactive")
    for command in (
        ("stack", "init", stack, "--no-select"),
        ("config", "set", "--stack", stack, "--secret", "databasePassword", "opensesame-77"),
    ):
        run = place.run("pulumi", *command, *where, PULUMI_BACKEND_URL=backend)
        assert run.code == 0, run.output
    (place.code / f"Pulumi.{stack}.yaml").write_text((folder / f"Pulumi.{stack}.yaml").read_text())
    place.configure(stack, databaseUsername="root", databaseImage="mongo:8.0")


def test_a_new_stack_with_secrets_is_previewed_by_who_can_read_them(
    place: PreviewPlace, tmp_path: Path
) -> None:
    _encrypt(place, "dev-secret", tmp_path / "beside")
    run = place.preview("--stack", "dev-secret")
    assert run.code == 0, run.output
    assert "opensesame-77" not in run.output
    refused = place.preview("--stack", "dev-secret", **{PASSPHRASE: "another"})
    assert refused.code == 1
    assert "its configuration holds secrets: give what they are encrypted with" in refused.output
    assert "incorrect passphrase" in refused.output


def test_a_program_under_preview_does_not_see_the_token(place: PreviewPlace) -> None:
    program = place.code / "__main__.py"
    program.write_text(
        "import os\nassert 'DOCKYARD_NOTE_TOKEN' not in os.environ\n" + program.read_text()
    )
    assert place.preview("--stack", "dev", **{TOKEN: "glpat-for-tests"}).code == 0


@pytest.fixture(scope="module")
def deployed(
    tmp_path_factory: pytest.TempPathFactory, engine: docker.DockerClient
) -> Iterator[PreviewPlace]:
    """A stack that runs on this machine's engine."""
    remove_leftovers(DRIFTING)
    place = PreviewPlace(tmp_path_factory.mktemp("deployed"))
    place.configure(
        DRIFTING,
        uiPort="19600",
        frontSubnet="10.222.1.0/24",
        backSubnet="10.222.2.0/24",
        healthIntervalSeconds="1",
        keepData="false",
    )
    chosen = ("--stack", DRIFTING, "--yes", "--skip-preview")
    place.pulumi("stack", "init", DRIFTING, "--no-select")
    try:
        place.pulumi("up", *chosen)
        yield place
    finally:
        place.pulumi("destroy", *chosen)
        for volume in engine.volumes.list(filters={"label": f"org.dockyard.stack={DRIFTING}"}):
            volume.remove()
    assert things_of(DRIFTING, engine) == []


def _drift(place: PreviewPlace) -> Run:
    return place.preview("--refresh", "--expect-no-changes", "--stack", DRIFTING)


def test_what_is_as_deployed_has_not_drifted(deployed: PreviewPlace) -> None:
    before = deployed.contents()
    run = _drift(deployed)
    assert run.code == 0, run.output
    assert "(new)" not in run.output
    assert deployed.contents() == before


@pytest.mark.parametrize("how", ["removed", "changed"])
def test_what_was_done_by_hand_is_found_and_left_to_people(
    deployed: PreviewPlace, engine: docker.DockerClient, how: str
) -> None:
    name = f"reddit-{DRIFTING.partition('-')[2]}-ui"
    container = engine.containers.get(name)
    if how == "removed":
        container.remove(force=True)
    else:
        container.update(mem_limit="256m", memswap_limit="512m")
    before = deployed.contents()
    run = _drift(deployed)
    assert run.code == 1, run.output
    assert f"error: {DRIFTING} differs from what is deployed" in run.output
    assert "ui" in run.output
    assert deployed.contents() == before
    deployed.pulumi("up", "--refresh", "--stack", DRIFTING, "--yes", "--skip-preview")
    assert _drift(deployed).code == 0
