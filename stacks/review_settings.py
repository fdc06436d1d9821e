"""Settings of a review environment: those of the application, at a place of its own."""

from dataclasses import dataclass

import pulumi

from components import checks
from components.checks import ArgumentError

from . import review_names, settings
from .reader import Reader
from .settings import Place, Settings


@dataclass(frozen=True, kw_only=True)
class ReviewSettings:
    """What a review environment is made from. Every value is checked."""

    application: Settings
    """The application."""
    branch: str
    """The branch that it shows; empty for the stack that stands for any branch."""
    slot: int
    """Which place on the host it has; no other review environment has it."""
    host_name: str
    """Name of the page's host; empty for the address that the page is bound to."""


def load(config: pulumi.Config, stack: str) -> ReviewSettings:
    """Read and check the configuration of a review environment.

    Port and networks follow from the slot. The keys that other stacks have for them say nothing
    here, and are refused.

    Raises:
        ArgumentError: a key is unknown or missing, its value breaks a rule, or the stack is
            another branch's.
    """
    reader = Reader(config.name)
    branch = reader.text("reviewBranch")
    _check_stack(reader, stack, branch)
    ports = review_names.ports(reader.field("reviewPorts"), reader.text("reviewPorts"))
    slot = checks.whole_number(
        reader.field("reviewSlot"), reader.integer("reviewSlot"), smallest=0, largest=len(ports) - 1
    )
    place = _place(reader, slot, ports)
    host_name = _host_name(reader, branch)
    application = settings.read(reader, stack, place)
    reader.refuse_unread_keys()
    return ReviewSettings(application=application, branch=branch, slot=slot, host_name=host_name)


def _check_stack(reader: Reader, stack: str, branch: str) -> None:
    expected = review_names.stack_name(branch) if branch else review_names.KIND
    if stack != expected:
        raise ArgumentError(
            reader.field("reviewBranch"),
            branch,
            f"belongs to the stack {expected}, and this one is {stack}; "
            "'python -m delivery review up' names and deploys a branch's stack",
        )


def _place(reader: Reader, slot: int, ports: range) -> Place:
    field, text = reader.field("reviewRange"), reader.text("reviewRange")
    addresses = checks.subnet(field, text)
    needed = review_names.addresses_needed(len(ports))
    if addresses.num_addresses < needed:
        prefix = 32 - (needed - 1).bit_length()
        raise ArgumentError(
            field,
            text,
            f"has no two networks for each of the {len(ports)} ports of "
            f"{reader.field('reviewPorts')}; take a range of /{prefix}, or fewer ports",
        )
    front_subnet, back_subnet = review_names.subnets(slot, addresses)
    return Place(
        ui_port=ports[slot],
        ui_port_key="reviewPorts",
        front_subnet=front_subnet,
        back_subnet=back_subnet,
        ranges={"reviewRange": text},
    )


def _host_name(reader: Reader, branch: str) -> str:
    field, domain = reader.field("reviewDomain"), reader.text("reviewDomain")
    if not domain:
        return ""
    try:
        for part in domain.split("."):
            checks.host_name(field, part)
    except ArgumentError:
        raise ArgumentError(
            field, domain, "is not a domain; write one like review.example.com"
        ) from None
    name = f"{review_names.label(branch) if branch else review_names.KIND}.{domain}"
    if len(name) > review_names.DOMAIN_LIMIT:
        raise ArgumentError(
            field,
            domain,
            f"makes names of more than {review_names.DOMAIN_LIMIT} characters; take a shorter one",
        )
    return name
