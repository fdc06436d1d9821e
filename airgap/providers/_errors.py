"""How an operation fails."""

from collections.abc import Mapping
from typing import Any


class ProviderError(Exception):
    """An operation that failed and left nothing behind; the message goes to the user."""


class InitError(ProviderError):
    """An operation that left a resource behind which isn't as it should be.

    The engine keeps it in the state and repairs it with an update on the next run.
    """

    def __init__(self, reason: str, resource_id: str, state: Mapping[str, Any]) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.state = dict(state)
