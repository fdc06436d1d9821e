"""``python -m delivery apply``: deploy exactly what a plan shows."""

import argparse
from pathlib import Path

from delivery.apply import apply
from delivery.plan_folder import PlanFolder
from delivery.pulumi import Pulumi


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--plan", type=Path, required=True, help="the folder with the plan")
    parser.add_argument("--stack", help="refuse a plan for another stack than this one")


def run(given: argparse.Namespace) -> int:
    """Deploy, or refuse."""
    apply(Pulumi(), PlanFolder(given.plan), given.stack)
    return 0
