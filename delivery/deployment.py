"""A stack as it is deployed: its state, and the first state of a new one."""

import dataclasses
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from delivery import settled, stack_file
from delivery.pulumi import Pulumi


def state_fingerprint(pulumi: Pulumi, stack: str) -> str:
    """Return what changes exactly when a stack's resources do; empty if there is no such stack.

    Raises:
        DeliveryError: the backend doesn't answer.
    """
    if not pulumi.has(stack):
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


def make(pulumi: Pulumi, stack: str, config: Path | None = None) -> None:
    """Make a new stack, empty. No file of the repository changes.

    Args:
        pulumi: the CLI in the project's folder.
        stack: the stack's name.
        config: its configuration, which says what its state is encrypted with; None leaves that to
            the environment.

    Raises:
        DeliveryError: the backend refuses.
    """
    with tempfile.TemporaryDirectory(prefix="dockyard-stack-") as folder:
        # The CLI writes a new stack's file beside the project's, so it gets one to write beside.
        shutil.copy(pulumi.root / "Pulumi.yaml", folder)
        if config:
            shutil.copy(config, stack_file.path(Path(folder), stack))
        beside = dataclasses.replace(pulumi, root=Path(folder))
        beside.answer("stack", "init", "--stack", stack, "--no-select")
