"""Restoring a backup over what is there now, which somebody has to want."""

import sys
from typing import Any

from recovery import report
from recovery.errors import RefusedError
from recovery.place import Place

_WRITERS = ("post", "comment")


def restore(place: Place, name: str, *, agreed: bool) -> dict[str, Any]:
    """Make a stack's databases what they were when a backup was taken.

    The services that write are stopped meanwhile. What is there then is backed up first.

    Args:
        place: the host.
        name: the backup's name, or ``newest``.
        agreed: whether somebody has agreed already; otherwise the terminal is asked.

    Returns:
        What the backup holds.

    Raises:
        RefusedError: nobody agreed; nothing was touched.
        RecoveryError: the backup is broken, and nothing was touched; or the restore failed, and
            the message says what is where.
    """
    found = place.backup("verify", name)
    now = place.backup("count")
    print(_comparison(place, found, now["documents"]))
    would_lose = any(now["documents"].values()) or now["put_aside"]
    if would_lose and not agreed:
        _ask(place)
    with place.stopped(_WRITERS):
        if now["put_aside"]:
            print("A restore was interrupted; the backup that it began with is in the list.")
        elif would_lose:
            # Not before: what was published in between would be in no backup.
            print(f"Backed up first: {place.backup('take')['name']}")
        # Without a word of what would go, nothing goes: somebody may have begun to write just now.
        replace = ["--replace"] if would_lose else []
        return place.backup("restore", found["name"], *replace)


def _comparison(place: Place, found: dict[str, Any], now: dict[str, int]) -> str:
    then = {name: each["documents"] for name, each in found["collections"].items()}
    rows = [(name, now.get(name, 0), then.get(name, 0)) for name in sorted({*now, *then})]
    head = (f"{place.stack} on {place.host}", "documents now", f"in {found['name']}")
    return report.table(head, rows)


def _ask(place: Place) -> None:
    question = f"What is there now goes. Type {place.stack} to go on: "
    if not sys.stdin.isatty():
        raise RefusedError(
            "what is there now would go, and there is no terminal to ask at; --yes lets it go"
        )
    if input(question).strip() != place.stack:
        raise RefusedError("that was not the name of the stack; nothing was touched")
