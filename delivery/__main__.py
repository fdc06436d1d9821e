"""The command line: ``python -m delivery <command>``. Exit codes: 0 done, 1 failed, 2 misuse."""

import argparse
import importlib
import sys
from typing import Final, Protocol

from delivery.errors import DeliveryError, MisuseError


class Command(Protocol):
    """What a module of a command has."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say what the command takes."""

    def run(self, given: argparse.Namespace) -> int:
        """Run the command and return its exit code."""


COMMANDS: Final = {
    "apply": "deploy exactly what a plan shows",
    "build": "build the application's images, and push them if there is a registry",
    "notify": "tell Slack that a deployment failed",
    "plan": "preview a stack and keep the plan, to be applied later",
    "preview": "preview stacks side by side and report: terminal, files, merge request",
    "review": "deploy or stop a branch's review environment",
    "sweep": "stop review environments whose branch is gone",
}
"""Each command, of the module ``delivery.commands.<name>``, and what it does."""

# What a shell makes of a program that Ctrl-C ended.
_INTERRUPTED: Final = 130


def main(arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m delivery", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    chosen = arguments[0] if arguments and arguments[0] in COMMANDS else ""
    for name, purpose in COMMANDS.items():
        each = commands.add_parser(name, help=purpose, description=purpose)
        # Only the chosen one is imported: some take a second.
        if name == chosen:
            command: Command = importlib.import_module(f"delivery.commands.{name}")
            command.add_arguments(each)
            each.set_defaults(run=command.run)
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except MisuseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except DeliveryError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
