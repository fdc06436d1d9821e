"""What backups of the reddit application need to know."""

from typing import NotRequired, TypedDict

import pulumi

BACKUPS = "backups"
"""Role of the volume that holds the backups."""


class BackupArgs(TypedDict):
    """Backups of the database by the clock, the first when the application starts.

    Each is restored at once into throw-away databases of the same server, and compared.
    """

    image: pulumi.Input[str]
    """The image, built from ``app/backup``: a pinned reference, or an id from ``PulledImages``."""

    every_hours: NotRequired[int]
    """Hours from one backup to the next, 1 to 8760; this or ``at``. Default: 24."""

    at: NotRequired[str]
    """Time of the day, UTC, as ``03:00``; this or ``every_hours``. Default: ``every_hours``."""

    keep: NotRequired[int]
    """How many backups are kept, the newest, 1 to 10000. Default: 7."""

    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables, over the derived ones. ``BACKUP_DRILL=false`` restores no backup for
    comparison, which saves the database the work."""

    memory_mib: NotRequired[int]
    """Memory limit in MiB. Default: 128."""

    cpus: NotRequired[float]
    """CPU limit in CPUs. Default: 1.0."""
