"""The stacks: one short program per kind."""

from collections.abc import Callable

import pulumi

from components.checks import ArgumentError

from . import ci, ci_settings, dev, prod, review, review_settings, settings

PROGRAMS: dict[str, Callable[[pulumi.Config, str], None]] = {
    "dev": lambda config, stack: dev.program(settings.load(config, stack)),
    "prod": lambda config, stack: prod.program(settings.load(config, stack)),
    "ci": lambda config, stack: ci.program(ci_settings.load(config, stack)),
    "review": lambda config, stack: review.program(review_settings.load(config, stack)),
}
"""Each kind of stack and what runs it, given the configuration and the stack's name."""


def run(stack: str) -> None:
    """Run the program for a stack: ``prod``, or ``prod-<anything>`` for one more of its kind.

    Raises:
        RunError: no program goes by that name, or the configuration breaks a rule. The engine
            shows its message alone, without a traceback.
    """
    try:
        _program(stack)(pulumi.Config(), stack)
    except ArgumentError as error:
        raise pulumi.RunError(str(error)) from None


def _program(stack: str) -> Callable[[pulumi.Config, str], None]:
    kind = stack.partition("-")[0]
    if kind not in PROGRAMS:
        known = ", ".join(f"{name} or {name}-<anything>" for name in PROGRAMS)
        raise ArgumentError("stack", stack, f"is of no known kind; name it {known}")
    return PROGRAMS[kind]
