"""Markdown that is put together from docstrings."""

import inspect
import re
from collections.abc import Iterable, Sequence

_RAISES = re.compile(r"\nRaises:\n(.+?)(?=\n\S|\Z)", flags=re.DOTALL)
_ERROR = re.compile(r"^(\w+):", flags=re.MULTILINE)


def from_docstring(text: str | None) -> str:
    """Return a docstring as Markdown: its sections become paragraphs."""

    def errors(found: re.Match[str]) -> str:
        return "\n" + _ERROR.sub(r"**Raises** `\1`:", inspect.cleandoc(found[1])) + "\n"

    return _RAISES.sub(errors, inspect.cleandoc(text or "")).strip()


def one_line(text: str | None) -> str:
    """Return a text as it fits in a cell of a table."""
    return " ".join((text or "").split()).replace("|", r"\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, or nothing without rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines])


def page(title: str, *parts: str) -> str:
    """Return a page of its parts, the empty ones left out."""
    return "\n\n".join([f"# {title}", *(part for part in parts if part)]) + "\n"
