"""What previews say, whatever they are shown with."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Operation(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    IMPORT = "import"
    FORGET = "forget"
    """It stays where it is, and Pulumi no longer looks after it."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One property that changes.

    Args:
        path: where it is, such as ``networksAdvanced[0].aliases``.
        old: its value as a text for people; None if there was none. Secrets read ``[secret]``.
        new: the same of the new value; a value that isn't known yet reads ``[unknown]``.
        replaces: whether it is why the resource is replaced.
    """

    path: str
    old: str | None
    new: str | None
    replaces: bool = False


@dataclass(frozen=True, kw_only=True)
class Change:
    """A resource that changes.

    Args:
        operation: what happens to it.
        urn: its URN.
        type: its type token.
        name: its logical name.
        id: what the provider calls it; empty before it is created.
        physical_name: the name that it has where it is; empty if it has none of its own.
        protected: whether Pulumi refuses to do this.
        retained: whether what is there stays there when it is deleted or replaced.
        differences: its properties that change, sorted by path.
    """

    operation: Operation
    urn: str
    type: str
    name: str
    id: str = ""
    physical_name: str = ""
    protected: bool = False
    retained: bool = False
    differences: Sequence[Difference] = ()


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """Something that the engine or the program said.

    Args:
        severity: ``error`` or ``warning``.
        message: the text, without colours.
        urn: the resource that it is about; empty if none.
    """

    severity: str
    message: str
    urn: str = ""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A policy that a resource breaks.

    Args:
        policy: its name.
        pack: the pack that it is from.
        mandatory: whether it stops a deployment.
        message: what is wrong and what to do.
        urn: the resource; empty if it is the whole stack.
    """

    policy: str
    pack: str
    mandatory: bool
    message: str
    urn: str = ""


@dataclass(frozen=True, kw_only=True)
class StackPreview:
    """The preview of one stack.

    Args:
        stack: its name.
        is_new: whether it has never been deployed.
        failed: whether the preview could not be finished, or breaks a mandatory policy.
        changes: what changes, in the order of the engine.
        unchanged: how many resources stay as they are.
        diagnostics: what was said.
        violations: what the policies object to.
        seconds: how long it took.
    """

    stack: str
    is_new: bool = False
    failed: bool = False
    changes: Sequence[Change] = ()
    unchanged: int = 0
    diagnostics: Sequence[Diagnostic] = ()
    violations: Sequence[Violation] = ()
    seconds: float = 0.0

    def count(self, operation: Operation) -> int:
        """Return how many resources an operation happens to."""
        return sum(change.operation is operation for change in self.changes)
