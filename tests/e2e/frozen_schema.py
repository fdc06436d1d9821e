"""The plugin's schema: as the CLI gets it, and as it was when somebody last looked at it.

``python -m tests.e2e.frozen_schema`` freezes it anew; ``make schema`` does that.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.e2e.stack import REPOSITORY

FROZEN = REPOSITORY / "tests" / "unit" / "schema.json"


def copy_plugin(target: Path) -> Path:
    """Copy what a plugin needs of the repository, and return its folder."""
    for folder in ("components", "plugin"):
        left_out = shutil.ignore_patterns("__pycache__", "venv")
        shutil.copytree(REPOSITORY / folder, target / folder, ignore=left_out)
    shutil.copy(REPOSITORY / "requirements.txt", target)
    return target / "plugin"


def installed_plugin(target: Path) -> Path:
    """Copy the plugin, give it our virtualenv, and return its folder."""
    plugin = copy_plugin(target)
    (plugin / "venv").symlink_to(sys.prefix)
    return plugin


def current(plugin: Path) -> str:
    """Return the schema of the plugin in a folder."""
    done = subprocess.run(  # noqa: S603
        ["pulumi", "package", "get-schema", plugin],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        FROZEN.write_text(current(installed_plugin(Path(folder))), encoding="utf-8")
