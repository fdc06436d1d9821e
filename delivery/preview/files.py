"""The report as files, for machines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from delivery.preview.losses import losses
from delivery.preview.model import Operation, StackPreview
from delivery.preview.redaction import Redactor, cleaned
from delivery.preview.summary import verdict


def as_json(previews: Sequence[StackPreview], *, redact: Redactor) -> str:
    """Return everything there is to know as JSON.

    It is one object whose ``stacks`` holds an object for each stack, in the order given::

        {"stack": "dev", "is_new": false, "failed": false, "verdict": "changes",
         "seconds": 4.2, "unchanged": 17,
         "counts": {"create": 0, "update": 1, "replace": 0, "delete": 0, "import": 0, "forget": 0},
         "losses": [{"fate": "lost", "stack": "dev", "noun": "volume", "name": "reddit-data",
                     "replaced": true, "sentence": "The volume ..."}],
         "changes": [{"operation": "update", "urn": "...", "type": "...", "name": "...",
                      "id": "...", "physical_name": "...", "protected": false, "retained": false,
                      "differences": [{"path": "memory", "old": "128", "new": "160",
                                       "replaces": false}]}],
         "violations": [{"policy": "...", "pack": "...", "mandatory": true, "message": "...",
                         "urn": "..."}],
         "diagnostics": [{"severity": "error", "message": "...", "urn": "..."}]}

    The fields are those of ``model``; more may come, none goes away.
    """
    stacks = [_stack(each) for each in cleaned(previews, redact)]
    return json.dumps({"stacks": stacks}, indent=2, ensure_ascii=False) + "\n"


def as_terraform(previews: Sequence[StackPreview]) -> str:
    """Return counts as GitLab's report ``terraform`` has them, over all stacks.

    It knows no replacement: one counts as a creation and a deletion, as it does for Terraform.
    """
    total = {each: sum(preview.count(each) for preview in previews) for each in Operation}
    replaced = total[Operation.REPLACE]
    counts = {
        "create": total[Operation.CREATE] + replaced,
        "update": total[Operation.UPDATE],
        "delete": total[Operation.DELETE] + replaced,
    }
    return json.dumps(counts) + "\n"


def _stack(preview: StackPreview) -> Mapping[str, Any]:
    return {
        **asdict(preview),
        "verdict": verdict(preview),
        "counts": {each: preview.count(each) for each in Operation},
        "losses": [{**asdict(each), "sentence": each.sentence(str)} for each in losses(preview)],
    }
