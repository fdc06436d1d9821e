"""A stack that the previous release deployed, taken over by this one."""

import subprocess
from pathlib import Path

import docker
import pytest

from app import images
from tests.e2e.conftest import MakeStack
from tests.e2e.page import Page
from tests.e2e.stack import REPOSITORY

# v0.1.0; not by its tag, which a clone of a pipeline lacks.
_PREVIOUS_RELEASE = "d5028f1b2b2e99f7179aa4fc2062de00521cee08"
_PREFIX = "reddit-upgrade-e2e"
_ROLES = ("database", "post", "comment", "ui")
_LOSSES = {"replace", "create-replacement", "delete-replaced", "delete", "discard"}


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """The previous release's code, with this set-up."""
    packed = subprocess.run(  # noqa: S603
        ["git", "archive", _PREVIOUS_RELEASE],  # noqa: S607
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    ).stdout
    # Not Python's own: the safe way of that came in the midst of 3.11.
    unpack = ["tar", "--extract", "--directory", str(tmp_path)]
    subprocess.run(unpack, input=packed, check=True)  # noqa: S603
    (tmp_path / ".dockyard").symlink_to(REPOSITORY / ".dockyard")
    return tmp_path


def _containers(engine: docker.DockerClient) -> dict[str, str]:
    return {role: str(engine.containers.get(f"{_PREFIX}-{role}").id) for role in _ROLES}


@pytest.mark.endurance
def test_an_upgrade_replaces_and_deletes_nothing(
    make_stack: MakeStack, previous: Path, engine: docker.DockerClient
) -> None:
    stack = make_stack(
        "dev-upgrade-e2e",
        uiPort=19750,
        frontSubnet="10.232.50.0/24",
        backSubnet="10.232.51.0/24",
        # Those of today in both releases: another image is another container, and rightly so.
        **{f"{role}Image": images.reference(role) for role in images.SERVICES},
    )
    stack.pulumi(*stack.up_command(), folder=previous)
    page = Page("http://127.0.0.1:19750")
    page.wait()
    page.submit("Before the upgrade")
    before = _containers(engine)

    steps = stack.plan()["steps"]
    lost = {step["urn"]: step["op"] for step in steps if step["op"] in _LOSSES}
    assert lost == {}
    stack.up()
    assert _containers(engine) == before
    page.wait()
    assert page.find("Before the upgrade")
    stack.up("--expect-no-changes", "--refresh")
