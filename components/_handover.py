"""From an old container to a new one while both run: the old one stays until the new one is well.

Pulumi creates the new one first and deletes the old one at the end, but both want the same name.
So the old one is renamed before, and goes right after the new one is healthy. If that never gets
healthy, the old one stays and serves on; the next attempt removes the failed one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
import pulumi_docker as docker

from . import _docker_cli, _ownership
from ._machine import Machine

_OLD = "-old"


def hooks(name: str, machine: Machine) -> pulumi.ResourceHookBinding:
    """Return the hooks of a container whose predecessor outlives its creation.

    Args:
        name: beginning of the hooks' names, unique in the program.
        machine: where the containers are.
    """

    async def before(args: pulumi.ResourceHookArgs) -> None:
        await keep_old(machine, args.new_inputs or {})

    async def after(args: pulumi.ResourceHookArgs) -> None:
        await retire_old(machine, args.new_outputs or {})

    return pulumi.ResourceHookBinding(
        before_create=[pulumi.ResourceHook(f"{name}-keep-old", before)],
        after_create=[pulumi.ResourceHook(f"{name}-retire-old", after)],
    )


async def keep_old(machine: Machine, inputs: Mapping[str, Any]) -> None:
    """Make room for a container about to be created, without stopping its predecessor.

    Args:
        machine: where it will be.
        inputs: what it will be.
    """
    container, owner = _named(inputs)
    old = container + _OLD
    status = await _containers(machine, owner)
    if container not in status:
        return
    if old in status and not _is_healthy(status[container]):
        pulumi.log.warn(f"Removing {container}, which an earlier update left behind.")
        await _must(machine, "rm", "--force", container)
        return
    if old in status:
        # A run that was cut off before it took the old one away: this may be all that serves.
        await retire_old(machine, inputs)
    await _must(machine, "rename", container, old)


async def retire_old(machine: Machine, properties: Mapping[str, Any]) -> None:
    """Remove the predecessor of a container that is healthy now.

    It takes its leave of the gateway while it stops, and finishes the requests that it has.

    Args:
        machine: where both are.
        properties: inputs or outputs of a container of its name.
    """
    container, owner = _named(properties)
    old = container + _OLD
    if old in await _containers(machine, owner):
        grace = str(int(properties["destroyGraceSeconds"]))
        await _must(machine, "stop", "--time", grace, old)
        await _must(machine, "rm", "--force", old)


def refuse_failed(
    machine: Machine, owner: pulumi.Output[str], containers: Iterable[docker.Container]
) -> None:
    """End a deployment before it deletes an old container whose successor isn't healthy.

    Pulumi remembers a container that never got healthy as one to repair, until a refresh: that
    finds it there and takes it for good.

    Args:
        machine: where the containers are.
        owner: whose they are.
        containers: those whose predecessors outlived their creation.
    """
    if pulumi.runtime.is_dry_run():
        return
    # Their ids, too: with them, all of them are created.
    parts = [pulumi.Output.all(each.name, each.id) for each in containers]

    def look(found: list[Any]) -> pulumi.Input[None]:
        whose, *pairs = found
        return refuse_unwell(machine, whose, [name for name, _ in pairs])

    pulumi.Output.all(owner, *parts).apply(look)


async def refuse_unwell(machine: Machine, owner: str, names: list[str]) -> None:
    """Check that no container is unwell whose old one is still there.

    Args:
        machine: where the containers are.
        owner: whose they are.
        names: Docker's names of them.

    Raises:
        RunError: one is.
    """
    status = await _containers(machine, owner)
    for name in names:
        if name + _OLD in status and not _is_healthy(status.get(name, "")):
            raise pulumi.RunError(
                f"{name} isn't healthy, so {name}{_OLD} stays and serves on. "
                f"`docker logs {name}` says why; deploy another version, or what it lacks."
            )


def _is_healthy(status: str) -> bool:
    return "(healthy)" in status


def _named(properties: Mapping[str, Any]) -> tuple[str, str]:
    """Return a container's name and its owner's."""
    labels = {each["label"]: each["value"] for each in properties.get("labels", [])}
    return str(properties["name"]), str(labels[_ownership.LABEL])


async def _containers(machine: Machine, owner: str) -> dict[str, str]:
    """Return the status of each of an owner's containers, by Docker's name."""
    shown = "{{.Names}} {{.Status}}"
    listed = await _must(machine, *_ownership.listing("container", owner, shown, "--all"))
    return dict(line.split(" ", 1) for line in listed.splitlines())


async def _must(machine: Machine, *arguments: str) -> str:
    done = await _docker_cli.call(machine, *arguments)
    if done.code:
        raise pulumi.RunError(f"`docker {arguments[0]}` failed: {done.last_words}")
    return done.output
