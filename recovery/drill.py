"""Trying a backup of the application: restored into a database of its own, and compared."""

import json
from typing import Any

from recovery.place import Place
from recovery.throw_away import ThrowAway, throw_away

_START_SECONDS = 90
_ALIAS = "database"
_MEMORY = "512m"
# What a server needs to run at all. Everything else may be secret, and would stand in a command.
_HARMLESS = {"FERRETDB_HANDLER", "FERRETDB_SQLITE_URL", "HOME"}
_HARDENED = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"]


def drill(place: Place, name: str) -> dict[str, Any]:
    """Restore a backup into a database that nobody else knows, compare, and remove it.

    The database is of the image that the stack runs, on a network and a volume of its own.

    Args:
        place: the host that has the backup.
        name: the backup's name, or ``newest``.

    Returns:
        What the backup holds.

    Raises:
        RecoveryError: the backup is broken, or what comes back isn't what it holds.
    """
    found = place.backup("verify", name)
    with throw_away(place) as made:
        database = _start_database(made)
        command = _Backup(made)
        place.wait_for(database, lambda: command.run("count"), _START_SECONDS)
        command.run("restore", found["name"])
        command.run("verify", found["name"], "--database")
    return found


def _start_database(made: ThrowAway) -> str:
    name = made.container("database")
    source = made.place.inspect(made.place.container("database"))
    (folder,) = (each["Destination"] for each in source["Mounts"] if each["Type"] == "volume")
    environment = [each for each in _environment(source) if each.partition("=")[0] in _HARMLESS]
    made.place.docker(
        *("run", "--detach", "--name", name, "--network-alias", _ALIAS),
        *made.options,
        *_HARDENED,
        *("--memory", _MEMORY, "--user", source["Config"]["User"]),
        *(f"--tmpfs={each}" for each in _scratch(source["HostConfig"])),
        *("--volume", f"{made.volume('data')}:{folder}"),
        *(f"--env={each}" for each in environment),
        source["Image"],
    )
    return name


class _Backup:
    """The stack's own backup program, which sees the backups and the throw-away database alone."""

    def __init__(self, made: ThrowAway) -> None:
        self._place = made.place
        source = made.place.inspect(made.place.container("backup"))
        (mount,) = (each for each in source["Mounts"] if each["Destination"] == "/backups")
        (databases,) = (
            each for each in _environment(source) if each.startswith("BACKUP_DATABASES=")
        )
        self._command = [
            *("run", "--rm", "--name", made.container("backup")),
            *made.options,
            *_HARDENED,
            *("--tmpfs", "/tmp", "--env", f"BACKUP_DATABASE_HOST={_ALIAS}", "--env", databases),  # noqa: S108
            *("--volume", f"{mount.get('Name') or mount['Source']}:/backups:ro"),
            *(source["Image"], "python3", "-m", "backup"),
        ]

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run a command and return its answer."""
        return dict(json.loads(self._place.docker(*self._command, *arguments)))


def _scratch(how: dict[str, Any]) -> list[str]:
    """Return the folders in memory, as ``--tmpfs`` takes them; a Swarm's are among the mounts."""
    given = [f"{path}:{options}" for path, options in (how.get("Tmpfs") or {}).items()]
    mounts = how.get("Mounts") or []
    return given + [each["Target"] for each in mounts if each["Type"] == "tmpfs"]


def _environment(source: dict[str, Any]) -> list[str]:
    return list(source["Config"]["Env"] or [])
