"""A resource's properties as plain data, in which what can't be judged is ``HIDDEN``."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi_policy import proxy
from pulumi_policy.deserialize import (
    SPECIAL_SECRET_SIG,
    SPECIAL_SIG_KEY,
    serialize_properties,
)


class _Hidden:
    """The type of ``HIDDEN``; equal to nothing, so that no comparison with it holds."""

    def __repr__(self) -> str:
        return "HIDDEN"


HIDDEN: Final = _Hidden()
"""A value that a preview doesn't know yet, or that is marked secret where marks are visible."""

_UNKNOWN = frozenset(
    {
        proxy.UNKNOWN_BOOLEAN_VALUE,
        proxy.UNKNOWN_NUMBER_VALUE,
        proxy.UNKNOWN_STRING_VALUE,
        proxy.UNKNOWN_ARRAY_VALUE,
        proxy.UNKNOWN_ASSET_VALUE,
        proxy.UNKNOWN_ARCHIVE_VALUE,
        proxy.UNKNOWN_OBJECT_VALUE,
    }
)


def visible(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties with every unknown and every marked secret replaced by ``HIDDEN``.

    The SDK's own proxies raise on an unknown value, which ends a policy before it has looked at
    the rest. Its serializer passes through them, and keeps the marks of secrets.

    Args:
        properties: what the SDK hands to a policy.
    """
    return {key: _seen(value) for key, value in serialize_properties(properties).items()}


def entries(value: object) -> list[Any]:
    """Return a list; empty when there is none, or it is hidden."""
    return value if isinstance(value, list) else []


def fields(value: object) -> dict[str, Any]:
    """Return a mapping; empty when there is none, or it is hidden."""
    return value if isinstance(value, dict) else {}


def found(properties: object, *patterns: str) -> Iterator[tuple[str, Any]]:
    """Yield path and value of everything that patterns such as ``mounts[].source`` lead to.

    ``[]`` is every entry of a list. What isn't there is None; what is inside of something that is
    ``HIDDEN`` is that, too.

    Args:
        properties: a mapping, as ``visible`` returns it.
        patterns: fields to go down by, with dots between.
    """
    for pattern in patterns:
        yield from _found(properties, pattern.split("."), "")


def _found(value: object, steps: list[str], path: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield path, value
        return
    name = steps[0].removesuffix("[]")
    inner = HIDDEN if value is HIDDEN else fields(value).get(name)
    path = f"{path}.{name}".removeprefix(".")
    if name == steps[0]:
        reached = [(path, inner)]
    else:
        reached = [(f"{path}[{index}]", each) for index, each in enumerate(entries(inner))]
    for place, each in reached:
        yield from _found(each, steps[1:], place)


def _seen(value: object) -> object:
    if isinstance(value, str) and value in _UNKNOWN:
        return HIDDEN
    if isinstance(value, list):
        return [_seen(each) for each in value]
    if isinstance(value, dict):
        if value.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG:
            return HIDDEN
        return {key: _seen(each) for key, each in value.items()}
    return value
