"""One stack's changes in a merge request's note: folded, the weightiest first."""

from collections.abc import Iterator

from delivery.preview.bounded import Entry, fitting, joined, size
from delivery.preview.code_quotes import fence, html_span, span
from delivery.preview.model import Change, Difference, StackPreview
from delivery.preview.plain_text import clipped, on_one_line
from delivery.preview.summary import (
    NAMED_CHARACTERS,
    SHOWN_CHARACTERS,
    counted,
    ordered,
    short_type,
)

_DIFFERENCES = 100
_END = "</details>"


def render(preview: StackPreview, limit_bytes: int) -> str:
    """Return a stack's changes, in no more than so many bytes."""
    counts = ", ".join(
        f"{preview.count(each)} to {each}" for each in counted([preview]) if preview.count(each)
    )
    name = html_span(clipped(preview.stack, NAMED_CHARACTERS))
    begin = f"<details>\n<summary>{name}: {counts}</summary>"
    left = limit_bytes - size(begin) - size(_END)
    entries = [_entry(each) for each in ordered(preview.changes)]
    return joined([begin, *fitting(entries, left), _END])


def _entry(change: Change) -> Entry:
    name = clipped(change.name, NAMED_CHARACTERS)
    kind = clipped(short_type(change.type), NAMED_CHARACTERS)
    notes = "".join(
        f", {note}"
        for note, applies in (("protected", change.protected), ("retained", change.retained))
        if applies
    )
    line = f"- {change.operation} {span(name)} · {span(kind)}{notes}"
    if not change.differences:
        return Entry(full=line)
    title = f"{change.operation} {html_span(name)} · {html_span(kind)}{notes}"
    begin = f"<details>\n<summary>{title}</summary>"
    properties = fence(list(_properties(change)), "diff")
    return Entry(full=joined([begin, properties, _END]), short=line)


def _properties(change: Change) -> Iterator[str]:
    shown = change.differences[:_DIFFERENCES]
    if forcing := [_path(each) for each in shown if each.replaces]:
        yield f"! replaced because of {', '.join(forcing)}"
    for each in shown:
        yield from _sides(each)
    if len(shown) < len(change.differences):
        yield f"! and {len(change.differences) - len(shown)} more properties"


def _sides(difference: Difference) -> Iterator[str]:
    path = _path(difference)
    if difference.old is None and difference.new is None:
        yield f"! {path}"
    for sign, value in (("-", difference.old), ("+", difference.new)):
        if value is not None:
            first, *rest = clipped(value, SHOWN_CHARACTERS).split("\n")
            yield f"{sign} {path}: {first}"
            yield from (f"{sign}   {line}" for line in rest)


def _path(difference: Difference) -> str:
    return clipped(on_one_line(difference.path), NAMED_CHARACTERS)
