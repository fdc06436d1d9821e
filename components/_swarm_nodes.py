"""The nodes of a Docker Swarm, as one of its managers sees and changes them."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from ._engine_api import EngineApi, EngineError

HOST_LABEL = "org.dockyard.host"
"""Label of a node that holds the name of its host, to place services by."""

_DRAIN_SECONDS = 120
_POLL_SECONDS = 0.5
# The managers count one that has just come back a little later, and refuse to lose another.
_QUORUM_SECONDS = 60
_NO_QUORUM = "loss of quorum"
_ENDED = frozenset({"complete", "failed", "orphaned", "rejected", "remove", "shutdown"})

Document = dict[str, Any]
"""What an engine's API answers."""


@dataclass(frozen=True)
class Member:
    """A host that is a node, or is to be one.

    Args:
        name: the host's name.
        api: its engine.
    """

    name: str
    api: EngineApi


def in_another_swarm(member: Member) -> str:
    """Say that a host can't be a member, and what to do."""
    return (
        f"{member.api.endpoint}: is in another Swarm, which was left as it is. If that may go, run "
        "`docker swarm leave --force` on the host; then deploy again."
    )


class Nodes:
    """The nodes of a Swarm.

    Args:
        manager: engine of a manager.
    """

    def __init__(self, manager: EngineApi) -> None:
        self._api = manager

    async def appoint(self, members: Sequence[Member], ruling: Sequence[str]) -> None:
        """Give each member its role and its label; forget the node that it was before a new set-up.

        Raises:
            RuntimeError: a member is in another Swarm.
        """
        # Up before down: there are no fewer managers than there have to be, at any time.
        for member in sorted(members, key=lambda each: each.name not in ruling):
            node_id = (await member.api.get("/info"))["Swarm"]["NodeID"]
            nodes = await self._api.get("/nodes")
            if node_id not in {node["ID"] for node in nodes}:
                raise RuntimeError(in_another_swarm(member))
            role = "manager" if member.name in ruling else "worker"
            await self._set(node_id, role=role, availability="active", label=member.name)
            for node in nodes:
                if _host_of(node) == member.name and node["ID"] != node_id:
                    await self._forget(node["ID"], member.name)

    async def see_off(self, member: Member) -> None:
        """Empty a node, let its host leave, and forget it; one that is gone is just forgotten."""
        for node in await self._api.get("/nodes"):
            if _host_of(node) != member.name:
                continue
            await self._retire(node["ID"], member.name)
            try:
                await member.api.post("/swarm/leave", force="true")
            except EngineError as error:
                pulumi.log.warn(f"{error}. The Swarm forgets the host all the same.")
            await self._api.delete(f"/nodes/{node['ID']}", force="true")
            pulumi.log.info(f"{member.api.endpoint}: left the Swarm")

    async def _forget(self, node_id: str, label: str) -> None:
        await self._retire(node_id, label)
        await self._api.delete(f"/nodes/{node_id}", force="true")

    async def _retire(self, node_id: str, label: str) -> None:
        """Take its tasks and its vote from a node."""
        await self._set(node_id, role="worker", availability="drain", label=label)
        deadline = time.monotonic() + _DRAIN_SECONDS
        while not await self._is_retired(node_id) and time.monotonic() < deadline:
            await asyncio.sleep(_POLL_SECONDS)

    async def _is_retired(self, node_id: str) -> bool:
        node = await self._api.get(f"/nodes/{node_id}")
        if "ManagerStatus" in node:
            return False
        if node["Status"]["State"] == "down":
            return True
        return not any(
            task.get("NodeID") == node_id and task["Status"]["State"] not in _ENDED
            for task in await self._api.get("/tasks")
        )

    async def _set(self, node_id: str, *, role: str, availability: str, label: str) -> None:
        deadline = time.monotonic() + _QUORUM_SECONDS
        while True:
            try:
                await self._update(node_id, role=role, availability=availability, label=label)
            except EngineError as error:
                if _NO_QUORUM not in error.words or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return

    async def _update(self, node_id: str, *, role: str, availability: str, label: str) -> None:
        node = await self._api.get(f"/nodes/{node_id}")
        spec = node["Spec"]
        wanted = {
            **spec,
            "Role": role,
            "Availability": availability,
            "Labels": {**(spec.get("Labels") or {}), HOST_LABEL: label},
        }
        if wanted != spec:
            await self._api.post(
                f"/nodes/{node_id}/update", wanted, version=node["Version"]["Index"]
            )


def _host_of(node: Document) -> str | None:
    return (node["Spec"].get("Labels") or {}).get(HOST_LABEL)
