"""The gateway's image: HAProxy's own where a registry can be reached, else Debian's HAProxy.

It is a real HAProxy either way. Debian's testing suite has the series 3.2, with long-term support,
which the gateway needs: ``init-state`` of a server that DNS brings came with 3.1.
"""

import shutil
import tempfile
from pathlib import Path

from airgap import debian_packages, downloads
from airgap.commands import run, succeeds
from airgap.session import hash_of

IMAGE = "dockyard/haproxy:3.2"
"""Reference of the image on this machine's engine, wherever it came from."""

_RELEASED = "haproxy:3.2"
_REGISTRY = "https://registry-1.docker.io/v2/"
_PULL_SECONDS = 600
_SUITES = {"debian": "testing"}
_LABEL = "dockyard.source"

# What HAProxy loads, and the shell that the official image has too.
_PACKAGES = (
    "bash",
    "haproxy",
    "libc6",
    "libcrypt1",
    "libgcc-s1",
    "libjemalloc2",
    "liblua5.4-0",
    "libopentracing-c-wrapper0t64",
    "libopentracing1",
    "libpcre2-8-0",
    "libssl3t64",
    "libstdc++6",
    "libtinfo6",
    "libzstd1",
    "zlib1g",
)
_LEFT_OUT = ("usr/lib/*/gconv", "usr/share/doc/*/changelog*", "usr/share/man")
_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nhaproxy:x:99:99:haproxy:/:/bin/false\n",
    "etc/group": "root:x:0:\nhaproxy:x:99:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}
_SETTINGS = (
    "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    # As the official image has it.
    "USER 99:99",
    'CMD ["haproxy", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]',
)


def is_current() -> bool:
    """Say whether the engine has the image."""
    label = f'{{{{index .Config.Labels "{_LABEL}"}}}}'
    command = ["docker", "image", "inspect", "--format", label, IMAGE]
    return succeeds(command) and run(command) in {_key(), ""}


def ensure() -> None:
    """Pull the image, or else make one from Debian's packages.

    Raises:
        SetupError: neither a registry nor Debian's packages can be reached.
    """
    if not downloads.obstacle(_REGISTRY):
        run(["docker", "pull", "--quiet", _RELEASED], timeout_seconds=_PULL_SECONDS)
        run(["docker", "tag", _RELEASED, IMAGE])
        return
    debian_packages.refuse_without_tools(_RELEASED)
    with tempfile.TemporaryDirectory(prefix="dockyard-gateway-") as work:
        packages = debian_packages.download(Path(work), _SUITES, _PACKAGES, _RELEASED)
        root = Path(work) / "root"
        debian_packages.unpack(packages, root, _FILES)
        for pattern in _LEFT_OUT:
            for path in root.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        (root / "bin/sh").symlink_to("bash")
        (root / "tmp").mkdir()
        # Not by mkdir, whose mode the umask takes away from.
        (root / "tmp").chmod(0o1777)
        debian_packages.import_image(root, IMAGE, [*_SETTINGS, f"LABEL {_LABEL}={_key()}"])


def _key() -> str:
    """Return a hash of what the image is made by."""
    return hash_of(files=[Path(__file__), Path(debian_packages.__file__)])
