"""Pieces of Markdown that fit a size, and say what was left out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

NOTICE_BYTES: Final = 160
"""What it takes to say how much is left out."""

_BREAK = "\n\n"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One of several pieces.

    Args:
        full: the piece.
        short: a line that may stand in for it; empty if there is none.
    """

    full: str
    short: str = ""


def size(text: str) -> int:
    """Return how many bytes a text and the break after it take."""
    return len(text.encode()) + len(_BREAK)


def joined(pieces: Sequence[str]) -> str:
    """Return pieces as one text; items of a list stay together."""
    text = ""
    for last, each in zip(["", *pieces], pieces, strict=False):
        between = "\n" if last.startswith("- ") and each.startswith("- ") else _BREAK
        text += between + each if text else each
    return text


def fitting(entries: Sequence[Entry], limit_bytes: int) -> Iterator[str]:
    """Yield pieces that fit a size: all of them in short, before any of them in full.

    What is left out is counted at the end.
    """
    left = limit_bytes - NOTICE_BYTES
    shown = 0
    for each in entries:
        if size(each.short or each.full) > left:
            break
        left -= size(each.short or each.full)
        shown += 1
    shortened = 0
    for each in entries[:shown]:
        more = size(each.full) - size(each.short) if each.short else 0
        if more <= left:
            left -= more
            yield each.full
        else:
            shortened += 1
            yield each.short
    yield from left_out(len(entries) - shown, shortened)


def left_out(hidden: int, shortened: int = 0) -> list[str]:
    """Return the sentence on what has no place, if there is any such thing.

    Args:
        hidden: how many are not there at all.
        shortened: how many are there in short.
    """
    told = [f"{hidden} more are left out"] if hidden else []
    told += [f"{shortened} are shown without their properties"] if shortened else []
    return [f"*For its size, {' and '.join(told)}: see the job's artifacts.*"] if told else []
