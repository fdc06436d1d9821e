"""The command provider: real commands of this machine."""

import threading
import time
from pathlib import Path

import pytest

from airgap.providers._values import UNKNOWN
from tests.airgap_providers.driver import Aborted, Driver

COMMAND = "command:local:Command"


def test_create_runs_and_keeps_both_streams(command: Driver, tmp_path: Path) -> None:
    _, state = command.create(
        COMMAND,
        {
            "create": "echo out; echo err >&2; echo $GREETING; pwd; cat",
            "environment": {"GREETING": "hello"},
            "dir": str(tmp_path),
            "stdin": "from stdin\n\n",
        },
    )
    assert state["stdout"] == f"out\nhello\n{tmp_path}\nfrom stdin\n"
    assert state["stderr"] == "err"


def test_the_interpreter_is_the_programs_choice(command: Driver) -> None:
    _, state = command.create(
        COMMAND, {"create": "import sys; print(sys.argv)", "interpreter": ["python3", "-c"]}
    )
    assert state["stdout"] == "['-c']"


def test_a_preview_runs_nothing(command: Driver, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    _, planned = command.create(COMMAND, {"create": f"touch {marker}"}, preview=True)
    assert planned["stdout"] == UNKNOWN
    assert not marker.exists()


def test_update_runs_update_and_sees_the_previous_output(command: Driver) -> None:
    resource_id, state = command.create(COMMAND, {"create": "echo one"})
    inputs = {"create": "echo one", "update": "echo was $PULUMI_COMMAND_STDOUT"}
    state = command.update(COMMAND, resource_id, state, inputs)
    assert state["stdout"] == "was one"


def test_update_runs_create_again_without_an_update(command: Driver) -> None:
    resource_id, state = command.create(COMMAND, {"create": "echo one"})
    state = command.update(COMMAND, resource_id, state, {"create": "echo two"})
    assert state["stdout"] == "two"


def test_the_previous_output_stays_out_on_demand(command: Driver) -> None:
    inputs = {"create": "echo one", "addPreviousOutputInEnv": False}
    resource_id, state = command.create(COMMAND, inputs)
    state = command.update(
        COMMAND, resource_id, state, {**inputs, "update": "echo [$PULUMI_COMMAND_STDOUT]"}
    )
    assert state["stdout"] == "[]"


def test_delete_runs_delete(command: Driver, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    resource_id, state = command.create(COMMAND, {"create": "true", "delete": f"touch {marker}"})
    command.delete(COMMAND, resource_id, state)
    assert marker.exists()


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ({"create": "a"}, {"create": "b"}, {"create": "UPDATE"}),
        ({"triggers": [1]}, {"triggers": [2]}, {"triggers": "UPDATE_REPLACE"}),
        ({"triggers": [1]}, {"triggers": [True]}, {"triggers": "UPDATE_REPLACE"}),
        ({"triggers": ["a"]}, {"triggers": [UNKNOWN]}, {"triggers": "UPDATE_REPLACE"}),
        ({"environment": {"A": "1"}}, {"environment": {"A": "2"}}, {"environment": "UPDATE"}),
        ({"stdin": "a"}, {}, {"stdin": "DELETE"}),
        ({"create": "a", "triggers": [1]}, {"create": "a", "triggers": [1]}, {}),
    ],
)
def test_a_trigger_replaces_and_the_rest_updates(
    command: Driver, old: dict[str, object], new: dict[str, object], kinds: dict[str, str]
) -> None:
    state = command.check(COMMAND, old).inputs | {"stdout": "", "stderr": ""}
    found = command.diff(COMMAND, state, new)
    assert found.kinds == kinds
    assert not found.delete_before_replace


def test_a_failure_shows_the_command_and_what_it_said(command: Driver) -> None:
    with pytest.raises(Aborted) as failed:
        command.create(COMMAND, {"create": "echo why; echo because >&2; exit 3"})
    message = str(failed.value)
    assert message.startswith('exit status 3: running "echo why; echo because >&2; exit 3":\n')
    assert "why\n" in message
    assert "because\n" in message


def test_a_missing_interpreter_or_folder_is_one_clear_error(command: Driver) -> None:
    with pytest.raises(Aborted, match="'no-such-shell'"):
        command.create(COMMAND, {"create": "true", "interpreter": ["no-such-shell"]})
    with pytest.raises(Aborted, match="'/no/such/folder'"):
        command.create(COMMAND, {"create": "true", "dir": "/no/such/folder"})


def test_much_input_that_nobody_reads_is_no_error(command: Driver) -> None:
    _, state = command.create(COMMAND, {"create": "echo done", "stdin": "x" * 1_000_000})
    assert state["stdout"] == "done"


def test_a_cancelled_run_ends_its_commands(command: Driver) -> None:
    timer = threading.Timer(0.5, command.cancel)
    timer.start()
    started = time.monotonic()
    with pytest.raises(Aborted, match="signal 15"):
        command.create(COMMAND, {"create": "sleep 60"})
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("name", ["assetPaths", "archivePaths"])
def test_what_only_the_real_plugin_can_is_refused(command: Driver, name: str) -> None:
    refused = command.check(COMMAND, {"create": "true", name: ["*"]}).refused
    assert "stand-in command provider doesn't support" in refused[name]


def test_remote_commands_and_functions_are_refused(command: Driver) -> None:
    with pytest.raises(Aborted, match="doesn't support the resource 'command:remote:Command'"):
        command.check("command:remote:Command", {})
    with pytest.raises(Aborted, match="doesn't support the function 'command:local:run'"):
        command.invoke("command:local:run")
