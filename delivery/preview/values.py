"""Property values as the engine writes them, as texts for people."""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from delivery.settled import SIGNATURE
from policies.secret_patterns import named_like_a_secret

SECRET: Final = "[secret]"  # noqa: S105 - it stands for one
UNKNOWN: Final = "[unknown]"

_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - it marks one and is none
_FILE_SIGNATURES = ("c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7")
# One for each type of what isn't known yet.
_UNKNOWNS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
_DEEPEST = 20


def text(value: object) -> str:
    """Return a value as a text; what is secret or not known yet says so instead."""
    plain = _plain(value, _DEEPEST)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def is_map(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Say whether a value has keys of its own: a marked secret or a file has none."""
    return isinstance(value, dict) and SIGNATURE not in value


def map_of(value: object) -> Mapping[str, Any]:
    """Return a value of an event that should be an object; an empty one if it is none."""
    return value if isinstance(value, dict) else {}


def names_a_secret(key: str) -> bool:
    """Say whether a property is named like a secret: dbPassword, but not a map's plain key."""
    words = "".join(f"_{each}" if each.isupper() else each for each in key)
    return key != "key" and (named_like_a_secret(words) or named_like_a_secret(key))


def _plain(value: object, deeper: int) -> object:
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWNS else value
    if not isinstance(value, dict | list):
        return value
    if not deeper:
        return "…"
    if isinstance(value, list):
        return [_plain(each, deeper - 1) for each in value]
    return _plain_map(value, deeper)


def _plain_map(value: Mapping[str, object], deeper: int) -> object:
    signature = value.get(SIGNATURE)
    if signature == _SECRET_SIGNATURE:
        return SECRET
    if signature in _FILE_SIGNATURES:
        return f"[file {str(value.get('hash') or '')[:12]}]"
    return {
        key: SECRET if names_a_secret(key) else _plain(each, deeper - 1)
        for key, each in value.items()
    }
