"""The Packer template of a Docker host's image."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from components._engine_setup import EngineSetup

_REPOSITORY = Path(__file__).parents[2]
_TEMPLATE = _REPOSITORY / "images/docker-host.pkr.hcl"
_PLUGINS_APART = (1, 7)


@pytest.fixture
def packer() -> str:
    """A packer that has its plugins built in; a newer one would have to download them."""
    program = shutil.which("packer")
    if not program:
        pytest.skip("packer is not installed, and not every release of Debian packages it")
    said = _run(program, "version").stdout
    version = re.search(r"v(\d+)\.(\d+)", said)
    assert version, said
    if (int(version[1]), int(version[2])) >= _PLUGINS_APART:
        pytest.skip(f"{said.strip()} downloads its plugins first: 'packer init images'")
    return program


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        command,
        cwd=_REPOSITORY,
        env={**os.environ, "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("setting", "valid"), [("use_iap", True), ("use_nonsense", False)])
def test_packer_takes_the_template_and_would_notice_an_error(
    packer: str, tmp_path: Path, setting: str, *, valid: bool
) -> None:
    template, script = tmp_path / "docker-host.pkr.hcl", tmp_path / "engine-setup.sh"
    template.write_text(_TEMPLATE.read_text().replace("use_iap", setting))
    script.write_text(EngineSetup({}).script)
    values = {"project": "any", "subnetwork": "any", "setup_script": script}
    words = [f"-var={name}={value}" for name, value in values.items()]
    done = _run(packer, "validate", *words, template)
    assert (done.returncode == 0) == valid, done.stdout + done.stderr


def test_the_image_is_made_by_the_script_that_hosts_are_made_by() -> None:
    printed = _run(sys.executable, "-m", "images.render")
    assert printed.stdout == EngineSetup({}).script, printed.stderr
