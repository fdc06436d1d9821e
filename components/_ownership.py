"""Whose a thing on a Docker host is, and what becomes of things that no state knows."""

import re
import uuid

import pulumi
import pulumi_docker

from . import _process
from ._machine import Machine
from .made_up import MadeUp

LABEL = "org.dockyard.owner"
"""Label of all that an owner has on a host."""

_NETWORK = "docker:index/network:Network"
_CALL_SECONDS = 60


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


def leftovers_hook(name: str, machine: Machine) -> pulumi.ResourceHook:
    """Return a hook that clears the way for a network or a container about to be created.

    Such a thing is left by a deployment that was interrupted, or stands on a data disk that came
    to a new machine with all containers of the old one.

    Args:
        name: name of the hook, unique in the program.
        machine: where to look.
    """

    async def remove_leftovers(args: pulumi.ResourceHookArgs) -> None:
        inputs = args.new_inputs or {}
        labels = {each["label"]: each["value"] for each in inputs.get("labels", [])}
        if LABEL not in labels:
            return
        is_network = args.type == _NETWORK
        kind, options = ("network", ()) if is_network else ("container", ("--all",))
        pattern = f"^{'' if is_network else '/'}{re.escape(inputs['name'])}$"
        mine = f"label={LABEL}={labels[LABEL]}"
        found = await _docker(
            machine,
            kind,
            "ls",
            "--quiet",
            *options,
            "--filter",
            mine,
            "--filter",
            f"name={pattern}",
        )
        force = () if is_network else ("--force",)
        for each in found.split():
            pulumi.log.warn(
                f"Removing {inputs['name']}, which an interrupted deployment left behind."
            )
            await _docker(machine, kind, "rm", *force, each)

    return pulumi.ResourceHook(name, remove_leftovers)


async def _docker(machine: Machine, *arguments: str) -> str:
    """Return what Docker's command line says; nothing if it fails.

    The provider meets the same obstacle in a moment and has the better words for it.
    """
    command = await machine.docker(*arguments).future()
    try:
        done = await _process.run(command or ["false"], timeout_seconds=_CALL_SECONDS)
    except TimeoutError:
        return ""
    return "" if done.code else done.output
