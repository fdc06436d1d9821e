"""What the engine and the policies say of several stacks, each thing once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from delivery.preview.model import StackPreview


class Section(StrEnum):
    """What messages are about, in the order to show them."""

    POLICIES = "Policies"
    ERRORS = "Errors"
    WARNINGS = "Warnings"


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a message is about.

    Args:
        stack: the stack's name.
        resource: the resource's name; empty if it is the whole stack.
    """

    stack: str
    resource: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """Something that is said, wherever it applies.

    Args:
        section: where it belongs.
        text: the text, which may have several lines.
        policy: the policy that says so; empty if none does.
        mandatory: whether the policy stops a deployment.
        places: what it is about.
    """

    section: Section
    text: str
    policy: str
    mandatory: bool
    places: Sequence[Place]


def messages(previews: Iterable[StackPreview]) -> dict[Section, list[Message]]:
    """Return what is said, by section; policies that stop a deployment come first."""
    found: dict[tuple[Section, str, str, bool], list[Place]] = {}
    for preview in previews:
        for key, place in _said(preview):
            found.setdefault(key, []).append(place)
    told: dict[Section, list[Message]] = {}
    for section in Section:
        mine = [
            Message(section=section, policy=policy, text=text, mandatory=mandatory, places=places)
            for (of, policy, text, mandatory), places in found.items()
            if of is section
        ]
        if mine:
            told[section] = sorted(mine, key=_weight)
    return told


def _weight(message: Message) -> tuple[bool, str, str]:
    # Of errors, the first is often why there are others; the rest comes in an order of chance.
    text = "" if message.section is Section.ERRORS else message.text
    return (not message.mandatory, message.policy, text)


def _said(preview: StackPreview) -> Iterator[tuple[tuple[Section, str, str, bool], Place]]:
    for violation in preview.violations:
        key = (Section.POLICIES, violation.policy, violation.message, violation.mandatory)
        yield key, _place(preview, violation.urn)
    for each in preview.diagnostics:
        section = Section.ERRORS if each.severity == "error" else Section.WARNINGS
        yield (section, "", each.message, False), _place(preview, each.urn)


def _place(preview: StackPreview, urn: str) -> Place:
    return Place(stack=preview.stack, resource=urn.split("::", 3)[-1])
