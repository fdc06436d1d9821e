"""Settings from the environment, refused with one clear sentence when they make no sense."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?")
_DATABASE_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}")
_HIGHEST_PORT = 65535
_LONGEST_SECONDS = 3600
_FLAGS = {"true": True, "false": False}


class SettingError(ValueError):
    """A setting that the service can't run with."""


def text(environ: Mapping[str, str], name: str, default: str) -> str:
    """Return a variable's value; an empty one counts as not set."""
    return environ.get(name, "").strip() or default


def host(environ: Mapping[str, str], name: str, default: str) -> str:
    """Return a host name or an address.

    Raises:
        SettingError: the value is something else, such as a URL.
    """
    value = text(environ, name, default)
    if not (_HOST_NAME.fullmatch(value) or _is_ipv6(value)):
        msg = f"{name} is {value!r}: give a host name or an address alone, such as {default!r}"
        raise SettingError(msg)
    return value


def whole_number(
    environ: Mapping[str, str], name: str, default: int, *, smallest: int, largest: int
) -> int:
    """Return a whole number between two bounds, both included.

    Raises:
        SettingError: the value is something else.
    """
    value = text(environ, name, str(default))
    # Python refuses to read numbers of thousands of digits, with an error of its own.
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(largest))
    if not (is_number and smallest <= int(value) <= largest):
        msg = f"{name} is {value!r}: give a whole number from {smallest} to {largest}"
        raise SettingError(msg)
    return int(value)


def port(environ: Mapping[str, str], name: str, default: int) -> int:
    """Return a TCP port.

    Raises:
        SettingError: the value isn't a whole number from 1 to 65535.
    """
    return whole_number(environ, name, default, smallest=1, largest=_HIGHEST_PORT)


def seconds(environ: Mapping[str, str], name: str, default: int) -> int:
    """Return a duration in seconds.

    Raises:
        SettingError: the value isn't a whole number from 0 to 3600.
    """
    return whole_number(environ, name, default, smallest=0, largest=_LONGEST_SECONDS)


def flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Return whether something is on.

    Raises:
        SettingError: the value is neither true nor false.
    """
    value = text(environ, name, str(default))
    if value.lower() not in _FLAGS:
        msg = f"{name} is {value!r}: give {' or '.join(_FLAGS)}"
        raise SettingError(msg)
    return _FLAGS[value.lower()]


def database_name(environ: Mapping[str, str], name: str, default: str) -> str:
    """Return the name of a database.

    Raises:
        SettingError: the value holds a character that some servers refuse.
    """
    value = text(environ, name, default)
    if not is_database_name(value):
        msg = f"{name} is {value!r}: give up to 63 letters, digits, '_' or '-'"
        raise SettingError(msg)
    return value


def is_database_name(name: str) -> bool:
    """Tell whether every server accepts a name for a database."""
    return bool(_DATABASE_NAME.fullmatch(name))


def secret(environ: Mapping[str, str], name: str) -> str | None:
    """Return a secret: the variable's value as it is, or the file's that ``<name>_FILE`` names.

    A file keeps it out of what ``docker inspect`` shows.

    Raises:
        SettingError: both are set, or the file can't be read or is empty. The text never holds the
            secret.
    """
    given = environ.get(name) or None
    from_file = _secret_from_file(environ, f"{name}_FILE")
    if given and from_file:
        msg = f"{name} and {name}_FILE are both set: set one of them"
        raise SettingError(msg)
    return given or from_file


def _secret_from_file(environ: Mapping[str, str], name: str) -> str | None:
    path = text(environ, name, "")
    if not path:
        return None
    try:
        content = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        msg = f"{name} is {path!r}, which can't be read ({reason}): name a file that user 10001 can"
        raise SettingError(msg) from None
    if not content:
        msg = f"{name} is {path!r}, which is empty: write the password into it"
        raise SettingError(msg)
    return content


def _is_ipv6(value: str) -> bool:
    try:
        ipaddress.IPv6Address(value)
    except ValueError:
        return False
    return True
