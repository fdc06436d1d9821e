"""``python -m delivery notify``: tell Slack that a deployment failed."""

import argparse
import os

from delivery.notify import WEBHOOK_VARIABLE, message, post


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--environment", required=True, help="what was deployed to")


def run(given: argparse.Namespace) -> int:
    """Post one message, or say why there is none."""
    webhook = os.environ.get(WEBHOOK_VARIABLE, "")
    if not webhook:
        print(f"Nobody was told: {WEBHOOK_VARIABLE} is not set.")
        return 0
    post(webhook, message(given.environment, os.environ))
    print("Slack was told.")
    return 0
