"""Checkov, as a judge of Terraform documents. It runs offline, in a virtualenv of its own."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PROGRAM = Path(__file__).parents[2] / ".dockyard" / "judges" / "bin" / "checkov"
_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Check:
    """One of checkov's rules, applied to one resource.

    Args:
        id: the rule's id, as ``CKV_GCP_2``.
        resource: the resource's logical name.
    """

    id: str
    resource: str


@dataclass(frozen=True)
class Verdict:
    """What checkov found right and wrong."""

    passed: frozenset[Check]
    failed: frozenset[Check]


def judge(document: dict[str, Any], folder: Path) -> Verdict:
    """Judge one Terraform document.

    Args:
        document: in Terraform's JSON syntax.
        folder: an empty folder to put it in.

    Raises:
        RuntimeError: checkov isn't installed, or couldn't read the document.
    """
    if not _PROGRAM.exists():
        raise RuntimeError(
            f"{_PROGRAM} is missing; 'python3 -m airgap test-tools' installs what tests need"
        )
    (folder / "main.tf.json").write_text(json.dumps(document))
    arguments = ["--framework", "terraform_json", "--skip-download", "--compact", "-o", "json"]
    done = subprocess.run(  # noqa: S603 - installed by set-up
        [_PROGRAM, "--directory", folder, *arguments],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    report = json.loads(done.stdout)
    if "results" not in report or report["results"]["parsing_errors"]:
        raise RuntimeError(f"checkov read no resources: {done.stdout}{done.stderr}")
    return Verdict(
        _checks(report["results"]["passed_checks"]), _checks(report["results"]["failed_checks"])
    )


def _checks(results: Iterable[dict[str, Any]]) -> frozenset[Check]:
    # Addresses are written in two ways, depending on how a check is made; the name is in both.
    return frozenset(
        Check(each["check_id"], each["resource"].partition(".")[2]) for each in results
    )
