"""Two things measured side by side, and how the one compares with the other."""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass

Measure = Callable[[], float]
"""Runs something once and returns its cost."""


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    what: str
    ours: float
    theirs: float
    unit: str
    against: str
    aim: float
    """The ratio that should not be exceeded; infinite where the figure is only to be known."""

    @property
    def ratio(self) -> float:
        """Return how many times the other's cost ours is."""
        return self.ours / self.theirs

    def __str__(self) -> str:
        """Return the line, marked where it misses its aim."""
        mark = "" if self.ratio <= self.aim else "  over"
        aim = f"  (aim {self.aim:.2f})" if math.isfinite(self.aim) else ""
        return (
            f"{self.what:<44} {self.ours:>9.3f} {self.unit:<3} {self.against:<28} "
            f"{self.theirs:>9.3f} {self.unit:<3} {self.ratio:>6.2f}{aim}{mark}"
        )


def medians(ours: Measure, theirs: Measure, runs: int) -> tuple[float, float]:
    """Run both in turn, so that the machine's moods hit both, and return their medians."""
    pairs = [(ours(), theirs()) for _ in range(runs)]
    return (
        statistics.median(first for first, _ in pairs),
        statistics.median(second for _, second in pairs),
    )
