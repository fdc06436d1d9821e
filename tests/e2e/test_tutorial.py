"""The pages that tell people what to type: every command works, and prints what the page shows."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from app import images
from tests.e2e import console
from tests.e2e.stack import REPOSITORY, STACK_LABEL, remove_things

_PAGES = REPOSITORY / "docs"
_TUTORIAL_STACK = "dev-tutorial"
_OF_EXERCISES = "^/?exercise[-_](one|alone|web|front)$"
_MOST_BLOCKS = 15
_TIMEOUT_SECONDS = 900
_OF_MAKE = frozenset({"MAKEFLAGS", "MAKELEVEL", "MFLAGS"})
_NOT_CODE = shutil.ignore_patterns(".dockyard", ".git", "__pycache__", "*_cache", ".hypothesis")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh copy of the repository, with this one's set-up."""
    shutil.copytree(REPOSITORY, tmp_path / "clone", ignore=_NOT_CODE)
    (tmp_path / "clone/.dockyard").symlink_to(REPOSITORY / ".dockyard")
    return tmp_path / "clone"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A reader's environment, with a state of its own beside the developer's."""
    (tmp_path / "state").mkdir()
    # A make in a make prints more than a reader sees.
    theirs = {name: value for name, value in os.environ.items() if name not in _OF_MAKE}
    return {**theirs, "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri()}


@pytest.fixture
def _leaves_nothing(clone: Path, engine: docker.DockerClient) -> Iterator[None]:
    """Remove what a page left that failed half-way, and the image that the tutorial makes."""
    _remove_all_of_it(engine)
    yield
    _remove_all_of_it(engine)
    page = clone / "app/ui/templates/base.html"
    page.write_text(page.read_text().replace("Microservices Reddit", "Reddit in the harbour"))
    changed = images.reference("ui", clone / "app")
    if engine.images.list(name=changed):
        engine.images.remove(changed)


def _remove_all_of_it(engine: docker.DockerClient) -> None:
    remove_things(engine, label=f"{STACK_LABEL}={_TUTORIAL_STACK}")
    remove_things(engine, name=_OF_EXERCISES)


def test_the_tutorial_has_few_steps() -> None:
    blocks = console.blocks((_PAGES / "tutorial.md").read_text())
    assert 5 < len(blocks) <= _MOST_BLOCKS


@pytest.mark.usefixtures("_leaves_nothing")
@pytest.mark.parametrize("page", ["tutorial.md", "exercises.md"])
def test_every_command_of_a_page_prints_what_the_page_shows(
    page: str, clone: Path, environment: dict[str, str]
) -> None:
    console.run(_PAGES / page, clone, environment, _TIMEOUT_SECONDS)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("$ echo one\ntwo", r"(?s)page.md:2: echo one\nshows:\ntwo\n\nprints:\none\n"),
        ("$ echo one", r"(?s)page.md:2: echo one\nshows:\n\nprints:\none\n"),
        ("$ false\n", r"page.md:2: false\nfailed:\n"),
        ("$ ! true\n", r"page.md:2: ! true\nfailed:\n"),
        ("$ printf 'a\\nb\\n'\na\n… c", r"(?s)shows:\na\n… c\n\nprints:\na\nb\n"),
    ],
)
def test_a_page_that_shows_something_else_is_found_out(
    tmp_path: Path, block: str, message: str
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```console\n{block}\n```\n")
    with pytest.raises(AssertionError, match=message):
        console.run(page, tmp_path, os.environ, _TIMEOUT_SECONDS)


def test_what_varies_is_left_open(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ printf 'one 1\\ntwo\\nthree\\n'\none …\n…\nthree\n$ name=x\n```\n"
        '```console\n$ echo \\\n> "$name"\nx\n$ ! false\n```\n'
    )
    console.run(page, tmp_path, os.environ, _TIMEOUT_SECONDS)


def test_no_block_for_a_shell_escapes() -> None:
    with pytest.raises(ValueError, match="line 1: a block of bash; write console"):
        console.blocks("```bash\nmake up\n```\n")
    with pytest.raises(ValueError, match="line 1: a block of nothing; write console"):
        console.blocks("```\nmake up\n```\n")
