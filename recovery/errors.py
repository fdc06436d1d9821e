"""How a command says that it can't go on."""


class RecoveryError(Exception):
    """A command failed: exit code 1. The message says what, why, and what to do."""


class RefusedError(RecoveryError):
    """A command would lose data that nobody said may go: exit code 3. Nothing was touched."""
