"""Whose a thing on a Docker host is, and what becomes of things that no state knows."""

import uuid
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_docker

from . import _docker_cli
from ._machine import Machine
from .made_up import MadeUp

LABEL = "org.dockyard.owner"
"""Label of all that an owner has on a host."""

_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - what to look for, nothing listens

# What Docker's command line calls each type, and how it lists its name, all of it, and removes it.
_CONTAINER = ("container", "{{.Names}}", ("--all",), ("--force",))
_KINDS: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "docker:index/network:Network": ("network", "{{.Name}}", (), ()),
    "docker:index/service:Service": ("service", "{{.Name}}", (), ()),
}


class Owner(MadeUp):
    """A name that one state of one stack has, and no other.

    An engine that dies between creating a thing and saying so leaves it behind, unknown to the
    state, under a name that the next deployment needs. The owner's name on it tells that it may
    go. A thing of anybody else with that name stays what it was: an error, and untouched.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__(name, uuid.uuid4().hex, opts=opts)


class OwnedProvider(pulumi_docker.Provider):
    """The provider of a machine; it knows where and whose the things are that it makes."""

    owner: pulumi.Output[str]
    machine: Machine


def listing(kind: str, owner: str, shown: str, *options: str) -> tuple[str, ...]:
    """Return the arguments with which Docker's command line lists an owner's things.

    Args:
        kind: what it calls things of their type, such as ``container``.
        owner: whose they are.
        shown: the template of a line.
        options: more options of ``ls``.
    """
    return (kind, "ls", "--filter", f"label={LABEL}={owner}", "--format", shown, *options)


def leftovers_hook(name: str, machine: Machine) -> pulumi.ResourceHook:
    """Return a hook that clears the way for a network, container or service about to be created.

    What is in the way has its name, or one of its ports. It was left by a deployment that was
    interrupted, stands on a data disk that came to a new machine with all containers of the old
    one, or gives its port to another service, such as a gateway.

    Args:
        name: name of the hook, unique in the program.
        machine: where to look.
    """

    async def before(args: pulumi.ResourceHookArgs) -> None:
        await remove_leftovers(machine, args.type, args.new_inputs or {})

    return pulumi.ResourceHook(name, before)


async def remove_leftovers(machine: Machine, type_: str, inputs: Mapping[str, Any]) -> None:
    """Clear the way for a thing about to be created, of what belongs to its owner.

    Args:
        machine: where it will be.
        type_: its type, as Pulumi calls it.
        inputs: what it will be.
    """
    labels = {each["label"]: each["value"] for each in inputs.get("labels", [])}
    if LABEL not in labels:
        return
    owner = labels[LABEL]
    kind, named, all_of_them, force = _KINDS.get(type_, _CONTAINER)
    # If the engine doesn't answer, the provider meets the same obstacle in a moment and has the
    # better words for it.
    shown = f"{{{{.ID}}}} {named}"
    found = await _docker_cli.call(machine, *listing(kind, owner, shown, *all_of_them))
    for line in found.output.splitlines():
        each, _, its_name = line.partition(" ")
        if its_name == inputs["name"]:
            pulumi.log.warn(f"Removing {its_name}, which an interrupted deployment left behind.")
            await _docker_cli.call(machine, kind, "rm", *force, each)
    for port in inputs.get("ports", []):
        await _free_port(machine, owner, port)


async def _free_port(machine: Machine, owner: str, port: Mapping[str, Any]) -> None:
    """Remove the owner's container that publishes a port of the host."""
    number = int(port["external"])
    shown, publishing = "{{.Names}} {{.Ports}}", ("--filter", f"publish={number}")
    listed = await _docker_cli.call(machine, *listing("container", owner, shown, *publishing))
    for line in listed.output.splitlines():
        name, _, published = line.partition(" ")
        # On another address of the host it is in nobody's way.
        if any(f"{address}:{number}->" in published for address in (port["ip"], _EVERY_ADDRESS)):
            pulumi.log.warn(f"Removing {name}, which publishes the port {number}.")
            await _docker_cli.call(machine, "container", "rm", "--force", name)
