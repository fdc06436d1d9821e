"""What every report says alike: verdicts, the order of changes, and how things are called."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from delivery.preview.losses import Fate, Loss, losses
from delivery.preview.model import Change, Operation, StackPreview

NAMED_CHARACTERS: Final = 160
"""How much of a name is shown."""
SHOWN_CHARACTERS: Final = 400
"""How much of a property's value is shown."""
SAID_CHARACTERS: Final = 4000
"""How much of a message is shown."""

ORDER: Final = (
    Operation.REPLACE,
    Operation.DELETE,
    Operation.FORGET,
    Operation.UPDATE,
    Operation.IMPORT,
    Operation.CREATE,
)
"""Operations by how much they ask to be looked at."""
_ALWAYS_COUNTED: Final = (
    Operation.CREATE,
    Operation.UPDATE,
    Operation.REPLACE,
    Operation.DELETE,
)


class Verdict(StrEnum):
    """What there is to say of a stack in a word, the worst first."""

    FAILED = "failed"
    LOSES_DATA = "loses data"
    CHANGES = "changes"
    NO_CHANGES = "no changes"


SIGNS: Final = {
    Verdict.FAILED: "✗",
    Verdict.LOSES_DATA: "⚠",
    Verdict.CHANGES: "±",
    Verdict.NO_CHANGES: "✓",
}
"""A sign for each verdict."""


def verdict(preview: StackPreview) -> Verdict:
    """Return the worst that there is to say of a stack."""
    if preview.failed:
        return Verdict.FAILED
    if any(each.fate is Fate.LOST for each in losses(preview)):
        return Verdict.LOSES_DATA
    return Verdict.CHANGES if preview.changes else Verdict.NO_CHANGES


def headline(previews: Sequence[StackPreview]) -> str:
    """Return how many stacks came to which verdict, the worst first."""
    found = [verdict(each) for each in previews]
    counts = [(each, found.count(each)) for each in Verdict if each in found]
    words = {
        Verdict.FAILED: ("fails", "fail"),
        Verdict.LOSES_DATA: ("loses data", "lose data"),
        Verdict.CHANGES: ("changes", "change"),
        Verdict.NO_CHANGES: ("stays as it is", "stay as they are"),
    }
    told = [f"{count} {words[each][count > 1]}" for each, count in counts]
    stacks = "1 stack" if len(previews) == 1 else f"{len(previews)} stacks"
    return f"Preview of {stacks}: {', '.join(told)}" if told else "Preview of no stack"


def counted(previews: Iterable[StackPreview]) -> list[Operation]:
    """Return the operations to count: those that are always, and those that occur."""
    previews = list(previews)
    return [
        each
        for each in Operation
        if each in _ALWAYS_COUNTED or any(preview.count(each) for preview in previews)
    ]


def ordered(changes: Iterable[Change]) -> list[Change]:
    """Return changes by operation as in ``ORDER``, and by name: the engine's order is chance."""
    return sorted(
        changes, key=lambda change: (ORDER.index(change.operation), change.name, change.urn)
    )


def all_losses(previews: Iterable[StackPreview]) -> list[Loss]:
    """Return what becomes of the data of all stacks, the worst first."""
    found = [loss for preview in previews for loss in losses(preview)]
    return sorted(found, key=lambda loss: list(Fate).index(loss.fate))


def short_type(token: str) -> str:
    """Return a type token as people write it: docker:Container, gcp:compute:Disk."""
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    place = module.partition("/")[0]
    if not module or token.startswith("pulumi:providers:"):
        return token
    return f"{package}:{name}" if place == "index" else f"{package}:{place}:{name}"
