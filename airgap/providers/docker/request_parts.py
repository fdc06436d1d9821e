"""What requests to create a container and a service have in common."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from airgap.providers.docker.engine import Hidden

# Shorter ones ("true", "5000") say nothing, and hiding them would garble every message.
_SHORTEST_HIDDEN: Final = 6


def given(**values: object) -> dict[str, Any]:
    """What isn't left to Docker's defaults; a false that a program gives is one of its own."""
    return {name: value for name, value in values.items() if value is False or value}


def mount(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A mount, with only what the program sets."""
    bind, tmpfs = inputs.get("bindOptions", {}), inputs.get("tmpfsOptions", {})
    return given(
        Type=inputs["type"],
        Target=inputs["target"],
        Source=inputs.get("source"),
        ReadOnly=inputs.get("readOnly"),
        BindOptions=given(Propagation=bind.get("propagation")),
        TmpfsOptions=given(SizeBytes=tmpfs.get("sizeBytes"), Mode=tmpfs.get("mode")),
    )


def long_enough(hidden: Iterable[tuple[str, str]]) -> Hidden:
    """Of what no message may show, the part that can be told from harmless words."""
    pairs = [pair for pair in hidden if len(pair[0]) >= _SHORTEST_HIDDEN]
    # A text may contain another: the longest first.
    return sorted(pairs, key=lambda pair: len(pair[0]), reverse=True)
