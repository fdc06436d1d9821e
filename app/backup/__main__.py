"""Backups of the application's databases: ``python3 -m backup <command>``.

What a command found out is on standard output as JSON. Exit codes: 0 done, 1 failed, 2 misuse.
"""

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo.errors import PyMongoError

import backup
from backup import check, restore, server, settings
from backup.errors import BackupError
from backup.folder import Backups
from backup.manifest import Manifest
from backup.schedule import Schedule
from backup.settings import BackupSettings
from backup.take import take
from service import build, logs
from service.settings import SettingError

Answer = dict[str, Any]


def _take(chosen: BackupSettings, _given: argparse.Namespace) -> Answer:
    backups = Backups(chosen.folder)
    with server.connected(chosen.server) as client:
        take(client, chosen.databases, backups, _version())
    return _described(backups, backups.names()[0])


def _list(chosen: BackupSettings, _given: argparse.Namespace) -> Answer:
    backups = Backups(chosen.folder)
    return {"backups": [_described(backups, each) for each in backups.names()]}


def _verify(chosen: BackupSettings, given: argparse.Namespace) -> Answer:
    folder = Backups(chosen.folder).path(given.backup)
    manifest = check.files(folder)
    if given.database:
        with server.connected(chosen.server) as client:
            check.database(client, manifest)
    return _answer(folder.name, manifest)


def _restore(chosen: BackupSettings, given: argparse.Namespace) -> Answer:
    backups = Backups(chosen.folder)
    name = backups.path(given.backup).name
    with server.connected(chosen.server) as client:
        done = restore.restore(client, chosen.databases, backups, name, replace=given.replace)
    return _answer(name, done)


def _count(chosen: BackupSettings, _given: argparse.Namespace) -> Answer:
    with server.connected(chosen.server) as client:
        return {
            "documents": server.counts(client, chosen.databases),
            "put_aside": server.put_aside(client, chosen.databases),
        }


def _schedule(chosen: BackupSettings, _given: argparse.Namespace) -> Answer:
    logs.configure("backup")
    Schedule(chosen, _version()).run()
    return {}


COMMANDS: dict[str, tuple[Callable[[BackupSettings, argparse.Namespace], Answer], str]] = {
    "take": (_take, "take a backup"),
    "list": (_list, "list the backups, the newest first"),
    "verify": (_verify, "compare a backup with its manifest, and the database with it"),
    "restore": (_restore, "make the databases what they were when a backup was taken"),
    "count": (_count, "count the documents of the databases, and tell of an interrupted restore"),
    "schedule": (_schedule, "take backups by the clock until stopped"),
}


def main(arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    given = _parser().parse_args(arguments)
    try:
        answer = COMMANDS[given.command][0](settings.from_environ(os.environ), given)
    except SettingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (BackupError, PyMongoError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m backup", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, purpose) in COMMANDS.items():
        each = commands.add_parser(name, help=purpose, description=purpose)
        if name in {"verify", "restore"}:
            each.add_argument("backup", help="name of the backup, or 'newest'")
        if name == "verify":
            each.add_argument("--database", action="store_true", help="compare the database too")
        if name == "restore":
            each.add_argument("--replace", action="store_true", help="let go what is there now")
    return parser


def _described(backups: Backups, name: str) -> Answer:
    folder: Path = backups.path(name)
    try:
        return _answer(name, Manifest.read(folder))
    except BackupError as error:
        return {"name": name, "broken": str(error)}


def _answer(name: str, manifest: Manifest) -> Answer:
    return {
        "name": name,
        "taken_at": manifest.taken_at.isoformat(),
        "version": manifest.version,
        "server": manifest.server,
        "collections": {
            each.name: dataclasses.asdict(each.summary) for each in manifest.collections
        },
    }


def _version() -> str:
    return build.read(backup.__file__, os.environ).version


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
