"""Docker Compose, which the benchmark compares with."""

from pathlib import Path

from airgap import golang
from airgap.layout import Layout
from airgap.session import hash_of

_MODULE = Path(__file__).parent / "compose"
_PACKAGE = "github.com/docker/compose/v2/cmd"
_VERSION = "v2.40.3"


def ensure(layout: Layout) -> Path:
    """Build Compose where it isn't there yet; return its path.

    Raises:
        SetupError: the build fails.
    """
    program = layout.bin / "docker-compose"
    stamp = layout.folder / "compose-stamp"
    key = hash_of(_VERSION, files=[_MODULE / "go.mod", _MODULE / "go.sum"])
    if not program.exists() or not stamp.exists() or stamp.read_text() != key:
        linker = f"-s -w -X github.com/docker/compose/v2/internal.Version={_VERSION}"
        golang.build(layout, _MODULE, _PACKAGE, program, linker=linker)
        stamp.write_text(key)
    return program
