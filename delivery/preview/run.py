"""Previews of several stacks, side by side."""

import dataclasses
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from delivery.errors import DeliveryError
from delivery.preview import events, throw_away
from delivery.preview.merge_request import TOKEN_VARIABLE
from delivery.preview.model import Diagnostic, StackPreview
from delivery.preview.process import Children, Ended, terminable
from delivery.pulumi import Pulumi, StackRecord

POLICY_PACK: Final = "policies"
"""The folder of the policies, in the project's."""

EVENTS: Final = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
"""What makes the CLI tell of events instead of one document: only they tell of policies."""

_SETTINGS: Final = {
    **EVENTS,
    # A shipped configuration doesn't say what the state is encrypted with. Else another key is
    # derived from the passphrase, for nothing: that takes a tenth of a small stack's preview.
    "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
}
_UNREADABLE_SECRETS: Final = (
    "the stack is not in the backend yet and its configuration holds secrets: give what they are "
    "encrypted with, PULUMI_CONFIG_PASSPHRASE or access to its secrets provider"
)


def arguments(stack: str, config: Path) -> list[str]:
    """Return the arguments of a preview with the policies, read by ``events`` under ``EVENTS``."""
    command = ["preview", "--json", "--stack", stack]
    return [*command, "--config-file", str(config), "--policy-pack", POLICY_PACK]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A stack to preview.

    Args:
        name: what it is asked for by.
        prepare: returns its name, and its configuration in a file that is nobody else's, for the
            CLI writes to it. A DeliveryError that it raises becomes the stack's own.
    """

    name: str
    prepare: Callable[[], tuple[str, Path]]


@dataclass(frozen=True, kw_only=True)
class Previewer:
    """Runs previews; none stops another.

    Args:
        pulumi: the CLI in the project's folder, which stays as it is.
        known: the stacks that the backend has; it gets no other.
        folder: a folder for what is thrown away afterwards.
        refresh: whether to look first at how things really are.
        timeout_seconds: how long each stack may take.
    """

    pulumi: Pulumi
    known: Mapping[str, StackRecord]
    folder: Path
    refresh: bool
    timeout_seconds: float

    def run(self, targets: Sequence[Target]) -> list[StackPreview]:
        """Preview stacks side by side, and return the previews in the same order."""
        children = Children()
        # Half of a preview is waiting: for plugins, for an engine, for the backend.
        with terminable(), ThreadPoolExecutor(max(4, 2 * (os.cpu_count() or 1))) as pool:
            running = [pool.submit(self._one, target, children) for target in targets]
            try:
                return [each.result() for each in running]
            except BaseException:
                children.stop()
                raise

    def _one(self, target: Target, children: Children) -> StackPreview:
        started = time.monotonic()
        stack = target.name
        try:
            stack, config = target.prepare()
            return self._preview(stack, config, children, started)
        except DeliveryError as error:
            return StackPreview(
                stack=stack,
                is_new=self._is_new(stack),
                failed=True,
                diagnostics=[Diagnostic(severity="error", message=str(error))],
                seconds=time.monotonic() - started,
            )

    def _preview(
        self, stack: str, config: Path, children: Children, started: float
    ) -> StackPreview:
        place = None
        if stack not in self.known:
            place = throw_away.make(
                stack,
                config,
                pulumi=self.pulumi,
                folder=self.folder / f"backend-{stack}",
            )
        ended = children.run(
            self._command(stack, config),
            folder=self.pulumi.root,
            environment=self._environment(place.environment if place else {}),
            timeout_seconds=max(0.0, self.timeout_seconds - (time.monotonic() - started)),
        )
        preview = events.read(
            # Only that ends a line: texts in the events may have other ends of line.
            ended.output.split("\n"),
            stack=stack,
            is_new=self._is_new(stack),
            exit_code=1 if ended.code is None else ended.code,
            said=ended.said,
            seconds=time.monotonic() - started,
        )
        if problem := self._problem(ended, place):
            found = [Diagnostic(severity="error", message=problem), *preview.diagnostics]
            return dataclasses.replace(preview, failed=True, diagnostics=found)
        return preview

    def _is_new(self, stack: str) -> bool:
        record = self.known.get(stack)
        return record is None or record.last_update is None

    def _command(self, stack: str, config: Path) -> list[str]:
        refresh = ["--refresh"] if self.refresh else []
        return self.pulumi.command(*arguments(stack, config), *refresh)

    def _environment(self, added: Mapping[str, str]) -> dict[str, str]:
        environment = {**self.pulumi.full_environment, **added}
        # A program under preview may be anybody's.
        environment.pop(TOKEN_VARIABLE, None)
        return {**environment, **_SETTINGS}

    def _problem(self, ended: Ended, place: throw_away.ThrowAway | None) -> str:
        if ended.code is None:
            return (
                f"not finished after {self.timeout_seconds:g} s and stopped; give more with "
                "--timeout-seconds, or see with 'pulumi preview' what it waits for"
            )
        if ended.code and place and place.holds_secrets and not ended.output:
            return _UNREADABLE_SECRETS
        return ""
