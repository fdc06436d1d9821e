"""The report for a terminal."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from delivery.preview.messages import Message, Section, messages
from delivery.preview.model import Change, Difference, Operation, StackPreview
from delivery.preview.plain_text import clipped, on_one_line
from delivery.preview.redaction import Redactor, cleaned
from delivery.preview.summary import (
    NAMED_CHARACTERS,
    SAID_CHARACTERS,
    SHOWN_CHARACTERS,
    SIGNS,
    Verdict,
    all_losses,
    counted,
    headline,
    ordered,
    short_type,
    verdict,
)

_ONE_LINE_CHARACTERS = 80


class _Style(StrEnum):
    """What a terminal switches on for some words."""

    BOLD = "1"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"


_OF_VERDICT = {
    Verdict.FAILED: _Style.RED,
    Verdict.LOSES_DATA: _Style.RED,
    Verdict.CHANGES: _Style.YELLOW,
    Verdict.NO_CHANGES: _Style.GREEN,
}
_OF_OPERATION = {
    Operation.CREATE: _Style.GREEN,
    Operation.IMPORT: _Style.GREEN,
    Operation.UPDATE: _Style.YELLOW,
    Operation.REPLACE: _Style.RED,
    Operation.DELETE: _Style.RED,
    Operation.FORGET: _Style.YELLOW,
}


def render(previews: Sequence[StackPreview], *, redact: Redactor, colour: bool) -> str:
    """Return the report.

    Args:
        previews: what to report, in the order to show.
        redact: takes secrets out.
        colour: whether the terminal shows colours.
    """
    report = _Report(colour=colour)
    return "\n".join(report.lines(cleaned(previews, redact))) + "\n"


class _Report:
    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def lines(self, previews: Sequence[StackPreview]) -> Iterator[str]:
        yield self._styled(headline(previews), _Style.BOLD)
        yield ""
        yield from self._table(previews)
        if lost := all_losses(previews):
            yield from self._title("Data")
            for each in lost:
                sentence = each.sentence(_name)
                grave = f"{SIGNS[Verdict.LOSES_DATA]} {sentence}"
                yield "  " + (self._styled(grave, _Style.RED) if each.is_grave else sentence)
        for section, told in messages(previews).items():
            yield from self._title(section)
            for message in told:
                yield from self._message(message)
        for preview in previews:
            if preview.changes:
                yield from self._title(_name(preview.stack))
                for change in ordered(preview.changes):
                    yield from self._change(change)

    def _title(self, title: str) -> Iterator[str]:
        yield ""
        yield self._styled(title, _Style.BOLD)

    def _table(self, previews: Sequence[StackPreview]) -> Iterator[str]:
        columns = counted(previews)
        names = [_name(each.stack) + (" (new)" if each.is_new else "") for each in previews]
        width = max(map(len, ["stack", *names]))
        titles = [*columns, "unchanged"]
        yield "  ".join(["stack".ljust(width), *titles, "verdict"])
        for name, preview in zip(names, previews, strict=True):
            counts = [*(preview.count(each) for each in columns), preview.unchanged]
            numbers = [
                str(count).rjust(len(title)) for count, title in zip(counts, titles, strict=True)
            ]
            found = verdict(preview)
            told = self._styled(f"{SIGNS[found]} {found}", _OF_VERDICT[found])
            yield "  ".join([name.ljust(width), *numbers, told])

    def _message(self, message: Message) -> Iterator[str]:
        style = _Style.YELLOW
        if message.mandatory or message.section is Section.ERRORS:
            style = _Style.RED
        about = ", ".join(
            f"{_name(each.resource)} of {_name(each.stack)}" if each.resource else _name(each.stack)
            for each in message.places
        )
        if message.policy:
            weight = "mandatory" if message.mandatory else "advisory"
            about = f"{_name(message.policy)} ({weight}): {about}"
        yield "  " + self._styled(about, style)
        for line in clipped(message.text, SAID_CHARACTERS).split("\n"):
            yield f"    {line}"

    def _change(self, change: Change) -> Iterator[str]:
        notes = [
            note
            for note, applies in (("protected", change.protected), ("retained", change.retained))
            if applies
        ]
        told = ", ".join([f"{_name(change.name)}  {_name(short_type(change.type))}", *notes])
        yield f"  {self._styled(f'{change.operation:<7}', _OF_OPERATION[change.operation])}  {told}"
        for each in change.differences:
            yield from self._difference(each)

    def _difference(self, difference: Difference) -> Iterator[str]:
        path = _name(difference.path)
        note = "  (replaces)" if difference.replaces else ""
        old, new = _side(difference.old), _side(difference.new)
        if len(old + new) <= _ONE_LINE_CHARACTERS and "\n" not in old + new:
            before, after = self._styled(old, _Style.RED), self._styled(new, _Style.GREEN)
            yield f"      {path}: {before} → {after}{note}"
            return
        yield f"      {path}{note}"
        for sign, value, style in (
            ("-", difference.old, _Style.RED),
            ("+", difference.new, _Style.GREEN),
        ):
            if value is not None:
                for line in clipped(value, SHOWN_CHARACTERS).split("\n"):
                    yield "        " + self._styled(f"{sign} {line}", style)

    def _styled(self, text: str, style: _Style) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour else text


def _side(value: str | None) -> str:
    return "(none)" if value is None else value


def _name(text: str) -> str:
    return clipped(on_one_line(text), NAMED_CHARACTERS)
