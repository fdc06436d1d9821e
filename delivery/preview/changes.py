"""The engine's steps, gathered into one change for each resource."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from delivery.preview import differences
from delivery.preview.model import Change, Difference, Operation
from delivery.preview.values import map_of

_OPERATIONS: Final = {
    "create": Operation.CREATE,
    "update": Operation.UPDATE,
    "delete": Operation.DELETE,
    "import": Operation.IMPORT,
    # Of these, a resource that is replaced has several.
    "replace": Operation.REPLACE,
    "create-replacement": Operation.REPLACE,
    "delete-replaced": Operation.REPLACE,
    "import-replacement": Operation.REPLACE,
}
_DELETING: Final = frozenset({Operation.DELETE, Operation.REPLACE})


class Changes:
    """Takes steps in the engine's order, and gives the changes that they come to."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, Operation], _Group] = {}

    def take(self, step: Mapping[str, Any]) -> None:
        """Take a step's metadata; one that changes nothing, such as a read, is passed over."""
        operation = _OPERATIONS.get(_text(step.get("op")))
        urn = _text(step.get("urn"))
        if operation:
            self._groups.setdefault((urn, operation), _Group(urn, operation)).steps.append(step)

    def result(self) -> list[Change]:
        """Return the changes, in the order in which each was first heard of."""
        return [group.change() for group in self._groups.values()]


@dataclass(frozen=True)
class _Group:
    """The steps that are one change."""

    urn: str
    operation: Operation
    steps: list[Mapping[str, Any]] = field(default_factory=list)

    def change(self) -> Change:
        old, new = self._state("old"), self._state("new")
        # What was deployed says what becomes of what is there, whatever the program says now.
        retained = bool(old.get("retainOnDelete"))
        operation = self.operation
        if operation is Operation.DELETE and retained:
            operation = Operation.FORGET
        # A replacement is refused only if the program still wants the protection.
        asked = old if self.operation is Operation.DELETE else new
        protected = bool(old.get("protect") and asked.get("protect"))
        return Change(
            operation=operation,
            urn=self.urn,
            type=_text(self.steps[0].get("type")),
            name=self.urn.split("::", 3)[-1],
            id=_text(old.get("id")) or _text(new.get("id")),
            physical_name=_physical_name(old) or _physical_name(new),
            protected=self.operation in _DELETING and protected,
            retained=retained,
            differences=self._differences(old, new),
        )

    def _state(self, side: str) -> Mapping[str, Any]:
        return next((each[side] for each in self.steps if isinstance(each.get(side), dict)), {})

    def _differences(
        self, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> tuple[Difference, ...]:
        if self.operation not in {Operation.UPDATE, Operation.REPLACE}:
            return ()
        before, after = map_of(old.get("inputs")), map_of(new.get("inputs"))
        found = differences.between(before, after)
        detailed = self._detailed()
        if detailed:
            tops = {differences.top(path) for path in detailed}
            found = [each for each in found if differences.top(each.path) in tops]
        forcing = self._paths("keys") | {
            differences.top(path) for path, kind in detailed.items() if kind.endswith("replace")
        }
        # Secret on both sides, or other than how it was deployed: the inputs don't show it.
        seen = {differences.top(each.path) for each in found}
        there = {**before, **map_of(old.get("outputs"))}
        for path in detailed or self._paths("keys") | self._paths("diffs"):
            if differences.top(path) not in seen:
                sides = (differences.at(there, path), differences.at(after, path))
                found.append(Difference(path=path, old=sides[0], new=sides[1]))
        found.sort(key=lambda each: each.path)
        return tuple(
            replace(each, replaces=differences.top(each.path) in forcing) for each in found
        )

    def _detailed(self) -> dict[str, str]:
        """Return the kind of each difference that the provider tells of, by path."""
        told = (map_of(each.get("detailedDiff")) for each in self.steps)
        kinds = next((each for each in told if each), {})
        return {path: _text(map_of(each).get("diffKind")) for path, each in kinds.items()}

    def _paths(self, key: str) -> set[str]:
        lists = [each.get(key) for each in self.steps]
        return {path for each in lists if isinstance(each, list) for path in each if _text(path)}


def _physical_name(state: Mapping[str, Any]) -> str:
    """Return what people find it by: its name, or what the provider made of it."""
    for side in ("inputs", "outputs"):
        if name := differences.at(map_of(state.get(side)), "name"):
            return name
    return ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
