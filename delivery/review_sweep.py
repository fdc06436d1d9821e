"""Which review environments nobody needs any more."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from delivery.pulumi import StackRecord
from stacks import review_names


@dataclass(frozen=True)
class Verdict:
    """What is to become of a stack.

    Args:
        stack: its name.
        why: the reason, to follow the name.
        stops: whether it is stopped; otherwise it is for people to decide.
    """

    stack: str
    why: str
    stops: bool


def judge(
    records: Collection[StackRecord],
    *,
    claimed: Collection[str],
    branches: Collection[str],
    updated_before: datetime | None,
) -> Iterator[Verdict]:
    """Yield a verdict on each review environment that isn't plainly needed.

    Args:
        records: stacks of the backend, of any kind.
        claimed: names of those that say whose branch they are.
        branches: names of the branches that there are.
        updated_before: stacks that were deployed no later are old; None if none is.
    """
    needed = {review_names.stack_name(branch) for branch in branches}
    for record in records:
        if not record.name.startswith(review_names.BEGINNING):
            continue
        if updated_before and record.last_update and record.last_update <= updated_before:
            why = f"was last deployed on {record.last_update:%Y-%m-%d}"
            yield Verdict(record.name, why, stops=True)
        elif record.name in needed:
            continue
        elif record.name in claimed:
            yield Verdict(record.name, "is of a branch that is gone", stops=True)
        else:
            why = "is of no branch that can be told; see whose it is"
            yield Verdict(record.name, why, stops=False)


def oldest_allowed(now: datetime, max_age_days: int | None) -> datetime | None:
    """Return the moment before which a deployment is too old; None if none is."""
    return None if max_age_days is None else now - timedelta(days=max_age_days)
