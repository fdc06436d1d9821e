"""The file in which Pulumi keeps a plan: which steps it has, and how two of them differ."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from delivery import settled
from delivery.errors import DeliveryError

_MOST_SHOWN: Final = 5
_UNCHANGED: Final = "same"


def deviations(planned: Path, now: Path) -> list[str]:
    """Return in words how a fresh plan differs from an earlier one, resource by resource.

    Raises:
        DeliveryError: one of them is no plan.
    """
    before, after = _resources(planned), _resources(now)
    return [
        f"{_name(urn)}: {words}"
        for urn in sorted({*before, *after})
        if before.get(urn) != after.get(urn)
        for words in [_words(before.get(urn), after.get(urn))]
    ]


def in_words(found: Sequence[str]) -> str:
    """Return the first few of many findings on one line, and how many more there are."""
    shown = "; ".join(found[:_MOST_SHOWN])
    rest = len(found) - _MOST_SHOWN
    return f"{shown}; and {rest} more" if rest > 0 else shown


def _resources(file: Path) -> dict[str, dict[str, Any]]:
    try:
        plans = json.loads(file.read_text(encoding="utf-8"))["resourcePlans"]
        return {urn: settled.resource(plan) for urn, plan in plans.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise DeliveryError(f"{file} is no plan of Pulumi's; make a new one") from None


def _words(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    if before is None:
        return f"now {_steps(after)}, and the plan doesn't know it"
    if after is None:
        return f"planned {_steps(before)}, and now it is not there"
    if _steps(before) != _steps(after):
        return f"planned {_steps(before)}, now {_steps(after)}"
    paths = sorted(set(_differing(before, after)))
    return f"planned {_steps(before)}, now with other {', '.join(paths[:_MOST_SHOWN])}"


def _steps(plan: Mapping[str, Any] | None) -> str:
    steps = (plan or {}).get("steps") or []
    return "+".join(steps) if steps != [_UNCHANGED] else "unchanged"


def _differing(before: object, after: object, last: str = "properties") -> Iterator[str]:
    """Yield the names of the properties in which two plans of a resource differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {*before, *after}:
            if before.get(key) != after.get(key):
                yield from _differing(before.get(key), after.get(key), key)
    else:
        yield last


def _name(urn: str) -> str:
    """Return the part of a URN that people know a resource by: its type and its name."""
    type_name, _, name = urn.split("::", 2)[-1].partition("::")
    return f"{type_name.rpartition(':')[2]} {name}"
