"""A resource's properties as plain data, in which what can't be judged is ``HIDDEN``."""

from collections.abc import Mapping
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
