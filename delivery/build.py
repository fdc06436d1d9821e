"""Builds the application's images with the Docker client at hand."""

import shutil
import subprocess
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app import images
from delivery.errors import DeliveryError

_BASE_LABEL = "org.dockyard.base-image"


class BuildError(DeliveryError):
    """An image could not be built. The message ends with what the builder said."""


class Builder:
    """Builds images under the names that the stacks expect: one name, one content.

    Args:
        root: the repository.
        base_image: what the Dockerfiles build on instead of their own default.
    """

    def __init__(self, root: Path, *, base_image: str | None) -> None:
        self._root = root
        self._base_image = base_image or ""

    def build(self, services: Iterable[str]) -> None:
        """Build what the engine doesn't hold yet, side by side.

        Raises:
            BuildError: a service is unknown, the engine doesn't answer, or a build failed.
        """
        services = list(services)
        if not shutil.which("docker"):
            raise BuildError("there is no docker client on PATH; install one (docker-cli)")
        known = [*images.SERVICES, images.MONOLITH]
        for service in services:
            if service not in known:
                raise BuildError(
                    f"{service!r} is no service of this application; build {', '.join(known)}"
                )
        with ThreadPoolExecutor() as pool:
            for line in pool.map(self._build_one, services):
                print(line, flush=True)

    def _build_one(self, service: str) -> str:
        reference = images.reference(service)
        if self._holds(reference):
            return f"{reference}: up to date"
        started = time.monotonic()
        command = ["docker", "build", "--force-rm", "--tag", reference]
        command += ["--file", f"app/{service}/Dockerfile"]
        command += ["--label", f"{_BASE_LABEL}={self._base_image}"]
        if self._base_image:
            command += ["--build-arg", f"BASE_IMAGE={self._base_image}"]
        for argument, value in (
            ("COMMIT_HASH", self._git("rev-parse", "HEAD")),
            ("BRANCH", self._git("rev-parse", "--abbrev-ref", "HEAD")),
        ):
            command += ["--build-arg", f"{argument}={value}"]
        built = subprocess.run(  # noqa: S603 - the repository's own Dockerfiles
            [*command, "app"],
            cwd=self._root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if built.returncode:
            raise BuildError(f"{reference} could not be built:\n{built.stdout.strip()}")
        return f"{reference}: built in {time.monotonic() - started:.1f} s"

    def _holds(self, reference: str) -> bool:
        """Return whether the engine holds an image, built on today's base."""
        form = f'{{{{index .Config.Labels "{_BASE_LABEL}"}}}}'
        inspected = subprocess.run(  # noqa: S603
            ["docker", "image", "inspect", "--format", form, reference],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
        if inspected.returncode and "No such image" not in inspected.stderr:
            raise BuildError(f"the Docker Engine does not answer: {inspected.stderr.strip()}")
        return not inspected.returncode and inspected.stdout.strip() == self._base_image

    def _git(self, *arguments: str) -> str:
        """Return what git says, or ``unknown`` outside a checkout."""
        said = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=self._root,
            capture_output=True,
            text=True,
            check=False,
        )
        return said.stdout.strip() or "unknown"
