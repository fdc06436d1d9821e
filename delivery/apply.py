"""Deploys exactly what a plan shows, or nothing."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from delivery import deployment, plan_file
from delivery.errors import DeliveryError
from delivery.plan import preview_into, preview_place, take_basis
from delivery.plan_folder import Basis, PlanFolder
from delivery.preview.run import POLICY_PACK
from delivery.pulumi import Pulumi

_VIOLATION = re.compile(r"resource (urn:\S+) violates plan: (.*)")
_NEW_PLAN: Final = "make a new plan and look at it"


def apply(pulumi: Pulumi, folder: PlanFolder, stack: str | None) -> None:
    """Deploy what a plan shows. Nothing is touched unless a fresh preview says just the same.

    Args:
        pulumi: the CLI in the project's folder.
        folder: the plan.
        stack: the stack that it must be for; None for whichever it is.

    Raises:
        MisuseError: there is no plan.
        DeliveryError: the plan no longer fits, was altered, is for another stack, or the
            deployment failed.
    """
    basis = folder.open()
    _refuse_if_outdated(basis, take_basis(pulumi, stack or basis.stack))
    with tempfile.TemporaryDirectory(prefix="dockyard-apply-") as beside:
        # The CLI may write to it, and the plan stays as it was sealed.
        config = Path(shutil.copy(folder.config, beside))
        fresh = Path(beside, "fresh.json")
        with preview_place(pulumi, basis.stack, config, is_new=not basis.state) as place:
            _refuse_unless_the_same(place, basis, folder, config, fresh)
        if not basis.state:
            deployment.make(pulumi, basis.stack, config)
        _deploy(pulumi, basis.stack, folder.plan, config)


def _refuse_if_outdated(planned: Basis, now: Basis) -> None:
    if now.stack != planned.stack:
        raise DeliveryError(f"the plan is for the stack {planned.stack}, not for {now.stack}")
    if now.commit != planned.commit:
        raise DeliveryError(
            f"the plan is for the commit {planned.commit[:12]}, and {now.commit[:12]} is checked "
            f"out; check the plan's out, or {_NEW_PLAN}"
        )
    if now.pulumi != planned.pulumi:
        raise DeliveryError(
            f"the plan was made by Pulumi {planned.pulumi}, and this is {now.pulumi}; take the "
            f"same, or {_NEW_PLAN}"
        )
    if now.state != planned.state:
        raise DeliveryError(
            f"the stack {planned.stack} has changed since the plan was made; {_NEW_PLAN}"
        )


def _refuse_unless_the_same(
    pulumi: Pulumi, basis: Basis, folder: PlanFolder, config: Path, fresh: Path
) -> None:
    preview = preview_into(pulumi, basis.stack, config, fresh, is_new=not basis.state)
    if preview.failed:
        said = [each.message.strip() for each in preview.diagnostics if each.severity == "error"]
        said += [each.message.strip() for each in preview.violations if each.mandatory]
        raise DeliveryError(
            f"the preview of {basis.stack} fails now, nothing was touched: "
            f"{plan_file.in_words(said) or 'see python -m delivery preview'}"
        )
    if found := plan_file.deviations(folder.plan, fresh):
        raise DeliveryError(
            "other things would be done than planned, nothing was touched: "
            f"{plan_file.in_words(found)}; {_NEW_PLAN}"
        )


def _deploy(pulumi: Pulumi, stack: str, plan: Path, config: Path) -> None:
    deploying = Pulumi(pulumi.root, {**pulumi.environment, "PULUMI_EXPERIMENTAL": "true"})
    done = deploying.follow(
        *("up", "--stack", stack, "--config-file", str(config), "--plan", str(plan.resolve())),
        *("--policy-pack", POLICY_PACK, "--yes", "--skip-preview", "--suppress-outputs"),
    )
    if not done.returncode:
        return
    if found := _VIOLATION.findall(done.stdout):
        steps = [f"{urn.rpartition('::')[2]}: {what}" for urn, what in dict.fromkeys(found)]
        raise DeliveryError(
            "Pulumi stopped where the deployment left the plan, after what is shown above: "
            f"{plan_file.in_words(steps)}; {_NEW_PLAN}"
        )
    raise DeliveryError(f"the deployment of {stack} failed; what it said is above")
