"""Images from the machine's own engine into another one on it."""

import subprocess
from collections.abc import Iterable


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
