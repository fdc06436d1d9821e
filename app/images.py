"""The names of the services' images: a tag changes exactly when what is built changes.

Pure and quick, because a stack asks for the names whenever it is previewed.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

SERVICES = ("ui", "post", "comment")
"""The services, each with an image of its own."""

BACKUP = "backup"
"""The image that backs up their databases."""

DEPLOYED = (*SERVICES, BACKUP)
"""What a stack may run of these images."""

MONOLITH = "monolith"
"""The image that holds all of them, for demonstration."""

REPOSITORY = "dockyard"

_APP = Path(__file__).parent
_SHARED = "service"
_IGNORE_FILE = ".dockerignore"
# What the ignore file keeps away from every build.
_LEFT_OUT = frozenset({"tests", "__pycache__"})
_DIGITS = 12


def reference(service: str, root: Path = _APP) -> str:
    """Return the reference of a service's image: repository, version and a hash of its sources.

    The hash depends on names and contents alone, so it is the same on every machine. It covers
    what is in the build context; the base image and the build arguments are the builder's choice.

    Args:
        service: One of ``DEPLOYED``, or ``MONOLITH``.
        root: The build context.

    Raises:
        ValueError: there is no such service.
    """
    if service not in {*DEPLOYED, MONOLITH}:
        known = ", ".join([*DEPLOYED, MONOLITH])
        msg = f"service is {service!r}: give one of {known}"
        raise ValueError(msg)
    folders = [service, _SHARED, *(SERVICES if service == MONOLITH else ())]
    version = (root / service / "VERSION").read_text(encoding="ascii").strip()
    return f"{REPOSITORY}/{service}:{version}-{_hash(root, folders)}"


def _hash(root: Path, folders: list[str]) -> str:
    digest = hashlib.sha256()
    for name, file in sorted(_inputs(root, folders)):
        content = file.read_bytes()
        # Lengths keep one file's end from being read as the next one's beginning.
        digest.update(f"{len(name)} {name} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()[:_DIGITS]


def _inputs(root: Path, folders: list[str]) -> Iterator[tuple[str, Path]]:
    yield _IGNORE_FILE, root / _IGNORE_FILE
    for folder in folders:
        for file in (root / folder).rglob("*"):
            name = PurePosixPath(file.relative_to(root))
            if file.is_file() and not _LEFT_OUT.intersection(name.parts):
                yield str(name), file
