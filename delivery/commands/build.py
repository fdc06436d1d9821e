"""``python -m delivery build``: the application's images."""

import argparse

from app import images
from delivery.build import Builder
from delivery.pulumi import REPOSITORY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("service", nargs="*", help=f"default: {' '.join(images.SERVICES)}")
    parser.add_argument("--base-image", help="image to build on; default: the Dockerfiles' own")


def run(given: argparse.Namespace) -> int:
    """Build what is missing."""
    Builder(REPOSITORY, base_image=given.base_image).build(given.service or images.SERVICES)
    return 0
