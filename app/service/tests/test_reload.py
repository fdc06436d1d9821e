"""Live reload, on a copy of the services as a container would mount it."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
import pytest

from app.conftest import Process, free_port, wait_until

_APP = Path(__file__).parents[2]
_FILE = "service/limits.py"
_LINE = "TITLE = 300"


@dataclass(frozen=True)
class Tree:
    """A copy of the services, with one of them running from it."""

    root: Path
    process: Process
    client: httpx2.Client

    def edit(self, old: str, new: str) -> None:
        """Replace something in a file that says how long a title may be."""
        file = self.root / _FILE
        content = file.read_text()
        assert old in content
        file.write_text(content.replace(old, new))

    def shows(self, length: int) -> bool:
        """Tell whether the form has titles of a length, with a service that answers."""
        try:
            return f'maxlength="{length}"' in self.client.get("/new").text
        except httpx2.TransportError:
            return False

    def files(self) -> set[Path]:
        """Return all that is there."""
        return set(self.root.rglob("*"))


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    root = tmp_path / "app"
    shutil.copytree(_APP, root, ignore=shutil.ignore_patterns("__pycache__"))
    port = free_port()
    process = Process(
        [sys.executable, "-m", "service.reload", "ui"],
        {"PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1"},
        tmp_path / "log",
        root,
    )
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        tree = Tree(root, process, client)
        wait_until(lambda: tree.shows(300), "the service didn't start")
        yield tree
    process.stop()


def test_a_change_is_served_and_a_signal_ends_everything(tree: Tree) -> None:
    before = tree.files()
    for length in (7, 8):
        tree.edit(_LINE, f"TITLE = {length}")
        wait_until(partial(tree.shows, length), "the change isn't served")
        tree.edit(f"TITLE = {length}", _LINE)
        wait_until(partial(tree.shows, 300), "the change back isn't served")
    begin = time.monotonic()
    assert tree.process.stop(signal.SIGTERM) == 0
    assert time.monotonic() - begin < 3
    assert not tree.shows(300)
    assert tree.files() == before
    # The log stays one that machines read.
    events = [line["event"] for line in tree.process.logged()]
    assert events.count("stopped") == events.count("listening") == 5
    assert any(_FILE in event for event in events)


def test_a_mistake_stops_the_service_until_it_is_mended(tree: Tree) -> None:
    tree.edit(_LINE, "TITLE = = 300")
    wait_until(lambda: "SyntaxError" in tree.process.output(), "the mistake isn't shown")
    assert not tree.process.has_ended
    tree.edit("TITLE = = 300", "TITLE = 9")
    wait_until(lambda: tree.shows(9), "the mended service isn't served")
    assert tree.process.stop(signal.SIGINT) == 0


@pytest.mark.parametrize("arguments", [[], ["nginx"], ["service"], ["../ui"], ["ui", "post"]])
def test_what_is_no_service_is_refused_with_the_known_ones(arguments: list[str]) -> None:
    refused = subprocess.run(  # noqa: S603 - the program itself
        [sys.executable, "-m", "service.reload", *arguments],
        cwd=_APP,
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    assert refused.returncode == 2
    assert f"{' '.join(arguments)!r}: give one of comment, monolith, post, ui" in refused.stderr
