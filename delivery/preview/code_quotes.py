"""Texts of others in Markdown: only ever as code.

In code, and only there, GitLab sees no link, no picture, no mention of a person and no reference,
whatever its version escapes elsewhere. A quick action is a line that begins with a slash, code or
not, so none does.
"""

import html
import re

from delivery.preview.plain_text import on_one_line


def span(text: str) -> str:
    """Return a text as code within a line."""
    text = on_one_line(text) or " "
    ticks = "`" * (_longest_run(text) + 1)
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{padding}{text}{padding}{ticks}"


def cell(text: str) -> str:
    """Return a text as code within a table, which splits its lines at bars, in code as well."""
    return span(text.replace("|", "\N{BROKEN BAR}"))


def html_span(text: str) -> str:
    """Return a text as code within a line of HTML, where Markdown isn't read."""
    return f"<code>{html.escape(on_one_line(text))}</code>"


def fence(lines: list[str], language: str) -> str:
    """Return lines as a block of code."""
    text = "\n".join(lines)
    ticks = "`" * max(3, _longest_run(text) + 1)
    # The parts of a line that is several are lines, too.
    text = re.sub(r"^(?=\s*/)", " ", text, flags=re.MULTILINE)
    return f"{ticks}{language}\n{text}\n{ticks}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
