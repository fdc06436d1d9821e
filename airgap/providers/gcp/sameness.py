"""Which different values are one to the real plugin, and which changes it can't make in place.

Google Cloud answers in a form of its own: whole links where a program gives a name, an image where
it gives a family, addresses where it gives a scope's short name.
"""

import ipaddress
from collections.abc import Sequence
from typing import Final

_SCOPE_PREFIX: Final = "https://www.googleapis.com/auth/"
# The short names that differ from the end of the address.
_SCOPES: Final = {
    "bigquery": "bigquery",
    "compute-ro": "compute.readonly",
    "compute-rw": "compute",
    "logging-write": "logging.write",
    "monitoring": "monitoring",
    "monitoring-read": "monitoring.read",
    "monitoring-write": "monitoring.write",
    "service-control": "servicecontrol",
    "service-management": "service.management.readonly",
    "storage-full": "devstorage.full_control",
    "storage-ro": "devstorage.read_only",
    "storage-rw": "devstorage.read_write",
    "trace": "trace.append",
}


def same_link(old: str, new: str) -> bool:
    """Whether both lead to one resource: by name, or by the path from its project on."""
    if "/" not in new:
        return _last(old) == new
    return _path(old) == _path(new)


def same_name(old: str, new: str) -> bool:
    """Whether both links end in one name."""
    return _last(old) == _last(new)


def same_image(old: str, new: str) -> bool:
    """Whether the image ``old`` is the one ``new``, or of its family.

    As the real plugin does it: an image is of the family whose name is part of its own. A program
    that names a family therefore sees no change when the family gets a newer image.
    """
    projects = {_project(old), _project(new)} - {""}
    return len(projects) <= 1 and _last(new) in _last(old)


def same_scopes(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether both lists hold the same scopes, by address or by short name."""
    return set(map(_scope, old)) == set(map(_scope, new))


def shrinks(old: int, new: int) -> bool:
    """Whether a disk would have to become smaller."""
    return new < old


def leaves_range(old: str, new: str) -> bool:
    """Whether an IPv4 range isn't just enlarged: some address of ``old`` is not in ``new``."""
    return not _range(old).subnet_of(_range(new))


def not_a_range(value: str) -> str | None:
    """What is wrong with a text that must be an IPv4 range."""
    try:
        _range(value)
    except ValueError:
        return f"is {value!r}; it must be an IPv4 range such as '10.0.1.0/24'"
    return None


def _range(text: str) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network(text, strict=False)


def _last(link: str) -> str:
    return link.rpartition("/")[2]


def _path(link: str) -> str:
    before, found, after = link.partition("projects/")
    return found + after if found else before


def _project(image: str) -> str:
    """The project of an image's link, or of the short form ``project/family``."""
    _, found, path = image.partition("projects/")
    if found:
        return path.partition("/")[0]
    parts = image.split("/")
    is_short = len(parts) == 2 and parts[0] not in {"family", "global"}  # noqa: PLR2004
    return parts[0] if is_short else ""


def _scope(scope: str) -> str:
    if "/" in scope:
        return scope
    return _SCOPE_PREFIX + _SCOPES.get(scope, scope)
