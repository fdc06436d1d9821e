"""The images that a pipeline on this machine runs in, all made here: no registry is asked."""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from airgap.commands import run, succeeds
from tests.e2e import debian_root
from tests.e2e.stack import REPOSITORY

_DEBIAN = "dockyard/debian"
_TOOLBOX = "dockyard/toolbox:trial"
_HELPER = "dockyard/gitlab-ci-local-helper:trial"
# gitlab-ci-local's own name for what waits until a service listens.
_WAITER = "docker.io/sumina46/wait-for-it"

_HELPER_FILE = f"""\
FROM {_TOOLBOX}
USER root
RUN apt-get update && apt-get install --yes --no-install-recommends rsync
"""
_WAITER_FILE = """\
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY wait.py /
ENTRYPOINT ["python3", "/wait.py"]
"""
_WAITER_PROGRAM = """\
import socket, sys, time
host, port = sys.argv[1].rsplit(":", 1)
deadline = time.monotonic() + float(sys.argv[3])
while True:
    try:
        socket.create_connection((host, int(port)), 1).close()
        break
    except OSError:
        if time.monotonic() > deadline:
            sys.exit(f"nothing listens at {host}:{port}")
        time.sleep(0.05)
"""


@dataclass(frozen=True)
class JobImages:
    """References of the images.

    Args:
        toolbox: what the jobs run in, by its own Dockerfile.
        helper: what gitlab-ci-local copies files with.
    """

    toolbox: str
    helper: str


def made() -> JobImages:
    """Make the images that are missing or out of date, and forget what they replace."""
    root = debian_root.bare()
    debian = f"{_DEBIAN}:{root.name}"
    if not succeeds(["docker", "image", "inspect", debian]):
        _import(root, debian)
    dockerfile = REPOSITORY / "delivery/toolbox/Dockerfile"
    arguments = ("--target", "tools", "--build-arg", f"BASE_IMAGE={debian}")
    _build(_TOOLBOX, "--file", dockerfile, *arguments, REPOSITORY)
    with tempfile.TemporaryDirectory(prefix="dockyard-pipeline-") as name:
        folder = Path(name)
        (folder / "Dockerfile").write_text(_HELPER_FILE)
        _build(_HELPER, folder)
        (folder / "Dockerfile").write_text(_WAITER_FILE)
        (folder / "wait.py").write_text(_WAITER_PROGRAM)
        base = (REPOSITORY / ".dockyard/base-image").read_text().strip()
        _build(_WAITER, "--build-arg", f"BASE_IMAGE={base}", folder)
    return JobImages(_TOOLBOX, _HELPER)


def _build(image: str, *arguments: str | Path) -> None:
    old = _id(image)
    run(["docker", "build", "--quiet", "--force-rm", "--tag", image, *arguments])
    if old and old != _id(image):
        succeeds(["docker", "image", "rm", old])


def _id(image: str) -> str:
    inspect = ["docker", "image", "inspect", "--format", "{{.Id}}", image]
    return run(inspect) if succeeds(inspect) else ""


def _import(root: Path, image: str) -> None:
    with subprocess.Popen(  # noqa: S603
        ["tar", "-C", root, "--create", "."],  # noqa: S607
        stdout=subprocess.PIPE,
    ) as packing:
        subprocess.run(  # noqa: S603
            ["docker", "import", "-", image],  # noqa: S607
            stdin=packing.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    assert packing.returncode == 0
