"""Settings of the backups that a stack of the application takes by the clock."""

from dataclasses import dataclass

from app import images
from components import checks

from .reader import Reader

_LARGEST_HOURS = 8760
_LARGEST_KEEP = 10_000


@dataclass(frozen=True, kw_only=True)
class BackupSettings:
    """What backups are made from. Every value is checked."""

    image: str
    """Pinned reference of the image that takes them."""
    every_hours: int
    """Hours from one backup to the next."""
    keep: int
    """How many are kept."""


def load(reader: Reader) -> BackupSettings | None:
    """Read and check the settings; None where no backups are wanted.

    Raises:
        ArgumentError: a key is missing, or its value breaks a rule.
    """
    image = reader.text("backupImage")
    if image:
        checks.image_reference(reader.field("backupImage"), image)
    every_hours = _whole(reader, "backupEveryHours", 0, _LARGEST_HOURS)
    keep = _whole(reader, "backupKeep", 1, _LARGEST_KEEP)
    if not every_hours:
        return None
    return BackupSettings(
        image=image or images.reference(images.BACKUP), every_hours=every_hours, keep=keep
    )


def _whole(reader: Reader, key: str, smallest: int, largest: int) -> int:
    return checks.whole_number(
        reader.field(key), reader.integer(key), smallest=smallest, largest=largest
    )
