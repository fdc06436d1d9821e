"""What a rule is: a check of one resource, or of all of a stack, with words for who breaks it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_PRODUCTION = "prod"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as a policy sees it.

    Args:
        type: its type token.
        name: its logical name.
        urn: its URN.
        protect: whether Pulumi refuses to delete it.
        properties: its properties; what can't be judged is ``values.HIDDEN``.
        sources: the URNs of the resources that each property was made from. Known to rules of a
            stack alone.
    """

    type: str
    name: str
    urn: str
    protect: bool
    properties: Mapping[str, Any]
    sources: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Return the type and the name, as an exception names a resource."""
        return f"{self.type}::{self.name}"

    @property
    def in_production(self) -> bool:
        """Say whether the stack is ``prod``, or ``prod-<anything>``."""
        stack = self.urn.split("::")[0].rpartition(":")[2]
        return stack.partition("-")[0] == _PRODUCTION


@dataclass(frozen=True)
class Finding:
    """One place that breaks a rule.

    Args:
        path: the property, as ``ports[0].external``.
        problem: its value and what is wrong with it. Never a value that may be a secret.
    """

    path: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule for each resource of some types.

    Args:
        name: the policy's name, for exceptions.
        types: type tokens that it judges; empty for all.
        description: the rule and its reason, in one sentence.
        remedy: what to do instead.
        check: finds what breaks the rule.
        sees_marks: whether marked secrets are hidden from the check, which otherwise sees all.
    """

    name: str
    types: frozenset[str]
    description: str
    remedy: str
    check: Callable[[Resource], Iterator[Finding]]
    sees_marks: bool = False

    def judges(self, resource_type: str) -> bool:
        """Say whether a type is one of the rule's."""
        return not self.types or resource_type in self.types


@dataclass(frozen=True, kw_only=True)
class StackRule:
    """A rule for the resources of a stack together; its fields are those of ``Rule``."""

    name: str
    description: str
    remedy: str
    check: Callable[[Sequence[Resource]], Iterator[tuple[Resource, Finding]]]


def message(rule: Rule | StackRule, resource: Resource, finding: Finding) -> str:
    """Say what is wrong where, what to do, and how to record an exception."""
    return (
        f"{finding.path}: {finding.problem}; {rule.remedy}. If it must stay, record it in"
        f" policies/exceptions.yaml: policy '{rule.name}', resource '{resource.place}', a reason."
    )
