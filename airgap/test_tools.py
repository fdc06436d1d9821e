"""Programs that the tests need and no run does."""

import shutil

from airgap import apt
from airgap.commands import SetupError

_PACKAGES = {
    "chromium": "chromium",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "ssh": "openssh-client",
}
"""Each program and Debian's package of it."""


def ensure() -> str:
    """Install what is missing; return what was done.

    Raises:
        SetupError: something is missing and can't be installed from here.
    """
    packages = [package for program, package in _PACKAGES.items() if not shutil.which(program)]
    if not packages:
        return "The tests' programs are there."
    if not apt.usable():
        raise SetupError(
            f"the tests need programs that are missing; install Debian's {' '.join(packages)} as"
            " root, or what your system calls them. Then run this again"
        )
    apt.install(packages)
    return f"Installed for the tests: {' '.join(packages)}."
