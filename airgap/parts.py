"""The parts that a run is made of: which, how one is chosen, and the record of the choice."""

import enum
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from airgap.commands import SetupError, write_atomically


class Part(enum.StrEnum):
    """A part that may be the real thing or a stand-in, in the order of the table."""

    ENGINE = "docker-engine"
    PULUMI = "pulumi"
    LANGUAGE_HOST = "language-host"
    DOCKER_PROVIDER = "docker-provider"
    COMMAND_PROVIDER = "command-provider"
    GCP_PROVIDER = "gcp-provider"
    GITLAB_PROVIDER = "gitlab-provider"
    BASE_IMAGE = "base-image"
    DATABASE = "database"


TITLES = {
    Part.ENGINE: "Docker Engine",
    Part.PULUMI: "Pulumi engine and CLI",
    Part.LANGUAGE_HOST: "Pulumi language host",
    Part.DOCKER_PROVIDER: "Pulumi docker provider",
    Part.COMMAND_PROVIDER: "Pulumi command provider",
    Part.GCP_PROVIDER: "Pulumi gcp provider",
    Part.GITLAB_PROVIDER: "Pulumi gitlab provider",
    Part.BASE_IMAGE: "Base image of the services",
    Part.DATABASE: "Database",
}


REPLACEABLE = (
    Part.PULUMI,
    Part.LANGUAGE_HOST,
    Part.DOCKER_PROVIDER,
    Part.COMMAND_PROVIDER,
    Part.GCP_PROVIDER,
    Part.GITLAB_PROVIDER,
    Part.BASE_IMAGE,
)
"""The parts that come from elsewhere on one machine and from here on another."""


class Kind(enum.StrEnum):
    """Whether a part is what it is named after."""

    REAL = "real"
    STAND_IN = "STAND-IN"


class Source(enum.Enum):
    """Where set-up takes a part from."""

    MACHINE = enum.auto()
    DOWNLOAD = enum.auto()
    LOCAL = enum.auto()


@dataclass(frozen=True, kw_only=True)
class Record:
    """What set-up decided about a part."""

    kind: Kind
    where: str
    """Path, image or version, for a person to read."""
    key: str = ""
    """Hash of what it was made from; another one means make it again."""
    unreachable: str = ""
    """Why the download failed, so that the next set-up doesn't wait for it again."""


def choose(*, forced: bool, on_machine: bool, unreachable: bool, retry: bool) -> Source:
    """Say where a part comes from.

    Args:
        forced: The user wants what is made locally, whatever else there is.
        on_machine: The real thing is installed.
        unreachable: An earlier download failed.
        retry: The user asks for another try.
    """
    if forced:
        return Source.LOCAL
    if on_machine:
        return Source.MACHINE
    if unreachable and not retry:
        return Source.LOCAL
    return Source.DOWNLOAD


def forced(names: str) -> frozenset[Part]:
    """Read a list of parts, parted by spaces or commas; ``all`` is all that are replaceable.

    Raises:
        SetupError: a name is none of theirs.
    """
    words = names.replace(",", " ").split()
    if words == ["all"]:
        return frozenset(REPLACEABLE)
    for word in words:
        if word not in REPLACEABLE:
            raise SetupError(
                f"DOCKYARD_STAND_IN names '{word}'; it may name {', '.join(REPLACEABLE)}, or all"
            )
    return frozenset(map(Part, words))


def load(path: Path) -> dict[Part, Record]:
    """Read the records; none where there is no file, or one that another version wrote."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {
            Part(part): Record(**{**fields, "kind": Kind(fields["kind"])})
            for part, fields in stored.items()
        }
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def save(path: Path, records: dict[Part, Record]) -> None:
    """Write the records."""
    ordered = {part: asdict(records[part]) for part in Part if part in records}
    write_atomically(path, json.dumps(ordered, indent=2) + "\n")


def table(records: dict[Part, Record]) -> str:
    """Return the records as a table for people, one line per part."""
    if not records:
        return "Nothing is set up yet: run 'python3 -m airgap setup'."
    rows = [
        (TITLES[part], records[part].kind.value, records[part].where)
        for part in Part
        if part in records
    ]
    head = ("part", "real?", "where")
    first, second = (max(len(row[column]) for row in [head, *rows]) for column in (0, 1))
    return "\n".join(f"{a:<{first}}  {b:<{second}}  {c}" for a, b, c in [head, *rows])
