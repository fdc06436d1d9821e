"""The stacks: one short program per kind."""

from collections.abc import Callable

import pulumi

from components.checks import ArgumentError

from . import dev, prod
from .settings import Settings, load

PROGRAMS: dict[str, Callable[[Settings], None]] = {
    "dev": dev.program,
    "prod": prod.program,
}
"""Each kind of stack and its program."""


def run(stack: str) -> None:
    """Run the program for a stack: ``prod``, or ``prod-<anything>`` for one more of its kind.

    Raises:
        RunError: no program goes by that name, or the configuration breaks a rule. The engine
            shows its message alone, without a traceback.
    """
    try:
        program = _program(stack)
        program(load(pulumi.Config(), stack))
    except ArgumentError as error:
        raise pulumi.RunError(str(error)) from None


def _program(stack: str) -> Callable[[Settings], None]:
    kind = stack.partition("-")[0]
    if kind not in PROGRAMS:
        known = ", ".join(f"{name} or {name}-<anything>" for name in PROGRAMS)
        raise ArgumentError("stack", stack, f"is of no known kind; name it {known}")
    return PROGRAMS[kind]
