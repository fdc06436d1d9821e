"""What the tests need and no run does."""

import shutil
from ctypes.util import find_library

from airgap import apt
from airgap.commands import SetupError

_PROGRAMS = {
    # Without a font every letter in a screenshot is a box.
    "chromium": ("chromium", "fonts-dejavu-core"),
    "ip": ("iproute2",),
    "nsenter": ("util-linux",),
    "ssh": ("openssh-client",),
}
"""Each program and Debian's packages for it."""

_LIBRARIES = {"atomic": "libatomic1"}
"""What playwright's driver is linked to, and Debian's package of it."""


def ensure() -> str:
    """Install what is missing; return what was done.

    Raises:
        SetupError: something is missing and can't be installed from here.
    """
    packages = [
        package
        for program, needed in _PROGRAMS.items()
        if not shutil.which(program)
        for package in needed
    ]
    packages += [package for name, package in _LIBRARIES.items() if not find_library(name)]
    if not packages:
        return "What the tests need is there."
    if not apt.usable():
        raise SetupError(
            f"the tests need what is missing here; install Debian's {' '.join(packages)} as root,"
            " or what your system calls them. Then run this again"
        )
    apt.install(packages)
    return f"Installed for the tests: {' '.join(packages)}."
