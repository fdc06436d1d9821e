"""Who has which place on the host of review environments.

A slot is taken by a tag of the stack, before anything is deployed: a deployment that failed half
way holds its place, and one question to the backend tells who has a slot.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from components.checks import ArgumentError
from delivery import stack_file
from delivery.errors import DeliveryError
from delivery.pulumi import Pulumi
from stacks import review_names

SLOT_TAG: Final = "dockyard:reviewSlot"
"""The tag of a stack that says which slot it has."""


def count(root: Path) -> int:
    """Return how many slots there are: one for each port.

    Raises:
        DeliveryError: the configuration's ports are none.
    """
    value = stack_file.value(root, review_names.KIND, "reviewPorts")
    try:
        return len(review_names.ports("dockyard:reviewPorts", value))
    except ArgumentError as error:
        raise DeliveryError(str(error)) from None


@dataclass(frozen=True)
class Slots:
    """The slots of a host.

    Args:
        pulumi: the CLI.
        count: how many there are.
    """

    pulumi: Pulumi
    count: int

    def held(self, stack: str) -> int | None:
        """Return the slot that a stack of the backend has; None if it has none."""
        text = tags(self.pulumi, stack).get(SLOT_TAG, "")
        return int(text) if text.isdecimal() and int(text) < self.count else None

    def free(
        self, branch: str, known: Collection[str] | None = None, *, after: int | None = None
    ) -> int:
        """Return the slot that a branch would get now, and take nothing.

        Args:
            branch: the branch.
            known: the stacks that the backend has, if the caller knows: without one of the kind
                nobody needs to be asked.
            after: the slot after which to look; None begins at the one that the branch prefers.

        Raises:
            DeliveryError: all slots are taken.
        """
        stack = review_names.stack_name(branch)
        alone = known is not None and not any(
            each.startswith(review_names.BEGINNING) for each in known
        )
        for slot in self._order(branch, after):
            if alone or not self._others(slot, stack):
                return slot
        raise DeliveryError(
            f"all {self.count} places of review environments are taken; 'python -m delivery sweep' "
            "stops those whose branch is gone, dockyard:reviewPorts makes more"
        )

    def take(self, branch: str, *, after: int | None = None) -> int:
        """Take a slot for a branch, whose stack is in the backend, and return it.

        Args:
            branch: the branch.
            after: a slot that won't do; None keeps the one that the stack has.

        Raises:
            DeliveryError: all slots are taken.
        """
        stack = review_names.stack_name(branch)
        held = self.held(stack) if after is None else None
        if held is not None and not self._others(held, stack):
            return held
        while True:
            slot = self.free(branch, after=after)
            self.pulumi.answer("stack", "tag", "set", "--stack", stack, SLOT_TAG, str(slot))
            # Another job may have taken it since: who looks again after taking it is sure.
            rivals = self._others(slot, stack)
            if not rivals:
                return slot
            self.pulumi.answer("stack", "tag", "rm", "--stack", stack, SLOT_TAG)
            # Two that meet go different ways, or they would meet again.
            after = slot if stack < min(rivals) else slot + 1

    def _order(self, branch: str, after: int | None) -> Iterator[int]:
        preferred = review_names.preferred_slot(branch, self.count)
        start = preferred if after is None else after + 1
        return ((start + step) % self.count for step in range(self.count))

    def _others(self, slot: int, stack: str) -> set[str]:
        holders = {each.name for each in self.pulumi.stacks(f"{SLOT_TAG}={slot}")}
        return holders - {stack}


def tags(pulumi: Pulumi, stack: str) -> dict[str, str]:
    """Return the tags of a stack of the backend.

    Raises:
        DeliveryError: there is no such stack.
    """
    listed: Any = json.loads(pulumi.answer("stack", "tag", "ls", "--json", "--stack", stack))
    return cast("dict[str, str]", listed or {})
