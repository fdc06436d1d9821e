"""``python -m delivery plan``: what would be deployed, kept for ``apply``."""

import argparse
import os
import sys
from pathlib import Path

from delivery import images_file, plan, stack_file
from delivery.preview import terminal
from delivery.preview.redaction import Redactor
from delivery.pulumi import REPOSITORY, Pulumi


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--stack", required=True, help="the stack, such as prod")
    parser.add_argument(
        "--config", type=Path, help="its configuration file; default: Pulumi.<stack>.yaml"
    )
    parser.add_argument(
        "--images", type=Path, help="take the images in this file, which 'build --output' writes"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder to keep the plan in")


def run(given: argparse.Namespace) -> int:
    """Preview, keep the plan, and show it."""
    template = given.config or stack_file.path(REPOSITORY, given.stack)
    images = images_file.read(given.images) if given.images else {}
    values = images_file.as_configuration(images)
    planned = plan.make(Pulumi(), given.stack, template, values, given.output)
    redact = Redactor(os.environ)
    print(terminal.render([planned.preview], redact=redact, colour=sys.stdout.isatty()))
    if planned.preview.failed:
        print("No plan was kept.", file=sys.stderr)
        return 1
    print(
        f"The plan is in {given.output}; 'python -m delivery apply --plan {given.output}' does it."
    )
    return 0
