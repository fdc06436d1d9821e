"""The base image of the services where no registry can be reached: CPython 3.13 from Debian 13.

It is made of packages of the suite that ``python:3.13-slim-trixie`` is made from.

What a Dockerfile finds in it:

- ``python3``, 3.13, with its standard library compiled to bytecode, and ``python3 -m venv
  --without-pip``;
- ``python3 -m pip``, imported from its wheel: 1.5 MB, so that build stages need no image of their
  own;
- ``sh`` and the usual small commands, from busybox; no apt, no bash, no C++ library;
- the machine's certificates at /etc/ssl/certs/ca-certificates.crt, so that a build reaches whatever
  the machine reaches.
"""

import os
import shutil
import tempfile
from pathlib import Path

from airgap import debian_packages, downloads
from airgap.commands import SetupError, run, succeeds, write_atomically
from airgap.parts import Kind, Part, Record, Source
from airgap.session import Session, hash_of

RELEASED = "python:3.13-slim-trixie"
_REGISTRY = "https://registry-1.docker.io/v2/"
_REPOSITORY = "dockyard/python-base"
_SUITES = {"debian": "trixie", "debian-security": "trixie-security"}
"""Each of Debian's archives, as its mirrors name it, and the suite to take."""
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_PULL_SECONDS = 900

# What CPython and its standard library load, a shell, and pip. The modules for terminals and for
# Berkeley DB (curses, readline, dbm) do without their libraries.
_PACKAGES = (
    "busybox",
    "libbz2-1.0",
    "libc6",
    "libexpat1",
    "libffi8",
    "libgcc-s1",
    "liblzma5",
    "libpython3.13-minimal",
    "libpython3.13-stdlib",
    "libsqlite3-0",
    "libssl3t64",
    "libuuid1",
    "libzstd1",
    "python3-pip-whl",
    "python3.13-minimal",
    "zlib1g",
)

# Conversion tables, manuals and files for other tools: a third of the size, used by no service.
# EXTERNALLY-MANAGED would make pip refuse to install, and there is no apt to manage anything.
_LEFT_OUT = (
    "usr/lib/*/engines-3",
    "usr/lib/*/gconv",
    "usr/lib/binfmt.d",
    "usr/lib/python3.13/EXTERNALLY-MANAGED",
    "usr/lib/python3.13/pydoc_data",
    "usr/lib/python3.13/test",
    "usr/share/binfmts",
    "usr/share/doc/*/[!c]*",
    "usr/share/doc/*/changelog*",
    "usr/share/initramfs-tools",
    "usr/share/lintian",
    "usr/share/man",
)

_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}

_FOLDERS = (("tmp", 0o1777), ("var/tmp", 0o1777), ("root", 0o700), ("usr/local/bin", 0o755))

# Nothing changes in an image, so Python needn't look whether a source is newer than its bytecode.
_FINISH = (
    "busybox --install -s /usr/local/bin && test -L /usr/local/bin/ls"
    " && exec python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /usr/lib/python3.13"
)

_IMAGE_SETTINGS = (
    "ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "ENV LANG=C.UTF-8",
    'CMD ["python3"]',
)


def pending(session: Session) -> str:
    """Say what is to be done about the base image; empty when nothing is."""
    record = session.record(Part.BASE_IMAGE)
    released = _exists(RELEASED)
    match session.source(Part.BASE_IMAGE, on_machine=released):
        case Source.MACHINE:
            return "" if record.where == RELEASED else f"use {RELEASED}"
        case Source.DOWNLOAD:
            return f"pull {RELEASED}, or else make one from Debian's packages"
        case _:
            done = record.key == _key() and _exists(record.where)
            return "" if done else "make it from Debian's packages"


def ensure(session: Session) -> Record:
    """Provide the image and write down its reference.

    Raises:
        SetupError: the registry can't be reached, and Debian's packages can't be had either.
    """
    record = _provide(session)
    write_atomically(session.layout.base_image, record.where + "\n")
    return record


def _provide(session: Session) -> Record:
    source = session.source(Part.BASE_IMAGE, on_machine=_exists(RELEASED))
    record = session.record(Part.BASE_IMAGE)
    obstacle = record.unreachable
    if source is Source.DOWNLOAD:
        obstacle = downloads.obstacle(_REGISTRY)
        if not obstacle:
            run(["docker", "pull", "--quiet", RELEASED], timeout_seconds=_PULL_SECONDS)
            source = Source.MACHINE
    if source is Source.MACHINE:
        return Record(kind=Kind.REAL, where=RELEASED)
    if record.key != _key() or not _exists(record.where):
        return Record(kind=Kind.STAND_IN, where=_build(), key=_key(), unreachable=obstacle)
    return record


def _key() -> str:
    """Return a hash of what can be known of the image's content without asking a mirror."""
    certificates = [_CERTIFICATES] if _CERTIFICATES.exists() else []
    return hash_of(files=[Path(__file__), Path(debian_packages.__file__), *certificates])


def _exists(image: str) -> bool:
    return bool(image) and succeeds(["docker", "image", "inspect", image])


def _build() -> str:
    debian_packages.refuse_without_tools(RELEASED)
    with tempfile.TemporaryDirectory(prefix="dockyard-base-") as work:
        packages = debian_packages.download(Path(work), _SUITES, _PACKAGES, RELEASED)
        # The names hold the versions.
        image = f"{_REPOSITORY}:3.13-{hash_of(_key(), *(file.name for file in packages))}"
        if not _exists(image):
            root = Path(work) / "root"
            _unpack(packages, root)
            _import(root, image)
        return image


def debian_sources() -> str:
    """Return the suites to take packages from, on the mirrors that this machine's apt uses.

    Raises:
        SetupError: it uses none of Debian's.
    """
    return debian_packages.sources(_SUITES, RELEASED)


def _unpack(packages: list[Path], root: Path) -> None:
    debian_packages.unpack(packages, root, _FILES)
    for pattern in _LEFT_OUT:
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (root / "usr/bin/python3").symlink_to("python3.13")
    (root / "bin/sh").symlink_to("busybox")
    for name, mode in _FOLDERS:
        (root / name).mkdir(parents=True)
        (root / name).chmod(mode)
    (wheel,) = root.glob("usr/share/python-wheels/pip-*.whl")
    site = root / "usr/lib/python3/dist-packages"
    site.mkdir(parents=True)
    (site / "pip.pth").write_text(f"/{wheel.relative_to(root)}\n")
    _add_certificates(root)


def _add_certificates(root: Path) -> None:
    certificates = root / _CERTIFICATES.relative_to("/")
    certificates.parent.mkdir(parents=True)
    if not _CERTIFICATES.exists():
        raise SetupError(
            f"{_CERTIFICATES} isn't there, and without certificates a build can't reach a package"
            " index; as root: 'apt-get install ca-certificates'. Then run this again"
        )
    certificates.write_bytes(_CERTIFICATES.read_bytes())
    openssl = root / "usr/lib/ssl"
    openssl.mkdir(parents=True)
    (openssl / "cert.pem").symlink_to(_CERTIFICATES)


def _import(root: Path, image: str) -> None:
    raw = f"{_REPOSITORY}:unfinished-{os.getpid()}"
    container = f"dockyard-base-{os.getpid()}"
    try:
        debian_packages.import_image(root, raw, _IMAGE_SETTINGS)
        run(["docker", "run", "--name", container, "--network", "none", raw, "sh", "-c", _FINISH])
        debian_packages.pipe(
            ["docker", "export", container],
            ["docker", "import", *debian_packages.changes(_IMAGE_SETTINGS), "-", image],
        )
    finally:
        succeeds(["docker", "rm", "--force", container])
        succeeds(["docker", "image", "rm", raw])
