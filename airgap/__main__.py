"""Command line: ``python3 -m airgap setup | status | compose | sdk-generator | test-tools``."""

import argparse
import os
import sys
from pathlib import Path

from airgap import parts
from airgap.commands import SetupError
from airgap.layout import Layout
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
            case "sdk-generator":
                from airgap import sdk_generator  # noqa: PLC0415 - as above

                print(sdk_generator.ensure(layout))
            case "test-tools":
                from airgap import test_tools  # noqa: PLC0415

                print(test_tools.ensure(layout))
            case _:
                from airgap import setup  # noqa: PLC0415 - as above

                forced = parts.forced(os.environ.get("DOCKYARD_STAND_IN", ""))
                session = Session(
                    layout,
                    forced=forced,
                    retry=arguments.retry,
                    engine=not arguments.without_engine,
                    all_plugins=arguments.all_plugins,
                )
                setup.run(session, lambda line: print(line, flush=True))
    except (SetupError, OSError) as error:
        print(f"airgap: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("airgap: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m airgap",
        epilog="DOCKYARD_STAND_IN, in the environment, lists parts whose real thing set-up isn't to"
        f" look for, or all: {' '.join(parts.REPLACEABLE)}",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    setup_command = commands.add_parser("setup", help="make everything that a run needs")
    setup_command.add_argument(
        "--retry", action="store_true", help="try downloads again that failed in an earlier set-up"
    )
    setup_command.add_argument(
        "--without-engine",
        action="store_true",
        help="leave out what needs a Docker Engine: style, types, units and previews don't",
    )
    setup_command.add_argument(
        "--all-plugins",
        action="store_true",
        help="install the plugins too that Pulumi would download on first use",
    )
    commands.add_parser("status", help="show which parts are real and which stand in")
    commands.add_parser("compose", help="build Docker Compose, for the benchmark")
    commands.add_parser("sdk-generator", help="build what `pulumi package add` generates SDKs with")
    commands.add_parser("test-tools", help="install what only the tests need")
    return parser


if __name__ == "__main__":
    sys.exit(main())
