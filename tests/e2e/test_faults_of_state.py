"""The state is an older one, or lost: with its history, and without."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.page import Page
from tests.e2e.stack import REPOSITORY, Stack, things_of
from tests.e2e.whole_application import assert_whole

_PORT = 19555
_GUIDE = REPOSITORY / "docs" / "faults.md"


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack) -> Iterator[Stack]:
    """A deployed stack, whose state is going to suffer."""
    stack = make_stack(
        "dev-amnesia-e2e", uiPort=_PORT, frontSubnet="10.236.21.0/24", backSubnet="10.236.22.0/24"
    )
    stack.up()
    yield stack
    stack.remove()


@pytest.fixture
def page(stack: Stack) -> Page:
    """The page of the deployed stack."""
    page = Page(f"http://127.0.0.1:{_PORT}")
    page.wait()
    return page


def _follow_the_guide(heading: str, stack: Stack) -> None:
    """Run the commands that the guide gives under a heading, for this stack."""
    section = _GUIDE.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    found = re.search(r"```\n(stack=dev\n.*?)```", section, flags=re.DOTALL)
    assert found, heading
    commands = found[1].replace("stack=dev\n", f"stack={stack.name}\n")
    subprocess.run(  # noqa: S603
        ["bash", "-euo", "pipefail", "-c", commands],  # noqa: S607
        env={**os.environ, "PULUMI_BACKEND_URL": f"file://{stack.home}"},
        check=True,
    )


def _lose_state(stack: Stack) -> None:
    for each in _kept(stack, "stacks").parent.glob(f"{stack.name}.json*"):
        each.unlink()


def _lose_history(stack: Stack) -> None:
    for kind in ("history", "backups"):
        shutil.rmtree(_kept(stack, kind))


def _kept(stack: Stack, kind: str) -> Path:
    return stack.home / ".pulumi" / kind / "dockyard" / stack.name


def _assert_nothing_lost(
    stack: Stack, page: Page, engine: docker.DockerClient, title: str, post: str
) -> None:
    assert_whole(stack, engine)
    page.wait()
    assert page.find(title) == post


def test_an_older_state_takes_over_what_came_after_it(
    stack: Stack, page: Page, engine: docker.DockerClient, tmp_path: Path
) -> None:
    old = tmp_path / "old.json"
    old.write_text(json.dumps(stack.state()))
    # Every container is another one after this.
    stack.configure(healthIntervalSeconds=2)
    stack.up()
    post = page.submit("later than the state")
    stack.pulumi("stack", "import", "--stack", stack.name, "--file", str(old))
    run = stack.up("--refresh")
    assert "which an interrupted deployment left behind" in run.output
    _assert_nothing_lost(stack, page, engine, "later than the state", post)


def test_a_lost_state_is_restored_from_its_history(
    stack: Stack, page: Page, engine: docker.DockerClient
) -> None:
    post = page.submit("before the loss")
    _lose_state(stack)
    refused = stack.up(check=False)
    assert refused.code != 0
    assert f"no stack named '{stack.name}' found" in refused.output
    _follow_the_guide("The state is lost, its history is not", stack)
    stack.up("--refresh", "--expect-no-changes")
    _assert_nothing_lost(stack, page, engine, "before the loss", post)


def test_a_state_lost_with_all_its_history_is_begun_anew_with_the_data(
    stack: Stack, page: Page, engine: docker.DockerClient
) -> None:
    post = page.submit("before the end")
    before = things_of(stack.name, engine)
    _lose_state(stack)
    _lose_history(stack)
    stack.pulumi("stack", "init", "--stack", stack.name, folder=stack.home)
    # What nobody remembers is somebody else's: it stays as it is, and so does its port.
    refused = stack.up(check=False)
    assert refused.code != 0
    assert f"Port 127.0.0.1:{_PORT} can't be published" in refused.output
    assert things_of(stack.name, engine) == before
    assert page.find("before the end") == post
    _follow_the_guide("The state is lost with its history", stack)
    assert things_of(stack.name, engine) == ["reddit-amnesia-e2e-ferretdb-data"]
    stack.up()
    _assert_nothing_lost(stack, page, engine, "before the end", post)
