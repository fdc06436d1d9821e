"""Recorded exceptions: where a policy may be broken, and why."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Final

import yaml

from policies.rules import Resource

_FILE: Final = "exceptions.yaml"
_KEYS: Final = frozenset({"policy", "resource", "reason", "expires"})
_URN: Final = "urn:"


@dataclass(frozen=True, kw_only=True)
class PolicyException:
    """One exception, as recorded.

    Args:
        place: where it stands in the file, for messages.
        policy: the policy that may be broken.
        resource: a glob of ``type::name`` or of a URN.
    """

    place: str
    policy: str
    resource: str

    def matches(self, resource: Resource) -> bool:
        """Say whether a resource is meant."""
        subject = resource.urn if self.resource.startswith(_URN) else resource.place
        return fnmatchcase(subject, self.resource)

    def is_for_stack_of(self, resource: Resource) -> bool:
        """Say whether the exception names the resource's stack and project."""
        return self.resource.split("::")[:2] == resource.urn.split("::")[:2]


class Exceptions:
    """The exceptions in force, and which of them were needed.

    Args:
        recorded: the exceptions that are right.
        problems: what is wrong with the others, a message each.
    """

    def __init__(self, recorded: Sequence[PolicyException], problems: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        self._recorded = tuple(recorded)
        self._needed: set[PolicyException] = set()

    def cover(self, policy: str, resource: Resource) -> bool:
        """Say whether a resource may break a policy. Ask only where it does."""
        covering = {
            each for each in self._recorded if each.policy == policy and each.matches(resource)
        }
        self._needed |= covering
        return bool(covering)

    def needless(self, resources: Sequence[Resource]) -> Iterator[str]:
        """Yield a message for each exception that this stack shows to be needless.

        An exception for a resource of another stack is left alone: nothing is known of it here.

        Args:
            resources: all of the stack's, after every policy has judged them.
        """
        for each in self._recorded:
            if each in self._needed:
                continue
            if any(each.matches(resource) for resource in resources):
                yield f"{each.place}: '{each.resource}' keeps the rule; delete the entry"
            elif any(each.is_for_stack_of(resource) for resource in resources):
                yield f"{each.place}: '{each.resource}' is not there; delete the entry"


def read(text: str, policies: Collection[str], today: date) -> Exceptions:
    """Read a file of exceptions. What is wrong in it becomes a problem, not an error.

    Args:
        text: the file's content.
        policies: the names of all policies.
        today: the day on which it is read.
    """
    try:
        entries = yaml.safe_load(text) or []
    except yaml.YAMLError as error:
        return Exceptions([], [f"{_FILE}: is not YAML; correct it: {error}"])
    if not isinstance(entries, list):
        return Exceptions([], [f"{_FILE}: is no list; begin each entry with '- policy:'"])
    recorded = []
    problems = []
    for index, entry in enumerate(entries):
        place = f"{_FILE}[{index}]"
        found = list(_problems(entry, policies, today))
        problems += [f"{place}{problem}" for problem in found]
        if not found:
            recorded.append(
                PolicyException(place=place, policy=entry["policy"], resource=entry["resource"])
            )
    return Exceptions(recorded, problems)


def _problems(entry: object, policies: Collection[str], today: date) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f": {entry!r} is no mapping; give policy, resource and reason"
        return
    for key in entry.keys() - _KEYS:
        yield f".{key}: is an unknown key; the keys are {', '.join(sorted(_KEYS))}"
    for key in ("resource", "reason"):
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            yield f".{key}: {value!r} is no text; an exception needs one"
    policy = entry.get("policy")
    if policy not in policies:
        yield f".policy: {policy!r} is no policy; the policies are {', '.join(sorted(policies))}"
    expires = entry.get("expires")
    if expires is not None and type(expires) is not date:
        yield f".expires: {expires!r} is no day; write it as 2030-12-31"
    elif expires is not None and expires < today:
        yield f".expires: {expires} has passed; mend the resource, or give a new day and reason"
