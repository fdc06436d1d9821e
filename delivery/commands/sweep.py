"""``python -m delivery sweep``: the end of review environments that nobody needs any more."""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from delivery import branches, review_stack, review_sweep
from delivery.errors import DeliveryError
from delivery.pulumi import REPOSITORY, Pulumi


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--remote", default="origin", help="repository that has the branches")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, do nothing")
    parser.add_argument(
        "--max-age-days", type=_days, help="stop those not deployed for so long, too"
    )


def run(given: argparse.Namespace) -> int:
    """Stop what nobody needs, one after the other."""
    pulumi = Pulumi()
    # The stacks first: a branch that comes with its stack in between is seen as one that is there.
    records = pulumi.stacks()
    claimed = {each.name for each in pulumi.stacks(review_stack.BRANCH_TAG)}
    there = branches.on_remote(REPOSITORY, given.remote)
    before = review_sweep.oldest_allowed(datetime.now(UTC), given.max_age_days)
    verdicts = list(
        review_sweep.judge(records, claimed=claimed, branches=there, updated_before=before)
    )
    for verdict in verdicts:
        print(f"{verdict.stack} {verdict.why}.", flush=True)
    to_stop = [each.stack for each in verdicts if each.stops]
    failed = 0 if given.dry_run else sum(not _stops(pulumi, stack) for stack in to_stop)
    what = f"{len(to_stop)} to stop" if given.dry_run else f"{len(to_stop) - failed} stopped"
    print(f"{what}, {failed} failed.")
    return 1 if failed else 0


def _stops(pulumi: Pulumi, stack: str) -> bool:
    try:
        with tempfile.TemporaryDirectory(prefix="dockyard-sweep-") as folder:
            review_stack.stop(pulumi, stack, Path(folder))
    except DeliveryError as error:
        # The others are no worse for it.
        print(f"error: {error}", file=sys.stderr, flush=True)
        return False
    return True


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of days, 1 or more")
    return int(text)
