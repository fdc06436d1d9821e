"""Calling the Pulumi CLI: what happens to it when the caller is to end."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from delivery.pulumi import REPOSITORY

# Takes an interruption as the CLI does: finishes the step at hand, then says so and ends.
_CLI = """#!/bin/sh
trap 'echo cancelling; sleep 0.5; echo cancelled in order; exit 3' INT
echo begun
while :; do sleep 0.05; done
"""
_CALLER = """
from delivery.pulumi import Pulumi
done = Pulumi().follow("up")
print("code", done.returncode, done.stdout.splitlines())
"""


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A program that has called the CLI, which is at work."""
    cli = tmp_path / "pulumi"
    cli.write_text(_CLI)
    cli.chmod(0o755)
    with subprocess.Popen(  # noqa: S603
        # What a shell runs in the background ignores Ctrl-C, and so would all that it starts.
        ["env", "--default-signal=INT", sys.executable, "-c", _CALLER],  # noqa: S607
        cwd=REPOSITORY,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        yield process
        # The CLI, too, whatever came of the test.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "to_all", [pytest.param(True, id="Ctrl-C"), pytest.param(False, id="a cancelled job's SIGTERM")]
)
def test_the_cli_ends_in_order_and_is_waited_for(
    caller: subprocess.Popen[str], *, to_all: bool
) -> None:
    if to_all:
        os.killpg(caller.pid, signal.SIGINT)
    else:
        caller.terminate()
    said, _ = caller.communicate(timeout=30)
    assert said.splitlines() == [
        "cancelling",
        "cancelled in order",
        "code 3 ['begun', 'cancelling', 'cancelled in order']",
    ]
