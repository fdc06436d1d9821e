"""A picture of a stack's components: what each creates, and what each needs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from docs.extensions import dot
from docs.extensions.recording import Registration

_PACKAGE = "dockyard:"
# More of one kind are counted, not named.
_NAMED = 6
_NO_COMPONENT = "the stack itself"


def component_graph(registrations: Sequence[Registration]) -> str:
    """Return the graph: an arrow leads from a component to what it needs.

    A component that another one is made of is in that one's box, with all the rest of it.
    """
    by_urn = {each.urn: each for each in registrations}
    parts: dict[str, list[Registration]] = defaultdict(list)
    for each in registrations:
        parts[_owner(each, by_urn)].append(each)
    lines = []
    for owner, registered in parts.items():
        # A stack's own resources have no component; a component is no part of itself.
        component = by_urn.get(owner)
        title = f"{component.kind} {component.name}" if component else _NO_COMPONENT
        inside = [each for each in registered if each is not component]
        lines.append(
            dot.node(owner, title, *_contents(component.name if component else "", inside))
        )
    needs = _reduced(_needs(parts, by_urn))
    lines += [dot.edge(source, target) for source in needs for target in sorted(needs[source])]
    return dot.graph(lines, direction="BT")


def _owner(registration: Registration, by_urn: Mapping[str, Registration]) -> str:
    """Return the URN of the outermost component that a resource belongs to, or is."""
    if registration.parent in by_urn:
        return _owner(by_urn[registration.parent], by_urn)
    return registration.urn if registration.type.startswith(_PACKAGE) else _NO_COMPONENT


def _contents(component: str, parts: Sequence[Registration]) -> list[str]:
    """Return a line for each kind of resource, with the ends of their logical names."""
    names: dict[str, list[str]] = defaultdict(list)
    for each in parts:
        kind = f"{each.kind} provider" if each.type.startswith("pulumi:providers:") else each.kind
        names[kind].append(each.name.removeprefix(f"{component}-"))
    return [
        f"{kind}: {', '.join(found) if len(found) <= _NAMED else len(found)}"
        for kind, found in names.items()
    ]


def _needs(
    parts: Mapping[str, Sequence[Registration]], by_urn: Mapping[str, Registration]
) -> dict[str, set[str]]:
    """Return which components each needs, for what is in it."""
    needs: dict[str, set[str]] = {}
    for owner, registrations in parts.items():
        urns = {urn for each in registrations for urn in each.needs if urn in by_urn}
        needs[owner] = {_owner(by_urn[urn], by_urn) for urn in urns} - {owner}
    return needs


def _reduced(needs: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Leave out what follows from the rest: an arrow beside a longer way to the same place."""

    def reaches(source: str, target: str, seen: frozenset[str]) -> bool:
        return any(
            each == target or (each not in seen and reaches(each, target, seen | {each}))
            for each in needs.get(source, ())
        )

    return {
        source: {
            target
            for target in targets
            if not any(
                other != target and reaches(other, target, frozenset({other, source}))
                for other in targets
            )
        }
        for source, targets in needs.items()
    }
