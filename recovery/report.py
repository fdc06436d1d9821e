"""What people read: which documents there are here and there."""

from collections.abc import Mapping, Sequence
from typing import Any


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows under a head, the first column to the left and the others to the right."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def backup(name: str, described: Mapping[str, Any]) -> str:
    """Return a backup and its collections."""
    rows = [
        (collection, each["documents"], each["size_bytes"], each["sha256"][:16])
        for collection, each in sorted(described["collections"].items())
    ]
    head = ("collection", "documents", "bytes", "sha256")
    return f"{name}, server {described['server']}\n{table(head, rows)}"


def documents(described: Mapping[str, Any]) -> int:
    """Return how many documents a backup holds."""
    return sum(each["documents"] for each in described["collections"].values())
