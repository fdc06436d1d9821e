"""Turns at documents, for writers that a database doesn't keep apart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bson import ObjectId
from pymongo.errors import WaitQueueTimeoutError

_LOCKS = 64
_LONGEST_WAIT_SECONDS = 5


class Turns:
    """Lets the writers of one document, within this process, go one after the other.

    Documents share a fixed number of locks, so there is nothing to tidy up.
    """

    def __init__(self) -> None:
        self._locks = tuple(asyncio.Lock() for _ in range(_LOCKS))

    @asynccontextmanager
    async def take(self, key: ObjectId) -> AsyncIterator[None]:
        """Wait for a turn and hold it during the block.

        Raises:
            WaitQueueTimeoutError: the turn doesn't come within five seconds.
        """
        lock = self._locks[hash(key) % _LOCKS]
        try:
            async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
                await lock.acquire()
        except TimeoutError:
            msg = f"no turn within {_LONGEST_WAIT_SECONDS} seconds"
            raise WaitQueueTimeoutError(msg) from None
        try:
            yield
        finally:
            lock.release()
