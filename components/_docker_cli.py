"""Asking a machine's engine with Docker's command line, from within a deployment."""

from . import _process
from ._machine import Machine
from ._process import Finished

_CALL_SECONDS = 60
_NO_ANSWER = 1


async def call(machine: Machine, *arguments: str) -> Finished:
    """Run ``docker`` with some arguments against the engine of a machine."""
    command = await machine.docker(*arguments).future()
    try:
        return await _process.run(command or ["false"], timeout_seconds=_CALL_SECONDS)
    except TimeoutError:
        return Finished(code=_NO_ANSWER, output="", errors=f"no answer in {_CALL_SECONDS} s")
