"""Looks at the end of a deployment whether its containers are there, each on its own networks.

Neither the state nor a refresh tells. The plugin doesn't read back which networks a container is
on, and without a refresh a container that somebody removed is unchanged. So the engine is asked,
once for all containers of an application. A preview asks nothing: it needs no way to the host.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_docker as docker

from . import _docker_cli
from ._machine import Machine

_SHOWN = (
    '{"id": {{json .Id}}, "status": {{json .State.Status}}, '
    '"networks": {{json .NetworkSettings.Networks}}}'
)
# The restart policy brings back whatever stops by itself.
_STOPPED = frozenset({"created", "exited", "dead"})
_MISSING = "No such container"
_SHORT_ID = 12


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A container as the program wants it."""

    id: str
    name: str
    networks: Mapping[str, frozenset[str]]
    """The aliases that it has on each network, by the network's id."""


def look_after(machine: Machine, containers: Iterable[docker.Container]) -> None:
    """Put containers back on their networks, and refuse to call a deployment done without them.

    Args:
        machine: where they run.
        containers: the containers, each on one network at least.
    """
    if pulumi.runtime.is_dry_run():
        return
    parts = [pulumi.Output.all(each.id, each.name, each.networks_advanced) for each in containers]

    def look(found: list[Any]) -> pulumi.Input[None]:
        return put_right(machine, [_placed(*each) for each in found])

    pulumi.Output.all(*parts).apply(look)


async def put_right(machine: Machine, containers: list[Placed]) -> None:
    """Compare the containers on a machine with what is wanted, and mend their connections.

    Raises:
        RunError: a container is gone or stopped, or can't be put back on a network.
    """
    ids = [each.id for each in containers]
    asked = await _docker_cli.call(machine, "container", "inspect", "--format", _SHOWN, *ids)
    if asked.code and _MISSING not in asked.errors:
        pulumi.log.warn(
            f"{machine.endpoint} can't be asked whether all is in place there: {asked.last_words}"
        )
        return
    found = {each["id"]: each for each in map(json.loads, asked.output.splitlines())}
    _refuse_absence(containers, found)
    names = {
        network["NetworkID"]: name
        for each in found.values()
        for name, network in each["networks"].items()
    }
    for each in containers:
        await _reconnect(machine, each, found[each.id]["networks"], names)


def _placed(container_id: str, name: str, networks: list[Mapping[str, Any]]) -> Placed:
    return Placed(
        id=container_id,
        name=name,
        networks={each["name"]: frozenset(each.get("aliases") or ()) for each in networks},
    )


def _refuse_absence(containers: list[Placed], found: Mapping[str, Any]) -> None:
    absent = [
        f"{each.name} {'is stopped' if each.id in found else 'is gone'}"
        for each in containers
        if each.id not in found or found[each.id]["status"] in _STOPPED
    ]
    if absent:
        raise pulumi.RunError(
            f"{', '.join(absent)}: that was done by hand, and the state doesn't know. "
            "`pulumi up --refresh` sees it and mends it."
        )


async def _reconnect(
    machine: Machine, container: Placed, actual: Mapping[str, Any], names: Mapping[str, str]
) -> None:
    connected = {each["NetworkID"]: set(each["Aliases"] or ()) for each in actual.values()}
    wrong = {
        network
        for network, aliases in connected.items()
        if network not in container.networks or container.networks[network] - aliases
    }
    for network in sorted(wrong):
        await _change(machine, "disconnect", container, network, names)
    for network in sorted(container.networks.keys() - (connected.keys() - wrong)):
        await _change(machine, "connect", container, network, names)


async def _change(
    machine: Machine, verb: str, container: Placed, network: str, names: Mapping[str, str]
) -> None:
    shown = f"{container.name} {'to' if verb == 'connect' else 'from'} the network " + names.get(
        network, network[:_SHORT_ID]
    )
    pulumi.log.warn(f"{verb.capitalize()}ing {shown}, which was changed by hand.")
    aliases = sorted(container.networks[network]) if verb == "connect" else []
    options = [word for alias in aliases for word in ("--alias", alias)]
    done = await _docker_cli.call(machine, "network", verb, *options, network, container.id)
    if done.code:
        raise pulumi.RunError(
            f"can't {verb} {shown}: {done.last_words}. "
            "`pulumi up --refresh` makes a network again that was removed by hand."
        )
