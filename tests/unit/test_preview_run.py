"""Running previews: what the CLI is called with, where new stacks go, and how children end."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from delivery.errors import DeliveryError
from delivery.preview import process
from delivery.preview.process import Children, terminable
from delivery.preview.run import Previewer, Target
from delivery.pulumi import Pulumi, StackRecord

SHARED = "what the stacks of the shared backend are encrypted with"
SUMMARY = {"summaryEvent": {"resourceChanges": {"same": 2}}}
# It has an end of line that isn't one of JSON's.
WARNING = {"diagnosticEvent": {"severity": "warning", "message": "one\x85two\u2028three"}}
_CLI = """#!{python}
import json, os, pathlib, sys, time
home = pathlib.Path({home!r})
stack = sys.argv[sys.argv.index("--stack") + 1]
call = {{"arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
if "--config-file" in sys.argv:
    file = pathlib.Path(sys.argv[sys.argv.index("--config-file") + 1])
    call["config"] = file.read_text()
(home / f"{{stack}}-{{sys.argv[1]}}.json").write_text(json.dumps(call))
wanted = json.loads((home / "wanted.json").read_text())
if sys.argv[1] == "stack":
    print(wanted["init_said"], file=sys.stderr)
    sys.exit(wanted["init_code"])
deadline = time.monotonic() + 30
while len(list(home.glob("*-preview.json"))) < wanted["together"]:
    assert time.monotonic() < deadline
    time.sleep(0.01)
print("\\n".join(wanted["lines"]))
sys.exit(wanted["code"])
"""


class Cli:
    """A pulumi that says what it is told to, and remembers how it was called."""

    def __init__(self, home: Path) -> None:
        self._home = home
        program = home / "pulumi"
        program.write_text(_CLI.format(python=sys.executable, home=str(home)))
        program.chmod(0o755)
        self.say()

    def say(
        self,
        *events: Any,
        code: int = 0,
        init_code: int = 0,
        init_said: str = "",
        together: int = 0,
    ) -> None:
        """Choose what it says, and for how many previews it waits before."""
        lines = [json.dumps(each, ensure_ascii=False) for each in events or (SUMMARY,)]
        wanted = {"lines": lines, "code": code, "together": together}
        wanted |= {"init_code": init_code, "init_said": init_said}
        (self._home / "wanted.json").write_text(json.dumps(wanted))

    def call(self, stack: str, command: str) -> dict[str, Any]:
        """Return how a command was called for a stack."""
        return dict(json.loads((self._home / f"{stack}-{command}.json").read_text()))

    def was_called(self, stack: str, command: str) -> bool:
        """Return whether a command was called for a stack."""
        return (self._home / f"{stack}-{command}.json").exists()


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The CLI, first on PATH."""
    home = tmp_path / "cli"
    home.mkdir()
    monkeypatch.setenv("PATH", f"{home}:{os.environ['PATH']}")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///shared")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", SHARED)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", SHARED)
    return Cli(home)


@pytest.fixture
def previewer(tmp_path: Path, cli: Cli) -> Previewer:
    """A previewer of a project whose backend has one stack deployed and one only made."""
    assert cli
    project, folder = tmp_path / "project", tmp_path / "temporary"
    for each in (project, folder):
        each.mkdir()
    (project / "Pulumi.yaml").write_text("name: dockyard\n")
    deployed = datetime(2026, 1, 1, tzinfo=UTC)
    known = {
        "old": StackRecord(name="old", last_update=deployed),
        "made": StackRecord(name="made", last_update=None),
    }
    return Previewer(
        pulumi=Pulumi(project), known=known, folder=folder, refresh=False, timeout_seconds=60
    )


def _target(previewer: Previewer, stack: str, config: str = "config: {}\n") -> Target:
    file = previewer.folder / f"Pulumi.{stack}.yaml"
    file.write_text(config)
    return Target(name=stack, prepare=lambda: (stack, file))


def test_each_stack_is_previewed_with_its_configuration_and_the_policies(
    previewer: Previewer, cli: Cli
) -> None:
    (found,) = previewer.run([_target(previewer, "old")])
    assert (found.stack, found.unchanged, found.failed) == ("old", 2, False)
    call = cli.call("old", "preview")
    assert call["folder"] == str(previewer.pulumi.root)
    assert call["arguments"] == [
        *("preview", "--json", "--stack", "old"),
        *("--config-file", str(previewer.folder / "Pulumi.old.yaml")),
        *("--policy-pack", "policies", "--non-interactive", "--color", "never"),
    ]
    assert call["environment"]["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] == "true"


def test_things_are_looked_at_first_if_that_is_asked_for(previewer: Previewer, cli: Cli) -> None:
    replace(previewer, refresh=True).run([_target(previewer, "old")])
    assert "--refresh" in cli.call("old", "preview")["arguments"]


def test_all_run_at_the_same_time_and_are_returned_in_the_order_asked_for(
    previewer: Previewer, cli: Cli
) -> None:
    cli.say(SUMMARY, together=4)
    names = ["new", "old", "made", "another"]
    found = previewer.run([_target(previewer, name) for name in names])
    assert [each.stack for each in found] == names
    assert not any(each.failed for each in found)


def test_a_stack_of_the_backend_is_previewed_there(previewer: Previewer, cli: Cli) -> None:
    salted = "config: {}\nencryptionsalt: v1:salt\n"
    found = previewer.run([_target(previewer, "old", salted), _target(previewer, "made")])
    assert [each.is_new for each in found] == [False, True]
    for stack in ("old", "made"):
        assert not cli.was_called(stack, "stack")
        environment = cli.call(stack, "preview")["environment"]
        assert environment["PULUMI_BACKEND_URL"] == "file:///shared"
        assert environment["PULUMI_CONFIG_PASSPHRASE"] == SHARED
    assert "v1:salt" in cli.call("old", "preview")["config"]


def test_a_new_stack_is_previewed_in_a_place_of_its_own(previewer: Previewer, cli: Cli) -> None:
    salted = "config: {}\nencryptionsalt: v1:salt\nsecretsprovider: gcpkms://key\n"
    (found,) = previewer.run([_target(previewer, "new", salted)])
    assert found.is_new
    made, call = cli.call("new", "stack"), cli.call("new", "preview")
    assert made["arguments"][:5] == ["stack", "init", "--stack", "new", "--no-select"]
    # Where it is made it writes a configuration file, and not into the project.
    assert made["folder"] != str(previewer.pulumi.root)
    assert call["folder"] == str(previewer.pulumi.root)
    for each in (made["environment"], call["environment"]):
        assert each["PULUMI_BACKEND_URL"] == f"file://{previewer.folder}/backend-new"
        assert len(each["PULUMI_CONFIG_PASSPHRASE"]) >= 32
        assert each["PULUMI_CONFIG_PASSPHRASE_FILE"] == ""
    assert call["config"] == "config: {}\n"


@pytest.mark.parametrize(
    "config",
    ["config: {a: {secure: v1:x}}\n", "config: {a: {b: [1, {secure: v1:x}]}}\n"],
)
def test_secrets_are_read_with_what_they_were_encrypted_with(
    previewer: Previewer, cli: Cli, config: str
) -> None:
    previewer.run([_target(previewer, "new", f"{config}encryptionsalt: v1:salt\n")])
    call = cli.call("new", "preview")
    assert call["environment"]["PULUMI_CONFIG_PASSPHRASE"] == SHARED
    assert call["environment"]["PULUMI_CONFIG_PASSPHRASE_FILE"] == SHARED
    assert call["environment"]["PULUMI_BACKEND_URL"] != "file:///shared"
    assert "v1:salt" in call["config"]


def test_one_that_can_not_be_prepared_does_not_stop_the_others(
    previewer: Previewer, cli: Cli
) -> None:
    assert cli

    def prepare() -> tuple[str, Path]:
        raise DeliveryError("there is no slot")

    found = previewer.run([Target(name="review", prepare=prepare), _target(previewer, "old")])
    assert [each.failed for each in found] == [True, False]
    assert found[0].stack == "review"
    assert [each.message for each in found[0].diagnostics] == ["there is no slot"]


def test_a_place_that_can_not_be_made_is_told(previewer: Previewer, cli: Cli) -> None:
    cli.say(init_code=255, init_said="error: disk full")
    (found,) = previewer.run([_target(previewer, "new")])
    assert found.failed
    assert found.diagnostics[0].message == "'pulumi stack init' failed: disk full"
    assert not cli.was_called("new", "preview")


def test_a_failed_preview_without_secrets_is_not_blamed_on_them(
    previewer: Previewer, cli: Cli
) -> None:
    cli.say(code=255)
    config = "config: {a: {secure: v1:x}}\n"
    found = previewer.run([_target(previewer, "new", config), _target(previewer, "old", config)])
    assert [each.failed for each in found] == [True, True]
    assert "secrets" not in str([each.diagnostics for each in found])


def test_an_event_ends_where_its_line_ends(previewer: Previewer, cli: Cli) -> None:
    cli.say(WARNING, SUMMARY)
    (found,) = previewer.run([_target(previewer, "old")])
    assert not found.failed
    assert [each.message for each in found.diagnostics] == ["one\x85two\u2028three"]


def test_the_time_of_a_stack_counts_its_preparation(previewer: Previewer, cli: Cli) -> None:
    target = _target(previewer, "new")
    cli.say(together=99)

    def slow() -> tuple[str, Path]:
        time.sleep(0.3)
        return target.prepare()

    (found,) = replace(previewer, timeout_seconds=0.25).run([Target(name="new", prepare=slow)])
    assert found.failed
    assert "not finished after 0.25 s" in found.diagnostics[0].message


def _run(*command: str, timeout_seconds: float = 60, children: Children | None = None) -> Any:
    return (children or Children()).run(
        command, folder=Path("/"), environment=os.environ, timeout_seconds=timeout_seconds
    )


def test_what_a_program_says_is_kept_apart_whatever_it_is() -> None:
    ended = _run("sh", "-c", r"printf 'out\377'; printf err >&2; exit 3")
    assert (ended.code, ended.output, ended.said) == (3, "out\ufffd", "err")


def test_a_program_has_its_time_and_what_it_said_is_kept() -> None:
    ended = _run("sh", "-c", "echo began; exec sleep 60", timeout_seconds=0.3)
    assert (ended.code, ended.output) == (None, "began\n")


def test_a_program_that_does_not_end_nicely_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_GRACE_SECONDS", 0.2)
    stubborn = "trap '' TERM; echo $$; while :; do sleep 0.05; done"
    ended = _run("sh", "-c", stubborn, timeout_seconds=0.3)
    assert ended.code is None
    with pytest.raises(ProcessLookupError):
        os.kill(int(ended.output), 0)


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_all_programs_can_be_stopped_and_no_more_begin(tmp_path: Path) -> None:
    children = Children()
    codes: list[int | None] = []
    threads = [
        threading.Thread(
            target=lambda name: codes.append(
                _run("sh", "-c", f"touch {name}; exec sleep 60", children=children).code
            ),
            args=(tmp_path / str(index),),
        )
        for index in range(3)
    ]
    for thread in threads:
        thread.start()
    _until(lambda: len(list(tmp_path.iterdir())) == 3)
    children.stop()
    for thread in threads:
        thread.join(30)
    assert codes == [-signal.SIGTERM] * 3
    with pytest.raises(InterruptedError):
        _run("true", children=children)


def test_a_terminal_s_ctrl_c_reaches_no_program_directly() -> None:
    ended = _run(sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())")
    assert ended.output == "True\n"


def test_a_cancelled_job_is_an_interrupted_one() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), terminable():
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
