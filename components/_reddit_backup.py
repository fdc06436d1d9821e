"""Backups of the reddit application: the rules for them, and the service that takes them."""

import re
from collections.abc import Mapping

import pulumi

from . import checks
from ._backup_args import BACKUPS, BackupArgs
from ._container_app_args import AppServiceArgs

_DEFAULT_EVERY_HOURS = 24
_DEFAULT_KEEP = 7
_SECONDS_PER_HOUR = 3600
_LARGEST_EVERY_HOURS = 8760
_LARGEST_KEEP = 10_000
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_FOLDER = "/backups"


def check(args: BackupArgs) -> None:
    """Check what only backups have.

    Raises:
        ArgumentError: a time or a number is invalid, or two times contradict each other.
    """
    if "every_hours" in args:
        checks.whole_number(
            "backup.every_hours", args["every_hours"], smallest=1, largest=_LARGEST_EVERY_HOURS
        )
    if "keep" in args:
        checks.whole_number("backup.keep", args["keep"], smallest=1, largest=_LARGEST_KEEP)
    if "at" not in args:
        return
    if not _TIME.fullmatch(args["at"]):
        raise checks.ArgumentError(
            "backup.at", args["at"], "is not a time of the day; write one like 03:00, UTC"
        )
    if "every_hours" in args:
        raise checks.ArgumentError(
            "backup.at", args["at"], "contradicts every_hours; give one of them"
        )


def backup_service(args: BackupArgs, database: Mapping[str, pulumi.Input[str]]) -> AppServiceArgs:
    """Return the service that takes backups: on the back network only.

    Args:
        args: when, and how many are kept.
        database: environment variables that say where the database is and who logs in.
    """
    every_hours = int(args.get("every_hours", _DEFAULT_EVERY_HOURS))
    when = (
        {"BACKUP_AT": args["at"]}
        if "at" in args
        else {"BACKUP_EVERY_SECONDS": str(every_hours * _SECONDS_PER_HOUR)}
    )
    return AppServiceArgs(
        image=args["image"],
        networks={"back": []},
        health_command=["python3", "-m", "backup.healthy"],
        after=["database"],
        environment={
            **database,
            **when,
            "BACKUP_KEEP": str(int(args.get("keep", _DEFAULT_KEEP))),
            **args.get("environment", {}),
        },
        volumes={BACKUPS: _FOLDER},
    )
