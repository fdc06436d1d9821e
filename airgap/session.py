"""What one set-up knows: the folders, the record of earlier ones, and what the user asks for."""

import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from airgap.layout import Layout
from airgap.parts import Kind, Part, Record, Source, choose

_NOTHING = Record(kind=Kind.STAND_IN, where="")


@dataclass
class Session:
    """The state of one set-up.

    Args:
        layout: The clone's folders.
        records: What earlier ones decided; changed in place.
        forced: Parts to make locally, whatever else there is.
        retry: Whether to try downloads again that failed before.
        engine: Whether the run has to do with a Docker Engine; without, nothing asks for one.
        all_plugins: Whether to install the plugins too that Pulumi would download on first use.
    """

    layout: Layout
    records: dict[Part, Record] = field(default_factory=dict)
    forced: frozenset[Part] = frozenset()
    retry: bool = False
    engine: bool = True
    all_plugins: bool = False

    def record(self, part: Part) -> Record:
        """Return what is known of a part."""
        return self.records.get(part, _NOTHING)

    def source(self, part: Part, *, on_machine: bool) -> Source:
        """Say where a part comes from this time."""
        return choose(
            forced=part in self.forced,
            on_machine=on_machine,
            unreachable=bool(self.record(part).unreachable),
            retry=self.retry,
        )


def on_path(program: str, layout: Layout) -> Path | None:
    """Find a program on PATH that set-up didn't put there."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    elsewhere = [folder for folder in folders if Path(folder).resolve() != layout.bin.resolve()]
    found = shutil.which(program, path=os.pathsep.join(elsewhere))
    return Path(found) if found else None


def hash_of(*texts: str, files: Iterable[Path] = ()) -> str:
    """Return a short hash of texts and of files' contents."""
    digest = hashlib.sha256()
    for content in (*(text.encode() for text in texts), *(file.read_bytes() for file in files)):
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]
