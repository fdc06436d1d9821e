"""What is to be built, whatever builds it."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from app import images
from delivery import git
from delivery.errors import DeliveryError

BASE_LABEL: Final = "org.dockyard.base-image"
"""Label that says what an image was built on; empty for the Dockerfile's own default."""

CONTEXT: Final = "app"
"""The build context of every image, in the repository."""

_LAST_LINES: Final = 40


class BuildError(DeliveryError):
    """An image could not be built. The message ends with what the builder said."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """An image to build.

    Args:
        service: the service that it is for.
        reference: its name on an engine, with the tag of its content.
        labels: labels by name.
        arguments: build arguments by name.
    """

    service: str
    reference: str
    labels: Mapping[str, str]
    arguments: Mapping[str, str]

    @property
    def tag(self) -> str:
        """Return the tag, which changes exactly when what is built changes."""
        return self.reference.rpartition(":")[2]

    @property
    def dockerfile(self) -> str:
        """Return the Dockerfile's path in the repository."""
        return f"{CONTEXT}/{self.service}/Dockerfile"

    @property
    def options(self) -> list[str]:
        """Return what docker and buildah take alike to build it."""
        options = ["--file", self.dockerfile]
        for option, values in (("--label", self.labels), ("--build-arg", self.arguments)):
            for name, value in values.items():
                options += [option, f"{name}={value}"]
        return options


class Pusher(Protocol):
    """Builds images and pushes them to a registry."""

    @property
    def at_once(self) -> int:
        """Return how many images it can build side by side."""

    def push(self, order: Order, target: str) -> str:
        """Build an image, push it under a reference, and return its digest.

        Raises:
            BuildError: it could not be built or pushed.
        """


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Where builders run their programs.

    Args:
        root: the repository.
        environment: what is added to this process's environment.
    """

    root: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *command: str, doing: str) -> str:
        """Run a builder's program and return all that it said.

        Args:
            command: the program and its arguments; nothing secret.
            doing: what it does, to come before "failed".

        Raises:
            BuildError: there is no such program, or it failed.
        """
        if not shutil.which(command[0]):
            raise BuildError(
                f"there is no {command[0]} on PATH; install it or name another builder"
            )
        done = subprocess.run(  # noqa: S603 - the repository's own Dockerfiles
            command,
            cwd=self.root,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            said = "\n".join(done.stdout.strip().splitlines()[-_LAST_LINES:])
            raise BuildError(f"{doing} failed:\n{said}")
        return done.stdout


def orders(root: Path, services: Sequence[str], *, base_image: str) -> list[Order]:
    """Return what to build for services.

    Args:
        root: the repository.
        services: services of the application.
        base_image: what the Dockerfiles build on; empty for their own default.

    Raises:
        BuildError: a service is unknown.
    """
    known = [*images.DEPLOYED, images.MONOLITH]
    for service in services:
        if service not in known:
            raise BuildError(
                f"{service!r} is no service of this application; build {', '.join(known)}"
            )
    arguments = {"COMMIT_HASH": commit(root), "BRANCH": _branch(root)}
    if base_image:
        arguments["BASE_IMAGE"] = base_image
    return [
        Order(
            service=service,
            reference=images.reference(service, root / CONTEXT),
            labels={BASE_LABEL: base_image},
            arguments=arguments,
        )
        for service in services
    ]


def commit(root: Path) -> str:
    """Return the commit that is checked out, or ``unknown``."""
    return git.answer(root, "rev-parse", "HEAD") or os.environ.get("CI_COMMIT_SHA") or "unknown"


def _branch(root: Path) -> str:
    checked_out = git.answer(root, "rev-parse", "--abbrev-ref", "HEAD")
    # A job checks out a commit, not a branch, and git then answers HEAD.
    if checked_out in {None, "", "HEAD"}:
        return os.environ.get("CI_COMMIT_REF_NAME") or checked_out or "unknown"
    return checked_out
