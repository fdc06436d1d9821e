"""The stack of a branch's review environment: made, deployed, and removed without a trace."""

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from delivery import deployment, review_leftovers, review_slots, stack_file
from delivery.errors import DeliveryError
from delivery.pulumi import Pulumi
from delivery.review_slots import Slots
from stacks import review_names

BRANCH_TAG: Final = "dockyard:reviewBranch"
"""The tag of a stack that says whose it is."""

# Pulumi's own service takes no longer tags.
_TAG_LIMIT: Final = 256
_TRIES: Final = 3
_TAKEN: Final = re.compile(
    r"port is already allocated|address already in use|another program listens on it|"
    r"Pool overlaps with other one|has a subnet that overlaps with"
)
_LOCKED: Final = "the stack is currently locked"


def composed(
    root: Path, pulumi: Pulumi, branch: str, folder: Path, known: Collection[str]
) -> tuple[str, Path]:
    """Return the name of a branch's stack, and its configuration as the next deployment has it.

    Nothing changes in the backend: a stack that isn't there yet gets the slot that is free now.

    Args:
        root: the folder of the project.
        pulumi: the CLI.
        branch: the branch.
        folder: where to write the configuration.
        known: the names of the stacks that the backend has.

    Raises:
        DeliveryError: the backend doesn't answer, or there is no slot.
    """
    name = review_names.stack_name(branch)
    slots = Slots(pulumi, review_slots.count(root))
    slot = slots.held(name) if name in known else None
    if slot is None:
        slot = slots.free(branch, known)
    return name, _compose(root, branch, slot, {}, folder)


def up(pulumi: Pulumi, branch: str, values: Mapping[str, str], folder: Path) -> str:
    """Deploy a branch's review environment, and return its URL.

    If another program has its place on the host, the next one is tried.

    Args:
        pulumi: the CLI in the project's folder.
        branch: the branch.
        values: configuration values by key, such as its images.
        folder: an empty folder, for this call alone.

    Raises:
        DeliveryError: it could not be deployed. What there is of it belongs to the stack: the next
            call goes on with it, and ``stop`` removes it.
    """
    name = review_names.stack_name(branch)
    slots = Slots(pulumi, review_slots.count(pulumi.root))
    _make(pulumi, branch, folder)
    slot = slots.take(branch)
    for _ in range(_TRIES):
        config = _compose(pulumi.root, branch, slot, values, folder)
        said = _run(pulumi, name, config, "up", "--refresh", "--suppress-outputs")
        if said is None:
            return str(pulumi.outputs(name)["url"])
        if not _TAKEN.search(said):
            break
        print(f"Another program on the host has the place of slot {slot}; trying the next one.")
        slot = slots.take(branch, after=slot)
    raise DeliveryError(
        f"{name} could not be deployed; the reason is above. What there is of it, the next "
        "'python -m delivery review up' goes on with and 'python -m delivery review stop' removes"
    )


def stop(pulumi: Pulumi, stack: str, folder: Path) -> bool:
    """Remove a review environment, its data and its stack; return whether there was one.

    Args:
        pulumi: the CLI in the project's folder.
        stack: the stack's name.
        folder: a folder for this call alone.

    Raises:
        DeliveryError: something could not be removed; the next call goes on with it.
    """
    if not pulumi.has(stack):
        return False
    template = stack_file.path(pulumi.root, review_names.KIND)
    config = stack_file.compose(template, {}, folder / f"Pulumi.{stack}.yaml")

    def step(*command: str) -> None:
        if _run(pulumi, stack, config, *command) is not None:
            raise DeliveryError(
                f"{stack} could not be removed; the reason is above, and "
                "'python -m delivery review stop' goes on from here"
            )

    # The state learns first what is there, and that nobody is deploying right now.
    step("refresh", "--clear-pending-creates")
    review_leftovers.remove(json.loads(pulumi.answer("stack", "export", "--stack", stack)))
    step("destroy")
    pulumi.answer("stack", "rm", stack, "--yes", "--preserve-config", "--remove-backups")
    return True


def _run(pulumi: Pulumi, stack: str, config: Path, *command: str) -> str | None:
    """Run a step that changes a stack; return None if it succeeded, or what it said if not."""
    where = ("--stack", stack, "--config-file", str(config))
    done = pulumi.follow(*command, *where, "--yes", "--skip-preview")
    if not done.returncode:
        return None
    if _LOCKED in done.stdout:
        raise DeliveryError(
            f"another job works on {stack}, or was killed while it did. Wait for it; once it is "
            f"surely gone, 'pulumi cancel --yes {stack}' and try again"
        )
    return done.stdout


def _make(pulumi: Pulumi, branch: str, folder: Path) -> None:
    """Make a branch's stack, if there is none, and see that it is no other branch's."""
    name, tag = review_names.stack_name(branch), branch[:_TAG_LIMIT]
    if not pulumi.has(name):
        deployment.make(pulumi, name, _compose(pulumi.root, branch, 0, {}, folder))
    whose = review_slots.tags(pulumi, name).get(BRANCH_TAG)
    if whose is None:
        pulumi.answer("stack", "tag", "set", "--stack", name, BRANCH_TAG, tag)
    elif whose != tag:
        raise DeliveryError(
            f"{name} is the review environment of {whose!r}, not of {branch!r}; rename one of them"
        )


def _compose(root: Path, branch: str, slot: int, values: Mapping[str, str], folder: Path) -> Path:
    name = review_names.stack_name(branch)
    return stack_file.compose(
        stack_file.path(root, review_names.KIND),
        # A number of the configuration is a text, as the CLI writes it.
        {**values, "reviewBranch": branch, "reviewSlot": str(slot)},
        folder / f"Pulumi.{name}.yaml",
    )
