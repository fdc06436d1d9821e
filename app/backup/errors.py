"""How a command says that it can't go on."""


class BackupError(Exception):
    """A command failed. The message says what, why, and what to do."""


class RefusedError(BackupError):
    """A command would lose data that nobody said may go. Nothing was touched."""


class BrokenBackupError(BackupError):
    """A backup isn't what its manifest says. Nothing was touched."""
