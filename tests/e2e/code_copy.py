"""A copy of the code, to be changed by a test."""

import shutil
from pathlib import Path

from tests.e2e.stack import REPOSITORY

_CODE = ("__main__.py", "Pulumi.yaml", "app", "components", "delivery", "policies", "stacks")


def copy_code(target: Path) -> None:
    """Copy what stacks and deliveries are made of; the set-up is this repository's own."""
    target.mkdir(exist_ok=True)
    for name in _CODE:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (target / ".dockyard").symlink_to(REPOSITORY / ".dockyard")
