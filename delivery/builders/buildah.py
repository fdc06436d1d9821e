"""Building with Buildah: no daemon."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from delivery.builders.order import CONTEXT, Order, Workshop


@dataclass(frozen=True)
class BuildahBuilder:
    """Builds with Buildah in its own store.

    Args:
        workshop: where it runs ``buildah``.
        at_once: how many images it builds side by side.
    """

    workshop: Workshop
    at_once: int = 1

    def push(self, order: Order, target: str) -> str:
        """Build an image, push it under a reference, and return its digest.

        Raises:
            BuildError: it could not be built or pushed.
        """
        # OCI's own format knows no health checks.
        command = ["buildah", "build", "--format", "docker", "--tag", target, *order.options]
        self.workshop.run(*command, CONTEXT, doing=f"building {target}")
        try:
            with tempfile.TemporaryDirectory(prefix="dockyard-build-") as folder:
                digest = Path(folder, "digest")
                self.workshop.run(
                    "buildah",
                    "push",
                    "--digestfile",
                    str(digest),
                    target,
                    doing=f"pushing {target}",
                )
                return digest.read_text(encoding="utf-8").strip()
        finally:
            self.workshop.run("buildah", "rmi", target, doing=f"forgetting {target}")
