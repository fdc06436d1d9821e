"""The page of all configuration keys, from the project's file."""

import json
from pathlib import Path

import yaml

from docs.extensions.markdown import one_line, page, table

_INTRODUCTION = """\
`pulumi config set <key> <value> --stack dev` sets a key of a stack. A key that isn't listed is
refused, and so is a bad value, before anything is created."""


def pages(root: Path) -> dict[str, str]:
    """Return the page."""
    declared = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    rows = []
    for key, each in declared.items():
        default = each["default"]
        text = default if isinstance(default, str) else json.dumps(default)
        shown = f"`{text}`" if text else ""
        rows.append((f"`{key}`", each["type"], shown, one_line(each["description"])))
    listed = table(("Key", "Type", "Default", "Meaning"), rows)
    return {"configuration.md": page("Configuration", _INTRODUCTION, listed)}
