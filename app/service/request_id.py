"""The identifier that follows a request from service to service and into every log line."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from structlog import contextvars

HEADER = "Request-Id"

# What a caller may choose: anything else could forge log lines or headers further on.
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


@contextmanager
def bound(given: str | None) -> Iterator[str]:
    """Make the caller's identifier, or a new one, current for the task that runs the block."""
    request_id = given if given and _ACCEPTED.fullmatch(given) else str(uuid.uuid4())
    with contextvars.bound_contextvars(request_id=request_id):
        yield request_id


def current() -> str | None:
    """Return the identifier of the request being served, if there is one."""
    value = contextvars.get_contextvars().get("request_id")
    return None if value is None else str(value)
