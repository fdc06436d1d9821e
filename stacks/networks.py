"""From a stack's settings to the arguments of its networks, on a host or on a Swarm."""

from typing import NotRequired, TypedDict

from .host_settings import STACK_LABEL
from .settings import Settings


class NetworkArgs(TypedDict):
    """What bridge networks and overlay networks take alike."""

    name: str
    subnet: str
    internal: bool
    labels: dict[str, str]
    mtu_bytes: NotRequired[int]


def network(
    stack: str, name: str, subnet: str, *, mtu_bytes: int | None, internal: bool = False
) -> NetworkArgs:
    """Return the arguments of a stack's network.

    Args:
        stack: the stack's name.
        name: Docker's name for the network.
        subnet: its range, CIDR.
        mtu_bytes: largest packet in bytes; None leaves it to the engine.
        internal: whether there is no way out of it.
    """
    labels = {STACK_LABEL: stack}
    args = NetworkArgs(name=name, subnet=subnet, internal=internal, labels=labels)
    if mtu_bytes:
        args["mtu_bytes"] = mtu_bytes
    return args


def of_application(settings: Settings) -> dict[str, NetworkArgs]:
    """Return the arguments of the application's networks, ``front`` and ``back``."""
    stack, prefix, mtu_bytes = settings.stack, settings.prefix, settings.network_mtu_bytes
    front, back = settings.front_subnet, settings.back_subnet
    return {
        "front": network(stack, f"{prefix}-front_net", front, mtu_bytes=mtu_bytes),
        "back": network(stack, f"{prefix}-back_net", back, mtu_bytes=mtu_bytes, internal=True),
    }
