"""How two sets of a resource's properties differ, as deep down as can be told."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from delivery.preview import values
from delivery.preview.model import Difference

_ABSENT: Final = object()
_DEEPEST = 20
# name, [0] or ["a name with dots"].
_STEP = re.compile(r'\[(?P<index>\d{1,9})\]|\["(?P<quoted>(?:[^"\\]|\\.)*)"\]|(?P<plain>[^.\[\]]+)')


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Return where two sets of properties differ, sorted by path."""
    return sorted(_of_maps(old, new, "", _DEEPEST), key=lambda each: each.path)


def top(path: str) -> str:
    """Return the property that a path begins with."""
    return next((_name(step) for step in _STEP.finditer(path)), path)


def at(properties: Mapping[str, Any], path: str) -> str | None:
    """Return the value at a path as a text; None if there is none."""
    found: object = properties
    name = ""
    for step in _STEP.finditer(path):
        name = _name(step)
        if isinstance(found, list) and step["index"]:
            index = int(name)
            found = found[index] if index < len(found) else _ABSENT
        elif values.is_map(found):
            found = found.get(name, _ABSENT)
        else:
            # A secret or unknown whole says the same of its parts.
            break
    return _side(found, hidden=values.names_a_secret(name))


def _name(step: re.Match[str]) -> str:
    return step["index"] or step["quoted"] or step["plain"] or ""


def _differ(old: object, new: object, path: str, deeper: int) -> Iterator[Difference]:
    if old == new:
        return
    if deeper and values.is_map(old) and values.is_map(new):
        yield from _of_maps(old, new, path, deeper)
    elif deeper and isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(old, new, path, deeper)
    else:
        hidden = values.names_a_secret(path.rpartition(".")[2])
        yield Difference(path=path, old=_side(old, hidden=hidden), new=_side(new, hidden=hidden))


def _of_maps(
    old: Mapping[str, Any], new: Mapping[str, Any], path: str, deeper: int
) -> Iterator[Difference]:
    for key in {*old, *new}:
        # The engine's own notes on which values it filled in.
        if not key.startswith("__"):
            below = f"{path}.{key}" if path else key
            yield from _differ(old.get(key, _ABSENT), new.get(key, _ABSENT), below, deeper - 1)


def _of_lists(
    old: Sequence[object], new: Sequence[object], path: str, deeper: int
) -> Iterator[Difference]:
    first = 0
    shorter = min(len(old), len(new))
    while first < shorter and old[first] == new[first]:
        first += 1
    # One that is put in between moves the others, and changes none of them.
    last = 0
    while last < shorter - first and old[-1 - last] == new[-1 - last]:
        last += 1
    for index in range(first, max(len(old), len(new)) - last):
        before = old[index] if index < len(old) - last else _ABSENT
        after = new[index] if index < len(new) - last else _ABSENT
        yield from _differ(before, after, f"{path}[{index}]", deeper - 1)


def _side(value: object, *, hidden: bool) -> str | None:
    if value is _ABSENT:
        return None
    return values.SECRET if hidden else values.text(value)
