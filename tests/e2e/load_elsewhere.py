"""The constant load, sent from another network namespace than the test's own."""

import json
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from tests.e2e.load import Load
from tests.e2e.stack import REPOSITORY

_STOP_SECONDS = 60
_FIGURES = ("sent", "answered", "failures", "acknowledged", "summary")


class LoadElsewhere:
    """A ``Load`` in a process of its own, until the block ends.

    Args:
        prefix_command: beginning of a command that runs the rest of it in the other namespace.
        url: where the page is.
        rate: requests a second.
    """

    sent: int
    answered: int
    failures: list[tuple[float, str]]
    acknowledged: list[str]
    summary: str

    def __init__(self, prefix_command: Sequence[str], url: str, *, rate: float) -> None:
        self._command = [*prefix_command, sys.executable, "-m", __name__, url, str(rate)]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start the load, and wait until it runs."""
        self._process = subprocess.Popen(  # noqa: S603
            self._command,
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "started\n"
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop it, and take its figures over."""
        assert self._process
        said, _ = self._process.communicate("\n", timeout=_STOP_SECONDS)
        figures: dict[str, Any] = json.loads(said)
        for name in _FIGURES:
            setattr(self, name, figures[name])

    def assert_nothing_lost(self) -> None:
        """Check, after the block, that every request was answered well."""
        assert self.sent == self.answered > 0, self.summary


def _main(url: str, rate: str) -> None:
    with Load(url, rate=float(rate)) as load:
        print("started", flush=True)
        sys.stdin.readline()
    print(json.dumps({name: getattr(load, name) for name in _FIGURES}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
