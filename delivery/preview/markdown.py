"""The report as a merge request's note.

What matters most comes first and is kept when the note gets too long. Whatever others have written
stands as code, see ``code_quotes``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from delivery.preview import markdown_changes
from delivery.preview.bounded import NOTICE_BYTES, Entry, fitting, joined, left_out, size
from delivery.preview.code_quotes import cell, fence, span
from delivery.preview.losses import Loss
from delivery.preview.messages import Message, Place, Section, messages
from delivery.preview.model import Operation, StackPreview
from delivery.preview.plain_text import clipped
from delivery.preview.redaction import Redactor, clean_text, cleaned
from delivery.preview.summary import (
    NAMED_CHARACTERS,
    SAID_CHARACTERS,
    SIGNS,
    Verdict,
    all_losses,
    counted,
    headline,
    verdict,
)

MARKER: Final = "<!-- dockyard-preview -->"
"""The first line, by which the note is found again."""
LEAST_BYTES: Final = 10_000
"""The smallest limit in which the summary has its place."""

# How far the note may be full after each part.
_TABLE_SHARE = 0.3
_DATA_SHARE = 0.45
_SHARES: Final = {Section.POLICIES: 0.6, Section.ERRORS: 0.7, Section.WARNINGS: 0.75}
# A stack with less than this can't even say what is left out.
_LEAST_STACK_BYTES = 2_000
_PLACES = 5
_WORST: Final = tuple(Verdict)
_COMMIT_CHARACTERS = 12
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&+,;=%-]{1,500}")


def render(
    previews: Sequence[StackPreview],
    *,
    redact: Redactor,
    job_url: str = "",
    commit: str = "",
    limit_bytes: int = 100_000,
) -> str:
    """Return the note.

    Args:
        previews: what to report, in the order to show.
        redact: takes secrets out.
        job_url: where the job's log and artifacts are.
        commit: what was previewed.
        limit_bytes: how long the note may be, in bytes of UTF-8.

    Raises:
        ValueError: the limit leaves no place for the summary.
    """
    if limit_bytes < LEAST_BYTES:
        raise ValueError(f"limit_bytes: {limit_bytes} is too few; give {LEAST_BYTES} or more")
    shown = cleaned(previews, redact)
    note = [MARKER, f"## {headline(shown)}"]
    if about := _about(clean_text(job_url, redact), clean_text(commit, redact)):
        note.append(about)
    note += _table(shown, _left(note, limit_bytes * _TABLE_SHARE))
    if lost := all_losses(shown):
        note.append("### Data")
        entries = [Entry(full=_data(each)) for each in lost]
        note += fitting(entries, _left(note, limit_bytes * _DATA_SHARE))
    for section, told in messages(shown).items():
        note.append(_section(section, told, _left(note, limit_bytes * _SHARES[section])))
    if changed := [each for each in shown if each.changes]:
        note.append("### Changes")
        note += _changes(changed, _left(note, limit_bytes))
    return joined(note) + "\n"


def _left(note: Sequence[str], limit_bytes: float) -> int:
    return max(0, int(limit_bytes) - sum(map(size, note)))


def _about(job_url: str, commit: str) -> str:
    told = [f"Commit {span(commit[:_COMMIT_CHARACTERS])}"] if commit else []
    if _LINK.fullmatch(job_url):
        told.append(f"[log and artifacts of the job]({job_url})")
    return " · ".join(told)


def _table(previews: Sequence[StackPreview], limit_bytes: int) -> list[str]:
    columns = counted(previews)
    titles = ["Stack", *(each.capitalize() for each in columns), "Unchanged", "Verdict"]
    # Names and verdicts are words, all between are numbers.
    lines = [_row(titles), _row([":--", *["--:"] * (len(titles) - 2), ":--"])]
    rows = [_row(_cells(each, columns)) for each in previews]
    # If not all have their place, the worst have.
    worst = sorted(range(len(rows)), key=lambda index: _WORST.index(verdict(previews[index])))
    left = limit_bytes - sum(map(size, lines)) - NOTICE_BYTES
    kept = set()
    for index in worst:
        left -= size(rows[index])
        if left < 0:
            break
        kept.add(index)
    lines += [row for index, row in enumerate(rows) if index in kept]
    return ["\n".join(lines), *left_out(len(rows) - len(kept))]


def _cells(preview: StackPreview, columns: Sequence[Operation]) -> list[str]:
    name = cell(clipped(preview.stack, NAMED_CHARACTERS)) + (" (new)" if preview.is_new else "")
    counts = [preview.count(each) for each in columns]
    found = verdict(preview)
    return [name, *map(str, counts), str(preview.unchanged), f"{SIGNS[found]} {found}"]


def _changes(changed: Sequence[StackPreview], limit_bytes: int) -> Iterator[str]:
    left = limit_bytes - NOTICE_BYTES
    detailed = changed[: max(0, left) // _LEAST_STACK_BYTES]
    for index, each in enumerate(detailed):
        stack = markdown_changes.render(each, left // (len(detailed) - index))
        left -= size(stack)
        yield stack
    yield from left_out(len(changed) - len(detailed))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _data(loss: Loss) -> str:
    sentence = loss.sentence(lambda name: span(clipped(name, NAMED_CHARACTERS)))
    return f"- {SIGNS[Verdict.LOSES_DATA]} **{sentence}**" if loss.is_grave else f"- {sentence}"


def _section(section: Section, told: Sequence[Message], limit_bytes: int) -> str:
    begin, end = f"### {section}", ""
    # They are many, and seldom new.
    if section is Section.WARNINGS:
        begin, end = f"<details>\n<summary>{section} ({len(told)})</summary>", "</details>"
    left = limit_bytes - size(begin) - size(end)
    pieces = [begin, *fitting([Entry(full=_message(each)) for each in told], left), end]
    return joined([each for each in pieces if each])


def _message(message: Message) -> str:
    about = ", ".join(_place(each) for each in message.places[:_PLACES])
    more = len(message.places) - _PLACES
    about += f" and {more} more" if more > 0 else ""
    if message.policy:
        weight = "mandatory" if message.mandatory else "advisory"
        policy = span(clipped(message.policy, NAMED_CHARACTERS))
        about = f"{policy} ({weight}): {about}"
    return f"{about}\n\n{fence([clipped(message.text, SAID_CHARACTERS)], 'text')}"


def _place(place: Place) -> str:
    stack = span(clipped(place.stack, NAMED_CHARACTERS))
    if not place.resource:
        return stack
    return f"{span(clipped(place.resource, NAMED_CHARACTERS))} of {stack}"
