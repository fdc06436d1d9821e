"""Versions in what programs, folders and files say."""

import re


def numbers(text: str) -> tuple[int, ...]:
    """Return major, minor and patch of the first version in a text; nothing if there is none."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else ()
