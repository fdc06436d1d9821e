"""``python -m delivery build``: the application's images."""

import argparse
from pathlib import Path

from app import images
from delivery import images_file
from delivery.build import BuilderKind, build, publish
from delivery.builders.order import orders
from delivery.errors import MisuseError
from delivery.pulumi import REPOSITORY
from delivery.registry import Repository, checked_tag


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("service", nargs="*", help=f"default: {' '.join(images.DEPLOYED)}")
    parser.add_argument("--base-image", help="image to build on; default: the Dockerfiles' own")
    parser.add_argument(
        "--push",
        metavar="REPOSITORY",
        help="push to this registry and path, where what is there already isn't built again;"
        " logs in as 'docker login' did, or as CI_REGISTRY_USER in a job",
    )
    parser.add_argument(
        "--builder",
        choices=list(BuilderKind),
        type=BuilderKind,
        default=BuilderKind.DOCKER,
        help="default: %(default)s",
    )
    parser.add_argument("--tag", default="", help="one more tag to push, such as a version")
    parser.add_argument("--output", type=Path, help="write the digests to this file, JSON")


def run(given: argparse.Namespace) -> int:
    """Build what is missing."""
    services = given.service or images.DEPLOYED
    if given.push:
        repository = Repository.parse(given.push)
        tag = checked_tag(given.tag) if given.tag else ""
        wanted = orders(REPOSITORY, services, base_image=given.base_image or "")
        references = publish(REPOSITORY, wanted, repository, given.builder, tag)
        if given.output:
            images_file.write(given.output, references)
        return 0
    for option in ("tag", "output"):
        if getattr(given, option):
            raise MisuseError(f"--{option} is about images in a registry; give --push too")
    if given.builder is not BuilderKind.DOCKER:
        raise MisuseError(f"--builder {given.builder} keeps no images here; give --push too")
    build(REPOSITORY, orders(REPOSITORY, services, base_image=given.base_image or ""))
    return 0
