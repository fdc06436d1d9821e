"""The page of all commands, from the Makefile and from what the commands say of themselves."""

import re
from pathlib import Path

from delivery.__main__ import COMMANDS as DELIVERY
from docs.extensions.markdown import one_line, page, table
from recovery.__main__ import COMMANDS as RECOVERY

_HEAD = ("Command", "What it does")
_IN_ENV = "`. .dockyard/env` first; `--help` lists what each takes."
_TARGET = re.compile(r"^([a-z-]+):.*## (.+)$", flags=re.MULTILINE)


def pages(root: Path) -> dict[str, str]:
    """Return the page."""
    targets = _TARGET.findall((root / "Makefile").read_text(encoding="utf-8"))
    make = [(f"`make {name}`", one_line(purpose)) for name, purpose in targets]
    delivery = [
        (f"`python -m delivery {name}`", one_line(purpose)) for name, purpose in DELIVERY.items()
    ]
    recovery = [
        (f"`python -m recovery {name}`", one_line(purpose))
        for name, (_, purpose) in RECOVERY.items()
    ]
    return {
        "commands.md": page(
            "Commands",
            "## For everybody",
            "Each sets up what it needs.",
            table(_HEAD, make),
            "## For backups of what is deployed",
            _IN_ENV,
            table(_HEAD, recovery),
            "## For the pipeline, and for people who do its work at home",
            _IN_ENV,
            table(_HEAD, delivery),
        )
    }
