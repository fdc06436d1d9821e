"""Images from the machine's own engine into another one on it."""

import subprocess
from collections.abc import Iterable

from app import images
from tests.unit.project import PROJECT


def of_application() -> list[str]:
    """Return the references of what a stack runs whose configuration chooses nothing else."""
    built = [images.reference(role) for role in images.SERVICES]
    return [*built, PROJECT["config"]["databaseImage"]["default"]]


def copy_images(references: Iterable[str], endpoint: str) -> None:
    """Copy images to the engine that listens at ``endpoint``, as ``DOCKER_HOST`` takes it."""
    with subprocess.Popen(  # noqa: S603
        ["docker", "save", *references],  # noqa: S607
        stdout=subprocess.PIPE,
    ) as saving:
        subprocess.run(  # noqa: S603
            ["docker", "--host", endpoint, "load", "--quiet"],  # noqa: S607
            stdin=saving.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    assert saving.returncode == 0
