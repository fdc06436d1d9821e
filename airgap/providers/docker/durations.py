"""Durations as Docker's API and the real plugin write them: Go's notation."""

import re
from decimal import Decimal
from typing import Final

_NANOSECONDS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")


def parse_duration(text: str) -> int:
    """The nanoseconds of a duration such as ``1m30s``.

    Raises:
        ValueError: ``text`` is no duration; the message ends a sentence on the field.
    """
    if text == "0":
        return 0
    if not re.fullmatch(f"(?:{_PART.pattern})+", text):
        message = f"is {text!r}; it must be a duration such as '500ms', '5s' or '1m30s'"
        raise ValueError(message)
    return int(sum(Decimal(number) * _NANOSECONDS[unit] for number, unit in _PART.findall(text)))


def not_a_duration(text: str) -> str | None:
    """What is wrong with a duration, to follow the field's name; nothing if it is one."""
    try:
        parse_duration(text)
    except ValueError as error:
        return str(error)
    return None


def format_duration(nanoseconds: int) -> str:
    """The one way Go prints a duration: ``1m0s``, never ``60s``."""
    if nanoseconds == 0:
        return "0s"
    for unit in ("ns", "µs", "ms"):
        if nanoseconds < _NANOSECONDS[unit] * 1_000:
            return f"{_decimal(nanoseconds, _NANOSECONDS[unit])}{unit}"
    minutes, rest = divmod(nanoseconds, _NANOSECONDS["m"])
    seconds = f"{_decimal(rest, _NANOSECONDS['s'])}s"
    if minutes == 0:
        return seconds
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{seconds}" if hours else f"{minutes}m{seconds}"


def short_duration(nanoseconds: int) -> str:
    """The way the real plugin prints a duration of a service: ``1m`` where Go has ``1m0s``."""
    full = format_duration(nanoseconds)
    for tail in ("m0s", "h0m"):
        if full.endswith(tail):
            full = full[:-2]
    return full


def _decimal(nanoseconds: int, unit: int) -> str:
    whole, rest = divmod(nanoseconds, unit)
    digits = len(str(unit)) - 1
    fraction = f"{rest:0{digits}}".rstrip("0") if rest else ""
    return f"{whole}.{fraction}" if fraction else str(whole)
