"""The page of all commands, from the Makefile and from what the commands say of themselves."""

import re
from pathlib import Path

from delivery.__main__ import COMMANDS
from docs.extensions.markdown import one_line, page, table

_HEAD = ("Command", "What it does")
_TARGET = re.compile(r"^([a-z-]+):.*## (.+)$", flags=re.MULTILINE)


def pages(root: Path) -> dict[str, str]:
    """Return the page."""
    targets = _TARGET.findall((root / "Makefile").read_text(encoding="utf-8"))
    make = [(f"`make {name}`", one_line(purpose)) for name, purpose in targets]
    delivery = [
        (f"`python -m delivery {name}`", one_line(purpose)) for name, purpose in COMMANDS.items()
    ]
    return {
        "commands.md": page(
            "Commands",
            "## For everybody",
            "Each sets up what it needs.",
            table(_HEAD, make),
            "## For the pipeline, and for people who do its work at home",
            "`. .dockyard/env` first; `--help` lists what each takes.",
            table(_HEAD, delivery),
        )
    }
