"""The stand-in language host, driven by the real engine."""
# ruff: noqa: S603 - it runs programs, which it names itself

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from airgap.language_host import interpreter
from airgap.language_host.interpreter import UnsupportedProjectError
from tests.airgap.conftest import Project, runs

_END_SECONDS = 8

_SLEEPER = """
import os, pathlib, subprocess, time
folder = pathlib.Path(os.environ["TRIAL_FOLDER"])
child = subprocess.Popen(["sleep", "60"])
for name, pid in (("program", os.getpid()), ("child", child.pid)):
    (folder / (name + ".part")).write_text(str(pid))
    (folder / (name + ".part")).rename(folder / (name + ".pid"))
time.sleep(60)
"""


def test_a_program_runs_with_its_arguments_configuration_and_outputs(project: Project) -> None:
    project.pulumi("config", "set", "colour", "grün ☃")
    project.program(
        "import pulumi\n"
        "pulumi.export('seen', [pulumi.get_project(), pulumi.get_stack(),\n"
        "    pulumi.Config().require('colour'), pulumi.runtime.is_dry_run()])\n"
        "print('printed ☃')\n"
    )
    done = project.pulumi("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout
    assert "printed ☃" in done.stdout
    seen = project.pulumi("stack", "output", "seen").stdout
    assert seen.strip() == '["trial","trial","grün ☃",false]'


def test_a_preview_says_that_it_is_one_and_that_the_host_stands_in(project: Project) -> None:
    project.program("import pulumi\nprint('dry run:', pulumi.runtime.is_dry_run())\n")
    done = project.pulumi("preview")
    assert done.returncode == 0, done.stdout
    assert "dry run: True" in done.stdout
    assert "stand-in language host" in done.stdout


def test_a_secret_of_the_configuration_arrives_and_stays_secret(project: Project) -> None:
    project.pulumi("config", "set", "--secret", "token", "hunter2")
    project.program(
        "import pulumi\n"
        "config = pulumi.Config()\n"
        "pulumi.export('length', config.require_secret('token').apply(len))\n"
        "pulumi.export('token', config.require_secret('token'))\n"
        "print('known as secret:', pulumi.runtime.is_config_secret('trial:token'))\n"
    )
    done = project.pulumi("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout
    assert "hunter2" not in done.stdout
    assert "known as secret: True" in done.stdout
    shown = project.pulumi("stack", "output", "--json", "--show-secrets").stdout
    assert '"length": 7' in shown
    assert "[secret]" in project.pulumi("stack", "output").stdout


def test_a_run_error_is_its_message_without_a_traceback(project: Project) -> None:
    project.program("import pulumi\nraise pulumi.RunError('uiPort is 0; set it')\n")
    done = project.pulumi("preview")
    assert done.returncode != 0
    assert _diagnostics(done.stdout) == [
        "error: uiPort is 0; set it",
        # Pulumi's own host and engine add this to every exit code but one.
        "error: an unhandled error occurred: Program exited with non-zero exit code: 1",
    ]


def test_an_exception_has_one_traceback_that_begins_in_the_program(project: Project) -> None:
    project.program("def broken():\n    raise KeyError('lost')\n\nbroken()\n")
    done = project.pulumi("preview")
    assert done.returncode != 0
    assert done.stdout.count("KeyError: 'lost'") == 1
    assert done.stdout.count("Traceback") == 1
    assert "runpy" not in done.stdout
    assert "non-zero exit code" not in done.stdout


def test_a_program_that_reported_its_error_itself_adds_no_line(project: Project) -> None:
    project.program("import pulumi, sys\npulumi.log.error('said already')\nsys.exit(32)\n")
    done = project.pulumi("preview")
    assert done.returncode != 0
    assert _diagnostics(done.stdout) == ["error: said already"]


def test_an_exit_code_is_told(project: Project) -> None:
    project.program("import sys\nsys.exit(3)\n")
    done = project.pulumi("preview")
    assert done.returncode != 0
    assert "Program exited with non-zero exit code: 3" in done.stdout


def test_a_program_that_a_signal_ends_is_a_failure(project: Project) -> None:
    project.program("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    done = project.pulumi("preview")
    assert done.returncode != 0
    assert "Program was ended by SIGKILL" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda s: s.name)
def test_when_the_engine_goes_nothing_stays_behind(
    project: Project, tmp_path: Path, number: signal.Signals
) -> None:
    project.program(_SLEEPER)
    with project.start("preview") as process:
        pids = [_pid(tmp_path / name) for name in ("program.pid", "child.pid")]
        assert all(map(runs, pids))
        os.kill(process.pid, number)
        process.wait(_END_SECONDS)
        deadline = time.monotonic() + _END_SECONDS
        while any(map(runs, pids)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not [pid for pid in pids if runs(pid)]


def test_a_component_plugin_is_served(project: Project, tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    plugin.mkdir()
    (plugin / "PulumiPlugin.yaml").write_text(
        project.folder.joinpath("Pulumi.yaml").read_text().split("config:")[0]
    )
    (plugin / "__main__.py").write_text(
        "from typing import TypedDict\n"
        "import pulumi\n"
        "from pulumi.provider.experimental import component_provider_host\n"
        "class BoxArgs(TypedDict):\n"
        "    size: pulumi.Input[str]\n"
        "class Box(pulumi.ComponentResource):\n"
        "    def __init__(self, name: str, args: BoxArgs, opts=None):\n"
        "        super().__init__('boxes:index:Box', name, None, opts)\n"
        "component_provider_host([Box], 'boxes')\n"
    )
    done = project.pulumi("package", "get-schema", str(plugin))
    assert done.returncode == 0, done.stdout
    assert '"boxes:index:Box"' in done.stdout


def test_about_lists_the_python_and_its_packages(project: Project) -> None:
    project.program("")
    done = project.pulumi("about", "--json")
    assert done.returncode == 0, done.stdout
    assert '"executable"' in done.stdout
    assert '"pulumi"' in done.stdout


def test_install_makes_the_virtualenv(project: Project) -> None:
    description = project.folder / "Pulumi.yaml"
    description.write_text("name: trial\nruntime: {name: python, options: {virtualenv: fresh}}\n")
    (project.folder / "requirements.txt").write_text("")
    done = project.pulumi("install")
    assert done.returncode == 0, done.stdout
    python = project.folder / "fresh" / "bin" / "python"
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0


def test_an_install_that_fails_shows_why(project: Project) -> None:
    (project.folder / "requirements.txt").write_text("-r gone.txt\n")
    done = project.pulumi("install")
    assert done.returncode != 0
    assert "gone.txt" in done.stdout
    assert "ended with exit code 1" in done.stdout


def test_a_project_whose_virtualenv_is_none_is_told_what_to_do(project: Project) -> None:
    (project.folder / "Pulumi.yaml").write_text(
        "name: trial\nruntime: {name: python, options: {virtualenv: nowhere}}\n"
    )
    done = project.pulumi("preview")
    assert done.returncode != 0
    assert "runtime option virtualenv is 'nowhere'" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"toolchain": "poetry"}, "toolchain is 'poetry'"),
        ({"toolchain": "uv"}, "toolchain is 'uv'"),
        ({"typechecker": "mypy"}, "typechecker is 'mypy'"),
        ({"virtualenv": "missing"}, "virtualenv is 'missing'"),
    ],
)
def test_what_the_stand_in_cannot_do_is_refused(
    tmp_path: Path, options: dict[str, object], said: str
) -> None:
    with pytest.raises(UnsupportedProjectError, match=said):
        interpreter.find(tmp_path, options)


def test_without_a_virtualenv_the_python_of_the_path_runs_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_PYTHON_CMD", raising=False)
    python = tmp_path / "python3"
    python.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert interpreter.find(tmp_path, {}).executable == python


def test_a_plugin_has_a_virtualenv_of_its_own_unless_it_names_another(tmp_path: Path) -> None:
    for name in ("venv", "other"):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "bin" / "python").touch()
        (tmp_path / name / "pyvenv.cfg").touch()
    find = interpreter.find_for_plugin
    assert find(tmp_path, {}).virtualenv == tmp_path / "venv"
    assert find(tmp_path, {"virtualenv": "other"}).virtualenv == tmp_path / "other"


def test_the_virtualenv_is_active_for_the_program(tmp_path: Path) -> None:
    programs = tmp_path / "v" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").touch()
    (tmp_path / "v" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.1\n")
    found = interpreter.find(tmp_path, {"toolchain": "pip", "virtualenv": "v"})
    assert found.version == "3.12.1"
    environment = found.environment({"PATH": "/bin", "PYTHONHOME": "/x", "KEPT": "1"})
    assert environment == {
        "PATH": f"{programs}:/bin",
        "VIRTUAL_ENV": str(tmp_path / "v"),
        "KEPT": "1",
    }


def _diagnostics(output: str) -> list[str]:
    """Return what is reported of the program, without what is said of the host itself."""
    # One section for the stack and, for what came before the engine knew it, one for nobody.
    lines = output.partition("Diagnostics:\n")[2].partition("\nResources:")[0].splitlines()
    said = [line.strip() for line in lines if line.startswith("    ") and line.strip()]
    host = ("The stand-in language host", "warning: using pulumi-language-python")
    return [line for line in said if not line.startswith(host)]


def _pid(file: Path) -> int:
    deadline = time.monotonic() + _END_SECONDS
    while not file.exists():
        assert time.monotonic() < deadline, f"{file.name} never came"
        time.sleep(0.02)
    return int(file.read_text())
