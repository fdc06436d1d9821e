"""Takes secrets out of texts, and out of whole previews."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from enum import Enum
from functools import cache, partial
from typing import Any, Final, TypeVar
from urllib.parse import quote

from delivery.preview.model import Change, Diagnostic, Difference, StackPreview, Violation
from delivery.preview.plain_text import visible, without_escapes
from delivery.preview.values import SECRET, names_a_secret
from policies.secret_patterns import FORMATS, named_like_a_secret

_Data = TypeVar("_Data", bound=StackPreview | Change | Difference | Diagnostic | Violation)

# A shorter one is found in words that are no secret.
_SHORTEST_VALUE = 8
_KEY_BLOCK: Final = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----.*?"
    r"(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_FORMATS: Final = re.compile("|".join(f"(?:{each.pattern})" for each in FORMATS.values()))
_CREDENTIALS: Final = re.compile(r"(?<=://)[^\s/:@]*:[^\s/]+(?=@)")
# NAME=value, and "name": "value" as JSON has it.
_ASSIGNMENT: Final = re.compile(
    r"(?P<begin>(?<![A-Za-z0-9_-])(?P<variable>[A-Za-z0-9_-]+)="
    r'|"(?P<property>[A-Za-z_][A-Za-z0-9_-]*)"\s*:\s*)'
    r"""(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;]+)"""
)


class Redactor:
    """Replaces secrets in a text: by their format, by where they stand, and those known.

    Args:
        environment: variables; the values of those that are named like a secret are replaced.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        held = {
            value.strip()
            for name, value in environment.items()
            if named_like_a_secret(name) and len(value.strip()) >= _SHORTEST_VALUE
        }
        # The longest first: one may begin with another.
        forms = sorted(held | {quote(each, safe="") for each in held}, key=len, reverse=True)
        self._held = re.compile("|".join(map(re.escape, forms))) if forms else None

    def __call__(self, text: str) -> str:
        """Return a text with ``[secret]`` where a secret was."""
        if self._held:
            text = self._held.sub(SECRET, text)
        text = _KEY_BLOCK.sub(SECRET, text)
        text = _FORMATS.sub(SECRET, text)
        text = _CREDENTIALS.sub(SECRET, text)
        return _ASSIGNMENT.sub(_without_value, text)


def cleaned(previews: Iterable[StackPreview], redact: Redactor) -> list[StackPreview]:
    """Return previews whose every text is free of secrets and of what can't be seen."""
    # Most texts, such as paths and types, are there many times.
    clean = cache(partial(clean_text, redact=redact))
    return [_cleaned(each, clean) for each in previews]


def clean_text(text: str, redact: Redactor) -> str:
    """Return a text free of secrets and of what can't be seen."""
    # A colour in the middle of a secret hides it.
    return visible(redact(without_escapes(text)))


def _cleaned(value: _Data, clean: Callable[[str], str]) -> _Data:
    """Return a dataclass with all its texts cleaned, those of the dataclasses in it as well."""
    changed: dict[str, Any] = {}
    for each in fields(value):
        there = getattr(value, each.name)
        if isinstance(there, str) and not isinstance(there, Enum):
            changed[each.name] = clean(there)
        elif isinstance(there, Sequence) and not isinstance(there, str):
            changed[each.name] = tuple(_cleaned(one, clean) for one in there)
    return replace(value, **changed)


def _without_value(found: re.Match[str]) -> str:
    if names_a_secret(found["variable"] or found["property"]):
        return f"{found['begin']}{SECRET}"
    return found[0]
