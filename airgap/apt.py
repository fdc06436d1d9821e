"""Debian's package manager, where there is one and we may use it."""

import functools
import os
import shutil
from collections.abc import Sequence

from airgap.commands import run, succeeds

_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


def usable() -> bool:
    """Say whether packages can be installed on this machine by this user."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def exists(package: str) -> bool:
    """Say whether the machine's suites have a package of that name."""
    _update_once()
    return succeeds(["apt-cache", "show", "--no-all-versions", package])


def install(packages: Sequence[str]) -> None:
    """Install packages, without what they merely recommend.

    Raises:
        SetupError: apt fails.
    """
    _update_once()
    run(
        ["apt-get", "install", "--yes", "--no-install-recommends", *packages],
        environment=_QUIET,
    )


@functools.cache
def _update_once() -> None:
    """Fetch the lists: a bare machine has none, and old ones name packages that are gone."""
    run(["apt-get", "update"], environment=_QUIET)
