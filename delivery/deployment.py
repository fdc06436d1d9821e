"""A stack as it is deployed: its state, and the first state of a new one."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from delivery import settled
from delivery.pulumi import Pulumi


def state_fingerprint(pulumi: Pulumi, stack: str) -> str:
    """Return what changes exactly when a stack's resources do; empty if there is no such stack.

    Raises:
        DeliveryError: the backend doesn't answer.
    """
    if stack not in {each.name for each in pulumi.stacks()}:
        return ""
    exported = json.loads(pulumi.answer("stack", "export", "--stack", stack))
    deployment: dict[str, Any] = exported.get("deployment") or {}
    resources = [settled.resource(each) for each in deployment.get("resources") or []]
    pending = [
        {**each, "resource": settled.resource(each.get("resource") or {})}
        for each in deployment.get("pending_operations") or []
    ]
    by_name = sorted(resources, key=lambda each: (str(each.get("urn")), str(each.get("id"))))
    return settled.fingerprint({"resources": by_name, "pending": pending})


def make(pulumi: Pulumi, stack: str) -> None:
    """Make a new stack, empty. No file of the repository changes.

    Raises:
        DeliveryError: the backend refuses.
    """
    with tempfile.TemporaryDirectory(prefix="dockyard-stack-") as folder:
        # The CLI writes a new stack's file beside the project's, so it gets one to write beside.
        shutil.copy(pulumi.root / "Pulumi.yaml", folder)
        beside = Pulumi(Path(folder), pulumi.environment)
        beside.answer("stack", "init", "--stack", stack, "--no-select")
