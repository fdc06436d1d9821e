"""The command line: ``python -m delivery <command>``."""

import argparse
import sys
from pathlib import Path

from app import images
from delivery.build import Builder, BuildError


def main(arguments: list[str]) -> int:
    """Run a command and return its exit code: 0 done, 1 failed, 2 misuse."""
    parser = argparse.ArgumentParser(prog="python -m delivery", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build the application's images that are missing")
    build.add_argument("service", nargs="*", help=f"default: {' '.join(images.SERVICES)}")
    build.add_argument("--base-image", help="image to build on; default: the Dockerfiles' own")
    given = parser.parse_args(arguments)
    try:
        builder = Builder(Path(__file__).parent.parent, base_image=given.base_image)
        builder.build(given.service or images.SERVICES)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
