"""What the tests of ``airgap`` share: a clone's folders and throw-away Pulumi projects."""
# ruff: noqa: S603 - it runs programs, which it names itself

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from airgap import launcher
from airgap.layout import Layout

ROOT = Path(__file__).parents[2]
CLONE = Layout(ROOT)

_PROJECT = """\
name: trial
runtime: {{name: python, options: {{virtualenv: {virtualenv}}}}}
config:
  colour: {{type: string, default: blue}}
"""


def program_on_path(name: str) -> str:
    """Return the path of a program that set-up provides; fail where set-up hasn't run."""
    found = shutil.which(name, path=os.pathsep.join([str(CLONE.bin), os.environ["PATH"]]))
    if found is None:
        pytest.fail(f"there is no {name}; run 'python3 -m airgap setup'")
    return found


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An empty clone, in a folder whose name needs quoting."""
    root = tmp_path / "it's a clone"
    root.mkdir()
    return Layout(root)


@dataclass
class Project:
    """A Pulumi project that the stand-in language host runs, whatever else is installed."""

    folder: Path
    environment: dict[str, str]

    def program(self, source: str) -> None:
        """Write the program."""
        (self.folder / "__main__.py").write_text(source, encoding="utf-8")

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the CLI to its end."""
        with self.start(*arguments) as process:
            output, _ = process.communicate(timeout=30)
        return subprocess.CompletedProcess(arguments, process.returncode, output)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the CLI in a session of its own; both outputs come as one."""
        return subprocess.Popen(
            [program_on_path("pulumi"), "--non-interactive", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with one stack."""
    programs, folder, state = (tmp_path / name for name in ("bin", "project", "state"))
    for made in (programs, folder, state):
        made.mkdir()
    executor = program_on_path("pulumi-language-python-exec")
    host = launcher.text(Path(sys.executable), ROOT, "airgap.language_host", executor)
    launcher.write(programs / "pulumi-language-python", host)
    (folder / "Pulumi.yaml").write_text(_PROJECT.format(virtualenv=sys.prefix))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")
    }
    environment |= {
        "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "trial",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "TRIAL_FOLDER": str(tmp_path),
    }
    trial = Project(folder, environment)
    assert trial.pulumi("stack", "init", "trial").returncode == 0
    yield trial
    for file in tmp_path.glob("*.pid"):
        with_pid = int(file.read_text())
        if Path(f"/proc/{with_pid}").exists():
            os.kill(with_pid, signal.SIGKILL)


def runs(pid: int) -> bool:
    """Say whether a process still runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    # A zombie has ended; on a machine without an init nobody collects it.
    return state != "Z"
