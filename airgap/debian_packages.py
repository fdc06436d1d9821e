"""Images made of Debian's packages, where no registry can be reached.

Signed packages are unpacked into a folder, which becomes an image by ``docker import``. The
machine's own package database stays untouched.
"""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from airgap.commands import SetupError, run

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_TOOLS = ("apt-get", "dpkg", "tar")


def refuse_without_tools(released: str) -> None:
    """Check that this machine can make an image from Debian's packages.

    Args:
        released: the image that it would stand in for.

    Raises:
        SetupError: a program or Debian's keys are missing.
    """
    missing = [f"no {tool}" for tool in _TOOLS if shutil.which(tool) is None]
    if not _KEYRING.exists():
        missing.append(f"no {_KEYRING} (package debian-archive-keyring)")
    if missing:
        raise SetupError(
            f"no registry can be reached, and this machine has {missing[0]} to make an image from"
            f" Debian's packages with. Load {released} by hand ('docker load') and run this again"
        )


def download(
    folder: Path, suites: Mapping[str, str], packages: Sequence[str], released: str
) -> list[Path]:
    """Fetch packages, checked by apt against Debian's signature, into an empty folder.

    Args:
        folder: where to; apt's own files go there too.
        suites: each of Debian's archives, as its mirrors name it, and the suite to take.
        packages: their names; nothing that they depend on comes by itself.
        released: the image that is made of them, for errors.

    Raises:
        SetupError: a package can't be had.
    """
    for name in ("lists/partial", "cache/archives/partial", "packages"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(sources(suites, released))
    options = {
        "Dir::State": folder,
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Architecture": run(["docker", "version", "--format", "{{.Server.Arch}}"]),
        "APT::Update::Error-Mode": "any",
        "Acquire::Languages": "none",
        # Its own user may not read the temporary folder; the signatures are checked all the same.
        "APT::Sandbox::User": "root",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    run(["apt-get", *words, "update"])
    run(["apt-get", *words, "download", *packages], folder=folder / "packages")
    return sorted((folder / "packages").glob("*.deb"))


def sources(suites: Mapping[str, str], released: str) -> str:
    """Return suites to take packages from, on the mirrors that this machine's apt uses.

    Raises:
        SetupError: it uses none of Debian's.
    """
    fields = ["--format", "$(REPO_URI)", "Origin: Debian", "Identifier: Packages"]
    listed = run(["apt-get", "indextargets", *fields]).splitlines()
    lines = [
        f"deb [signed-by={_KEYRING}] {mirror} {suite} main\n"
        for archive, suite in suites.items()
        for mirror in [next((uri for uri in listed if uri.endswith(f"/{archive}/")), "")]
        if mirror
    ]
    if not lines:
        raise SetupError(
            f"{released} is stood in for by Debian's packages, and apt on this machine knows no"
            " mirror of Debian's. Add one to its sources, or load the image by hand"
            " ('docker load'). Then run this again"
        )
    return "".join(lines)


def unpack(packages: Sequence[Path], root: Path, files: Mapping[str, str]) -> None:
    """Unpack packages into an empty folder, with the links that Debian's packages count on.

    Args:
        packages: files of packages.
        root: the folder.
        files: what to write afterwards, by path.
    """
    # A package of its own brings them otherwise.
    for name in ("bin", "lib", "lib64", "sbin"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for package in packages:
        run(["dpkg", "--extract", package, root])
    for name, content in files.items():
        (root / name).write_text(content)


def import_image(root: Path, image: str, settings: Sequence[str]) -> None:
    """Make an image of a folder; all in it is root's, whoever unpacked it.

    Args:
        root: the folder.
        image: reference of the image.
        settings: instructions as of a Dockerfile, such as ``USER 99:99``.

    Raises:
        SetupError: the engine refuses it.
    """
    owned = ["--owner=0", "--group=0", "--numeric-owner"]
    pipe(
        ["tar", "-C", root, *owned, "-c", "."], ["docker", "import", *changes(settings), "-", image]
    )


def changes(settings: Sequence[str]) -> list[str]:
    """Return the options of ``docker import`` for settings of an image."""
    return [word for setting in settings for word in ("--change", setting)]


def pipe(source: Sequence[str | Path], target: Sequence[str]) -> None:
    """Run two programs, the first one's output being the second one's input.

    Raises:
        SetupError: one of them fails.
    """
    with subprocess.Popen(source, stdout=subprocess.PIPE) as writer:  # noqa: S603 - constants
        done = subprocess.run(  # noqa: S603
            target, stdin=writer.stdout, capture_output=True, text=True, check=False
        )
    if writer.returncode or done.returncode:
        raise SetupError(
            f"'{source[0]} ... | {' '.join(target[:2])} ...' failed: {done.stderr.strip()}"
        )
