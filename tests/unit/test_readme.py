"""The README tells the truth about what it lists."""

import json
import re
from pathlib import Path

from tests.unit.project import PROJECT

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_configuration_table_is_the_one_of_the_project_file() -> None:
    section = README.partition("## Configuration")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \| (.*?) ?\| (.*) \|$", section, flags=re.MULTILINE)
    declared = []
    for key, each in PROJECT["config"].items():
        default = each["default"]
        text = default if isinstance(default, str) else json.dumps(default)
        shown = f"`{text}`" if text else ""
        declared.append((key, shown, each["description"].rstrip(".")))
    assert listed == declared
