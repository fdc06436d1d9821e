"""Policy packs in Python, which the real engine starts by way of the stand-in language host."""

import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.airgap.conftest import Project, runs

_END_SECONDS = 8

_PROGRAM = """
import pulumi
pulumi.Stash("box", input=pulumi.Config().get("colour"))
"""

_PACK = """
import os
from pathlib import Path
from pulumi_policy import (
    EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy,
)
from rules import no_red

def count(args, report):
    report("seen: " + " ".join(sorted(resource.name for resource in args.resources)))

Path(os.environ["TRIAL_FOLDER"], "pack.pid").write_text(str(os.getpid()))
PolicyPack("trial", policies=[
    ResourceValidationPolicy("no-red", "Red is refused.", no_red, EnforcementLevel.MANDATORY),
    StackValidationPolicy("count", "Counts.", count, EnforcementLevel.ADVISORY),
])
"""

_RULES = """
def no_red(args, report):
    if args.resource_type == "pulumi:index:Stash" and args.props["input"] == "red":
        report("the box is red")
"""


@pytest.fixture
def pack(project: Project) -> Path:
    """A pack beside the project's program, in a virtualenv that it names relative to itself."""
    project.program(_PROGRAM)
    folder = project.folder / "policies"
    folder.mkdir()
    (project.folder / "venv-of-all").symlink_to(sys.prefix)
    describe(folder, "{virtualenv: ../venv-of-all}")
    (folder / "__main__.py").write_text(_PACK)
    (folder / "rules.py").write_text(_RULES)
    return folder


def describe(folder: Path, options: str) -> None:
    (folder / "PulumiPolicy.yaml").write_text(f"runtime: {{name: python, options: {options}}}\n")


def preview(project: Project, colour: str = "blue") -> tuple[int, str]:
    """Preview under the pack; the exit code and what was shown."""
    project.pulumi("config", "set", "colour", colour)
    done = project.pulumi("preview", "--policy-pack", "policies")
    return done.returncode, done.stdout


def test_a_mandatory_violation_is_shown_and_fails_the_preview(project: Project, pack: Path) -> None:
    code, shown = preview(project, "red")
    assert code != 0
    assert re.search(r"\[mandatory\]  no-red  \(pulumi:index:Stash: box\)", shown)
    assert "the box is red" in shown


def test_an_advisory_violation_is_shown_and_fails_nothing(project: Project, pack: Path) -> None:
    code, shown = preview(project)
    assert code == 0, shown
    assert "[advisory]  count" in shown
    assert "seen: box" in shown
    assert "the box is red" not in shown


def test_a_mandatory_violation_keeps_an_update_from_creating(project: Project, pack: Path) -> None:
    project.pulumi("config", "set", "colour", "red")
    done = project.pulumi("up", "--yes", "--skip-preview", "--policy-pack", "policies")
    assert done.returncode != 0
    assert "pulumi:index:Stash" not in project.pulumi("stack", "export").stdout


def test_an_error_of_the_pack_itself_is_shown(project: Project, pack: Path) -> None:
    (pack / "rules.py").write_text("import nonexistent\n")
    code, shown = preview(project)
    assert code != 0
    assert "No module named 'nonexistent'" in shown
    assert "policy pack" in shown
    assert "failed to start" in shown


def test_an_error_of_a_rule_is_shown(project: Project, pack: Path) -> None:
    (pack / "rules.py").write_text("def no_red(args, report):\n    raise KeyError('lost')\n")
    code, shown = preview(project)
    assert code != 0
    assert "failed to run policy" in shown
    assert "'lost'" in shown


@pytest.mark.parametrize(
    ("options", "named"), [("{virtualenv: nowhere}", "nowhere"), ("{}", "venv")]
)
def test_a_pack_without_its_virtualenv_is_told_where_it_should_be(
    project: Project, pack: Path, options: str, named: str
) -> None:
    describe(pack, options)
    code, shown = preview(project)
    assert code != 0
    assert f"virtualenv is '{named}', and {pack / named} is no virtualenv" in shown


@pytest.mark.parametrize("number", [None, signal.SIGKILL], ids=["done", "killed"])
def test_the_pack_ends_with_the_engine(
    project: Project, pack: Path, tmp_path: Path, number: signal.Signals | None
) -> None:
    pid_file = tmp_path / "pack.pid"
    if number:
        project.program("import time\ntime.sleep(60)\n")
    with project.start("preview", "--policy-pack", "policies") as process:
        deadline = time.monotonic() + _END_SECONDS
        while not (pid_file.exists() and pid_file.read_text()):
            assert time.monotonic() < deadline, "the pack never started"
            time.sleep(0.02)
        pid = int(pid_file.read_text())
        if number:
            os.kill(process.pid, number)
        process.communicate(timeout=_END_SECONDS)
        deadline = time.monotonic() + _END_SECONDS
        while runs(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not runs(pid)
