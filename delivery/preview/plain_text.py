"""Texts from anywhere, made fit to be read: nothing invisible, nothing that moves the cursor."""

import re
from typing import Final

# Colours and the like; titles and links of terminals; what else an escape begins.
_ESCAPES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -~]"
)
_KEPT = frozenset("\n\t")


def without_escapes(text: str) -> str:
    """Return a text without what only a terminal understands."""
    return _ESCAPES.sub("", text)


def visible(text: str) -> str:
    r"""Return a text with ``\u202e`` in place of a character that can't be seen, or isn't one."""
    if text.isprintable():
        return text
    return "".join(
        each if each in _KEPT or each.isprintable() else f"\\u{ord(each):04x}"
        for each in text.replace("\r\n", "\n")
    )


def clipped(text: str, characters: int) -> str:
    """Return the beginning of a text that is too long, and how much is left out."""
    if len(text) <= characters:
        return text
    return f"{text[:characters]}… ({len(text) - characters} more characters)"


def on_one_line(text: str) -> str:
    """Return a text's lines as one."""
    return " ".join(text.split())
