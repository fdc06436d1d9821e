"""Command line: ``python3 -m airgap setup | status | compose``."""

import argparse
import sys
from pathlib import Path

from airgap import parts
from airgap.commands import SetupError
from airgap.layout import Layout
from airgap.parts import Part
from airgap.session import Session


def main() -> int:
    """Run one command and return the exit code."""
    layout = Layout(Path(__file__).resolve().parent.parent)
    arguments = _parser().parse_args()
    try:
        match arguments.command:
            case "status":
                print(parts.table(parts.load(layout.parts)))
            case "compose":
                from airgap import compose  # noqa: PLC0415 - every make prints the status first

                print(compose.ensure(layout))
            case _:
                from airgap import setup  # noqa: PLC0415 - as above

                forced = frozenset(map(Part, arguments.stand_in))
                session = Session(layout, forced=forced, retry=arguments.retry)
                setup.run(session, lambda line: print(line, flush=True))
    except SetupError as error:
        print(f"airgap: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    names = [str(part) for part in Part]
    parser = argparse.ArgumentParser(prog="python3 -m airgap")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    setup_command = commands.add_parser("setup", help="make everything that a run needs")
    setup_command.add_argument(
        "--retry", action="store_true", help="try downloads again that failed in an earlier set-up"
    )
    setup_command.add_argument(
        "--stand-in",
        action="append",
        default=[],
        choices=names,
        metavar="PART",
        help=f"don't look for the real one of a part; repeatable: {', '.join(names)}",
    )
    commands.add_parser("status", help="show which parts are real and which stand in")
    commands.add_parser("compose", help="build Docker Compose, for the benchmark")
    return parser


if __name__ == "__main__":
    sys.exit(main())
