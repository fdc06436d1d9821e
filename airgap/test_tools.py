"""What the tests need and no run does."""

import shutil
from ctypes.util import find_library

from airgap import apt, gateway_image, gitlab_ci_local, virtualenv
from airgap.commands import SetupError
from airgap.gitlab_ci_local import GitlabCiLocal
from airgap.layout import Layout

_PROGRAMS = {
    # Without a font every letter in a screenshot is a box.
    "chromium": ("chromium", "fonts-dejavu-core"),
    "curl": ("curl",),
    "debootstrap": ("debootstrap",),
    "docker-registry": ("docker-registry",),
    "dot": ("graphviz",),
    "htpasswd": ("apache2-utils",),
    "ip": ("iproute2",),
    "losetup": ("mount",),
    "mkfs.ext2": ("e2fsprogs",),
    "nsenter": ("util-linux",),
    "openssl": ("openssl",),
    "ps": ("procps",),
    "ruby": ("ruby",),
    "shellcheck": ("shellcheck",),
    "ssh": ("openssh-client",),
    **gitlab_ci_local.PROGRAMS,
}
"""Each program and Debian's packages for it."""

_WHERE_THERE_ARE_ANY = {"packer": "packer"}
"""Programs that not every release packages, and what a test is skipped without."""

_LIBRARIES = {"atomic": "libatomic1"}
"""What playwright's driver is linked to, and Debian's package of it."""


def ensure(layout: Layout) -> str:
    """Install what is missing; return what was done.

    Raises:
        SetupError: something is missing and can't be installed from here.
    """
    done = _ensure_packages()
    judges = virtualenv.of_judges(layout)
    if not judges.is_current:
        judges.ensure()
        done.append("checkov")
    if not gateway_image.is_current():
        gateway_image.ensure()
        done.append(gateway_image.IMAGE)
    pipeline = GitlabCiLocal(layout)
    if not pipeline.is_current:
        pipeline.ensure()
        done.append("gitlab-ci-local")
    return (
        f"Installed for the tests: {' '.join(done)}." if done else "What the tests need is there."
    )


def _ensure_packages() -> list[str]:
    packages = [
        package
        for program, needed in _PROGRAMS.items()
        if not shutil.which(program)
        for package in needed
    ]
    packages += [package for name, package in _LIBRARIES.items() if not find_library(name)]
    if not packages:
        return []
    if not apt.usable():
        raise SetupError(
            f"the tests need what is missing here; install Debian's {' '.join(packages)} as root,"
            " or what your system calls them. Then run this again"
        )
    packages += [
        package
        for program, package in _WHERE_THERE_ARE_ANY.items()
        if not shutil.which(program) and apt.exists(package)
    ]
    apt.install(packages)
    return packages
