"""Pulumi's generator of Python SDKs, which the stand-in language host calls."""

from pathlib import Path

from airgap import golang
from airgap.language_host.sdk import PROGRAM
from airgap.layout import Layout
from airgap.session import hash_of

_MODULE = Path(__file__).parent / "engine"
_PACKAGE = "./sdk_generator"


def ensure(layout: Layout) -> Path:
    """Build it where it isn't there yet; return its path.

    Raises:
        SetupError: the build fails.
    """
    program = layout.bin / PROGRAM
    stamp = layout.folder / "sdk-generator-stamp"
    sources = [_MODULE / "go.mod", _MODULE / "go.sum", _MODULE / "sdk_generator" / "main.go"]
    key = hash_of(_PACKAGE, files=sources)
    if not program.exists() or not stamp.exists() or stamp.read_text() != key:
        golang.build(layout, _MODULE, _PACKAGE, program)
        stamp.write_text(key)
    return program
