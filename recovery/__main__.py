"""Backups of a deployed stack: ``python -m recovery <command> --stack <name>``.

Exit codes: 0 done, 1 failed, 2 misuse, 3 refused because data would be lost.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from delivery.errors import DeliveryError
from delivery.pulumi import Pulumi
from recovery import gitlab, report
from recovery.drill import drill
from recovery.errors import RecoveryError, RefusedError
from recovery.place import Place
from recovery.restore import restore

_INTERRUPTED = 130


def _backup(place: Place, _given: argparse.Namespace) -> None:
    if "gitlab" in place.containers:
        print(f"{place.host}: taken {gitlab.backup(place)}")
        return
    taken = place.backup("take")
    print(f"{place.host}: taken {report.backup(taken['name'], taken)}")


def _list(place: Place, _given: argparse.Namespace) -> None:
    if "gitlab" in place.containers:
        print("\n".join(gitlab.names(place)))
        return
    rows = [
        (each["name"], each.get("broken") or f"{report.documents(each)} documents")
        for each in place.backup("list")["backups"]
    ]
    print(report.table((place.host, "holds"), rows))


def _drill(place: Place, given: argparse.Namespace) -> None:
    if "gitlab" in place.containers:
        name = gitlab.backup(place) if given.fresh else given.backup
        print(f"{place.host}: restored and counted\n{gitlab.drill(place, name)}")
        return
    name = place.backup("take")["name"] if given.fresh else given.backup
    tried = drill(place, name)
    print(f"{place.host}: restored and compared {report.backup(tried['name'], tried)}")
    print(f"every one of {report.documents(tried)} documents is as it was")


def _restore(place: Place, given: argparse.Namespace) -> None:
    if "gitlab" in place.containers:
        raise RecoveryError("GitLab is restored by hand, as docs/backup.md says, and not over data")
    done = restore(place, given.backup, agreed=given.yes)
    print(f"{place.host}: restored {report.backup(done['name'], done)}")


COMMANDS: dict[str, tuple[Callable[[Place, argparse.Namespace], None], str]] = {
    "backup": (_backup, "take a backup now"),
    "list": (_list, "list the backups"),
    "drill": (_drill, "restore a backup into a throw-away database and compare"),
    "restore": (_restore, "restore a backup over what is there now"),
}


def main(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        for place in _places(parser, given):
            COMMANDS[given.command][0](place, given)
    except (RecoveryError, DeliveryError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3 if isinstance(error, RefusedError) else 1
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m recovery", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, purpose) in COMMANDS.items():
        each = commands.add_parser(name, help=purpose, description=purpose)
        each.add_argument("--stack", required=True, help="name of the stack")
        each.add_argument("--host", help="one of its hosts; default: all, one after the other")
        if name in {"drill", "restore"}:
            each.add_argument("--backup", default="newest", help="its name; default: %(default)s")
        if name == "drill":
            each.add_argument("--fresh", action="store_true", help="take one first, and try that")
        if name == "restore":
            each.add_argument("--yes", action="store_true", help="ask nothing")
    return parser


def _places(parser: argparse.ArgumentParser, given: argparse.Namespace) -> list[Place]:
    """Return the hosts that a command is for."""
    places = Place.all_of(Pulumi(), given.stack)
    known = ", ".join(each.host for each in places)
    if given.host:
        places = [each for each in places if each.host == given.host]
        if not places:
            parser.error(f"--host {given.host}: {given.stack} has {known}")
    if given.command == "restore" and len(places) > 1:
        parser.error(f"{given.stack} has several hosts, each with data of its own: --host {known}")
    return places


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
