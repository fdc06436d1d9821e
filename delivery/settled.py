"""What a state or a plan says, without what differs from one look to the next."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key of what the engine marks as more than it looks, such as a secret."""

# Encryption gives another text each time; the rest is when, and what random names grow from.
_OF_A_SECRET: Final = "ciphertext"  # noqa: S105 - the name of a field
_OF_THE_MOMENT: Final = frozenset({"created", "modified", "seed"})
_IN_ANY_ORDER: Final = frozenset({"dependencies", "propertyDependencies"})


def resource(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource of a state, or a resource's plan, in a form that can be compared."""
    return {
        key: _value(value, in_any_order=key in _IN_ANY_ORDER)
        for key, value in content.items()
        if key not in _OF_THE_MOMENT
    }


def fingerprint(content: object) -> str:
    """Return a text that changes exactly when a document does."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _value(value: object, *, in_any_order: bool = False) -> object:
    if isinstance(value, dict):
        skipped = _OF_A_SECRET if SIGNATURE in value else None
        return {
            key: _value(each, in_any_order=in_any_order or key in _IN_ANY_ORDER)
            for key, each in value.items()
            if key != skipped
        }
    if isinstance(value, list):
        settled = [_value(each) for each in value]
        return sorted(settled, key=json.dumps) if in_any_order else settled
    return value
