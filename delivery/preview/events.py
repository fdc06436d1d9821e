"""What the engine says during a preview, line by line, read into one preview.

The events tell more than the one document of ``pulumi preview --json``: policies, and what is
protected or retained.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from delivery.preview.changes import Changes
from delivery.preview.model import Change, Diagnostic, StackPreview, Violation
from delivery.preview.values import map_of

_TOLD = ("error", "warning")
# It follows every error, and says nothing more.
_ECHO: Final = "preview failed"
_SHOWN_CHARACTERS = 80


def read(
    lines: Iterable[str],
    *,
    stack: str,
    is_new: bool,
    exit_code: int,
    said: str,
    seconds: float,
) -> StackPreview:
    """Return what a preview's events say.

    Nothing in them raises: what can't be read makes the preview a failed one that says so.

    Args:
        lines: the events, one JSON document each.
        stack: the stack's name.
        is_new: whether it has never been deployed.
        exit_code: the CLI's.
        said: what the CLI said beside the events.
        seconds: how long it took.
    """
    reader = _Reader()
    for line in lines:
        if line.strip():
            reader.take(line)
    changes = reader.changes()
    unfinished = exit_code != 0 or reader.summary is None
    diagnostics = list(reader.diagnostics)
    if reader.unreadable or (unfinished and not reader.objects()):
        diagnostics.append(_unexplained(reader.unreadable, exit_code, said))
    return StackPreview(
        stack=stack,
        is_new=is_new,
        failed=unfinished or bool(reader.unreadable) or reader.objects(),
        changes=changes,
        unchanged=reader.unchanged(),
        diagnostics=diagnostics,
        violations=list(reader.violations),
        seconds=seconds,
    )


class _Reader:
    """Takes one line after the other.

    Diagnostics and violations are the keys of a dict: each is told once, in the order of the
    engine, which repeats some for every plugin that it starts.
    """

    def __init__(self) -> None:
        self.diagnostics: dict[Diagnostic, None] = {}
        self.violations: dict[Violation, None] = {}
        self.summary: Mapping[str, Any] | None = None
        self.unreadable: list[str] = []
        self._changes = Changes()
        self._same = 0

    def take(self, line: str) -> None:
        try:
            event = json.loads(line)
            if not isinstance(event, dict):
                raise TypeError
            self._take_event(event)
        # Deeper than any property goes, or none of the engine's events.
        except (ValueError, TypeError, RecursionError):
            self.unreadable.append(line)

    def changes(self) -> list[Change]:
        try:
            return self._changes.result()
        except RecursionError:
            self.unreadable.append("a property that is nested too deep")
            return []

    def objects(self) -> bool:
        """Say whether the engine or a policy says why it can't be deployed."""
        return any(each.severity == "error" for each in self.diagnostics) or any(
            each.mandatory for each in self.violations
        )

    def unchanged(self) -> int:
        counted = map_of((self.summary or {}).get("resourceChanges")).get("same")
        return counted if isinstance(counted, int) else self._same

    def _take_event(self, event: Mapping[str, Any]) -> None:
        if "diagnosticEvent" in event:
            self._take_diagnostic(map_of(event["diagnosticEvent"]))
        elif "errorEvent" in event:
            self._tell("error", _text(map_of(event["errorEvent"]).get("error")), "")
        elif "policyEvent" in event:
            self._take_violation(map_of(event["policyEvent"]))
        elif "resourcePreEvent" in event:
            metadata = map_of(map_of(event["resourcePreEvent"]).get("metadata"))
            self._same += metadata.get("op") == "same"
            self._changes.take(metadata)
        elif "summaryEvent" in event:
            self.summary = map_of(event["summaryEvent"])

    def _take_diagnostic(self, event: Mapping[str, Any]) -> None:
        severity = _text(event.get("severity"))
        message = _text(event.get("message"))
        if severity in _TOLD and message != _ECHO:
            self._tell(severity, message, _text(event.get("urn")))

    def _tell(self, severity: str, message: str, urn: str) -> None:
        self.diagnostics[Diagnostic(severity=severity, message=message, urn=urn)] = None

    def _take_violation(self, event: Mapping[str, Any]) -> None:
        violation = Violation(
            policy=_text(event.get("policyName")),
            pack=_text(event.get("policyPackName")),
            mandatory=event.get("enforcementLevel") == "mandatory",
            message=_text(event.get("message")),
            urn=_text(event.get("resourceUrn")),
        )
        self.violations[violation] = None


def _unexplained(unreadable: Sequence[str], exit_code: int, said: str) -> Diagnostic:
    if unreadable:
        what = (
            f"{len(unreadable)} of Pulumi's events could not be read, the first"
            f" {unreadable[0].strip()[:_SHOWN_CHARACTERS]!r}, and so a change may be missing here"
        )
    else:
        what = f"Pulumi stopped with exit code {exit_code} before the preview was finished"
    return Diagnostic(severity="error", message=f"{what}: {said.strip() or '(it said nothing)'}")


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
