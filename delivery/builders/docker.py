"""Building with the Docker client and the engine at hand."""

import re
import time
from dataclasses import dataclass
from typing import Final

from delivery.builders.order import BASE_LABEL, CONTEXT, BuildError, Order, Workshop

_DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64})")
_BASE_FORM: Final = f'{{{{index .Config.Labels "{BASE_LABEL}"}}}}'


@dataclass(frozen=True)
class DockerBuilder:
    """Builds on the engine at hand, and pushes from there.

    Args:
        workshop: where it runs ``docker``.
        at_once: how many images it builds side by side.
    """

    workshop: Workshop
    at_once: int = 4

    def ensure(self, order: Order) -> str:
        """Build an image unless the engine has it, on the same base; return what was done.

        Raises:
            BuildError: the engine doesn't answer, or the build failed.
        """
        if self._holds(order):
            return f"{order.reference}: up to date"
        started = time.monotonic()
        command = ["docker", "build", "--force-rm", "--tag", order.reference, *order.options]
        self.workshop.run(*command, CONTEXT, doing=f"building {order.reference}")
        return f"{order.reference}: built in {time.monotonic() - started:.1f} s"

    def push(self, order: Order, target: str) -> str:
        """Build an image if it is missing, push it under a reference, and return its digest.

        Raises:
            BuildError: it could not be built or pushed.
        """
        self.ensure(order)
        self.workshop.run("docker", "tag", order.reference, target, doing=f"naming {target}")
        try:
            said = self.workshop.run("docker", "push", target, doing=f"pushing {target}")
        finally:
            # The engine at hand runs the image under its own name, if at all.
            self.workshop.run("docker", "image", "rm", target, doing=f"forgetting {target}")
        found = _DIGEST.search(said)
        if found is None:
            raise BuildError(f"pushing {target} gave no digest; docker said:\n{said.strip()}")
        return found.group(1)

    def _holds(self, order: Order) -> bool:
        try:
            base = self.workshop.run(
                "docker",
                "image",
                "inspect",
                "--format",
                _BASE_FORM,
                order.reference,
                doing=f"looking for {order.reference} on the Docker Engine",
            )
        except BuildError as error:
            if "No such image" in str(error):
                return False
            raise
        return base.strip() == order.labels[BASE_LABEL]
