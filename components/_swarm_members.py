"""Makes hosts one Docker Swarm: who is in, who manages, who has to go.

Whatever is as it should be already stays untouched, so that it can be run again at any time.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import pulumi

from ._engine_api import EngineError
from ._swarm_nodes import Document, Member, Nodes, in_another_swarm

_PORT = 2377
_MANAGERS = 3
_PROMOTION_SECONDS = 60
_POLL_SECONDS = 0.5


def managers(names: Sequence[str]) -> list[str]:
    """Return which hosts manage: three, one of which may fail; or one, if there are fewer.

    Two would be worse than one: both have to be there.
    """
    return list(names[:_MANAGERS] if len(names) >= _MANAGERS else names[:1])


async def form(
    members: Sequence[Member], leaving: Sequence[Member], *, interface: str, address_pool: str
) -> None:
    """Make members one Swarm, and take those that leave out of it.

    Args:
        members: at least one, in order of their claim to manage.
        leaving: hosts that were members.
        interface: network interface or address that nodes tell each other; empty lets each engine
            find its own.
        address_pool: IPv4 range for networks of the Swarm without one of their own.

    Raises:
        RuntimeError: an engine can't be reached, can't be in a Swarm, or is in another one.
    """
    infos = await asyncio.gather(*(_info(each) for each in members))
    manager = await _manager([*members, *leaving])
    if manager is None:
        manager = members[0]
        await _init(manager, infos[0], interface, address_pool)
    ruling = managers([each.name for each in members])
    for member, info in zip(members, infos, strict=True):
        # One after another: each new manager has to be agreed on by the ones before.
        if not _is_active(info) and member is not manager:
            await _join(member, manager, interface, manages=member.name in ruling)
    await Nodes(manager.api).appoint(members, ruling)
    if leaving:
        # The one that was asked so far may be among them.
        await _until_manager(members[0])
        for member in leaving:
            await Nodes(members[0].api).see_off(member)


async def _info(member: Member) -> Document:
    info = await member.api.get("/info")
    if info.get("LiveRestoreEnabled"):
        raise RuntimeError(
            f"{member.api.endpoint}: live-restore is on, which can't be in a Swarm. Nothing was "
            "made there. Set live_restore of the host's engine to false, or take it out of "
            "/etc/docker/daemon.json and restart the engine; then deploy again."
        )
    return dict(info["Swarm"])


async def _manager(candidates: Sequence[Member]) -> Member | None:
    for member in candidates:
        with contextlib.suppress(EngineError):
            if (await member.api.get("/info"))["Swarm"]["ControlAvailable"]:
                return member
    return None


async def _until_manager(member: Member) -> None:
    deadline = time.monotonic() + _PROMOTION_SECONDS
    while await _manager([member]) is None:
        if time.monotonic() > deadline:
            raise RuntimeError(
                f"{member.api.endpoint}: is no manager of the Swarm after {_PROMOTION_SECONDS} s. "
                "Look at `docker node ls` on the Swarm's managers; then deploy again."
            )
        await asyncio.sleep(_POLL_SECONDS)


def _is_active(info: Document) -> bool:
    return bool(info["LocalNodeState"] == "active")


async def _init(member: Member, info: Document, interface: str, address_pool: str) -> None:
    if _is_active(info):
        raise RuntimeError(in_another_swarm(member))
    await member.api.post(
        "/swarm/init",
        {
            "ListenAddr": f"0.0.0.0:{_PORT}",
            "AdvertiseAddr": interface,
            "DefaultAddrPool": [address_pool],
            "SubnetSize": 24,
        },
    )


async def _join(member: Member, manager: Member, interface: str, *, manages: bool) -> None:
    tokens = (await manager.api.get("/swarm"))["JoinTokens"]
    address = (await manager.api.get("/info"))["Swarm"]["NodeAddr"]
    await member.api.post(
        "/swarm/join",
        {
            "ListenAddr": f"0.0.0.0:{_PORT}",
            "AdvertiseAddr": interface,
            "RemoteAddrs": [f"{address}:{_PORT}"],
            "JoinToken": tokens["Manager" if manages else "Worker"],
        },
    )
    pulumi.log.info(f"{member.api.endpoint}: joined the Swarm")
