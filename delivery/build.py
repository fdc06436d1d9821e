"""Builds the application's images, for this machine's engine or for a registry."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path

from delivery import registry_login
from delivery.builders.buildah import BuildahBuilder
from delivery.builders.buildkit import BuildkitBuilder
from delivery.builders.docker import DockerBuilder
from delivery.builders.order import Order, Pusher, Workshop
from delivery.registry import Registry, Repository


class BuilderKind(StrEnum):
    """What builds."""

    DOCKER = "docker"
    """The Docker client and the engine at hand."""
    BUILDKIT = "buildkit"
    """BuildKit alone, which needs neither an engine nor root."""
    BUILDAH = "buildah"
    """Buildah, which needs no daemon."""


_BUILDERS: dict[BuilderKind, Callable[[Workshop], Pusher]] = {
    BuilderKind.DOCKER: DockerBuilder,
    BuilderKind.BUILDKIT: BuildkitBuilder,
    BuilderKind.BUILDAH: BuildahBuilder,
}


def build(root: Path, orders: Sequence[Order]) -> None:
    """Build what the engine at hand doesn't hold yet, side by side, and say so.

    Raises:
        BuildError: the engine doesn't answer, or a build failed.
    """
    builder = DockerBuilder(Workshop(root=root))
    with ThreadPoolExecutor() as pool:
        for line in pool.map(builder.ensure, orders):
            print(line, flush=True)


def publish(
    root: Path, orders: Sequence[Order], repository: Repository, kind: BuilderKind, tag: str
) -> dict[str, str]:
    """Build and push what the registry doesn't hold yet, and say so.

    Args:
        root: the repository of the code.
        orders: what to build.
        repository: where the images go, one below it for each service.
        kind: what builds.
        tag: one more tag for every image; empty for none.

    Returns:
        The images' references by service, by digest.

    Raises:
        BuildError: an image could not be built or pushed.
        DeliveryError: the registry doesn't answer, or refuses.
    """
    login = registry_login.find(repository.registry, os.environ)
    with (
        Registry(repository.registry, login) as registry,
        registry_login.for_builders(os.environ) as environment,
    ):
        builder = _BUILDERS[kind](Workshop(root=root, environment=environment))

        def publish_one(order: Order) -> str:
            path = f"{repository.path}/{order.service}"
            target = f"{repository}/{order.service}"
            digest = registry.digest(path, order.tag)
            done = "was there already" if digest else "built and pushed"
            digest = digest or builder.push(order, f"{target}:{order.tag}")
            if tag:
                registry.name(path, digest, tag)
            print(f"{target}:{order.tag}: {done}, {digest}", flush=True)
            return f"{target}@{digest}"

        with ThreadPoolExecutor(builder.at_once) as pool:
            references = list(pool.map(publish_one, orders))
    return {order.service: reference for order, reference in zip(orders, references, strict=True)}
