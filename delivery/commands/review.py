"""``python -m delivery review``: a branch's review environment."""

import argparse
import re
import tempfile
from pathlib import Path

from delivery import branches, images_file, review_stack
from delivery.errors import DeliveryError
from delivery.pulumi import REPOSITORY, Pulumi
from stacks import review_names

# What is one word in a dotenv file, whoever reads it.
_PLAIN_URL = re.compile(r"http://[A-Za-z0-9.-]+:[0-9]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    actions = parser.add_subparsers(dest="action", required=True)
    deploy = actions.add_parser("up", help="deploy it; the first time, make its stack")
    deploy.add_argument("--images", type=Path, help="file that 'build --output' wrote")
    deploy.add_argument("--env-file", type=Path, help="file to write REVIEW_URL=… to")
    deploy.set_defaults(act=_up)
    remove = actions.add_parser("stop", help="remove it, its data and its stack")
    remove.set_defaults(act=_stop)
    name = actions.add_parser("name", help="print its stack's name")
    name.set_defaults(act=_name)
    for each in (deploy, remove, name):
        each.add_argument("--branch", help="default: the job's branch, or git's current one")


def run(given: argparse.Namespace) -> int:
    """Do what is asked for with the branch's review environment."""
    branch = branches.chosen(given.branch, REPOSITORY)
    with tempfile.TemporaryDirectory(prefix="dockyard-review-") as folder:
        given.act(given, branch, Path(folder))
    return 0


def _up(given: argparse.Namespace, branch: str, folder: Path) -> None:
    images = images_file.as_configuration(images_file.read(given.images)) if given.images else {}
    url = review_stack.up(Pulumi(), branch, images, folder)
    if not _PLAIN_URL.fullmatch(url):
        raise DeliveryError(f"the page's address {url!r} is not of the form http://host:port")
    if given.env_file:
        given.env_file.write_text(f"REVIEW_URL={url}\n", encoding="ascii")
    print(f"The page of {branch} is at {url}")


def _stop(given: argparse.Namespace, branch: str, folder: Path) -> None:
    stack = review_names.stack_name(branch)
    stopped = review_stack.stop(Pulumi(), stack, folder)
    print(f"{stack} is gone." if stopped else f"There is no {stack}; nothing to do.")


def _name(given: argparse.Namespace, branch: str, folder: Path) -> None:
    print(review_names.stack_name(branch))
