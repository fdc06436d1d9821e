"""The policies' README lists what the pack holds."""

import re
from pathlib import Path

from policies import pack
from policies.exceptions import Exceptions


def test_the_table_lists_every_policy_in_the_pack_s_order() -> None:
    text = Path(pack.__file__).with_name("README.md").read_text()

    listed = re.findall(r"^\| `([a-z-]+)` \|", text, flags=re.MULTILINE)

    assert listed == [policy.name for policy in pack.assemble(Exceptions([]))]
