"""How a command says that it can't go on."""


class DeliveryError(Exception):
    """A command failed: exit code 1. The message says what, why, and what to do."""


class MisuseError(DeliveryError):
    """A command was called wrongly: exit code 2. Nothing has been done."""
