"""Building with BuildKit alone: no engine, no root, no privileged container."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from delivery.builders.order import CONTEXT, BuildError, Order, Workshop

_PROGRAM: Final = "buildctl-daemonless.sh"
_DIGEST_KEY: Final = "containerimage.digest"


@dataclass(frozen=True)
class BuildkitBuilder:
    """Builds with a BuildKit daemon that lives as long as a build does.

    Args:
        workshop: where it runs BuildKit's own script.
        at_once: how many images it builds side by side: one, for daemons share their folder.
    """

    workshop: Workshop
    at_once: int = 1

    def push(self, order: Order, target: str) -> str:
        """Build an image, push it under a reference, and return its digest.

        Raises:
            BuildError: it could not be built or pushed.
        """
        with tempfile.TemporaryDirectory(prefix="dockyard-build-") as folder:
            metadata = Path(folder, "metadata.json")
            self.workshop.run(*_command(order, target, metadata), doing=f"building {target}")
            return _digest(metadata, target)


def _command(order: Order, target: str, metadata: Path) -> list[str]:
    command = [_PROGRAM, "build", "--frontend", "dockerfile.v0", "--progress", "plain"]
    command += ["--local", f"context={CONTEXT}"]
    command += ["--local", f"dockerfile={Path(order.dockerfile).parent}"]
    for kind, values in (("label", order.labels), ("build-arg", order.arguments)):
        for name, value in values.items():
            command += ["--opt", f"{kind}:{name}={value}"]
    command += ["--output", f"type=image,name={target},push=true"]
    return [*command, "--metadata-file", str(metadata)]


def _digest(metadata: Path, target: str) -> str:
    try:
        return str(json.loads(metadata.read_text(encoding="utf-8"))[_DIGEST_KEY])
    except (OSError, ValueError, KeyError, TypeError):
        raise BuildError(
            f"{_PROGRAM} built {target} and left no digest; take BuildKit 0.8 or newer"
        ) from None
