"""The names of the images."""

import re
import shutil
from pathlib import Path

import pytest

from app import images
from app.images import DEPLOYED, MONOLITH, reference

_APP = Path(images.__file__).parent
_ALL = [*DEPLOYED, MONOLITH]


@pytest.fixture
def context(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    shutil.copytree(_APP, root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.mark.parametrize("service", _ALL)
def test_a_reference_has_repository_version_and_hash(service: str) -> None:
    assert re.fullmatch(rf"dockyard/{service}:1\.0\.0-[0-9a-f]{{12}}", reference(service))


@pytest.mark.parametrize("service", _ALL)
def test_a_copy_elsewhere_has_the_same_references(service: str, context: Path) -> None:
    assert reference(service, context) == reference(service)


@pytest.mark.parametrize("path", ["ui/tests/test_new.py", "ui/__pycache__/app.pyc", "README.md"])
def test_what_is_not_in_the_image_does_not_count(path: str, context: Path) -> None:
    before = reference("ui", context)
    file = context / path
    file.parent.mkdir(exist_ok=True)
    file.write_text("changed")
    assert reference("ui", context) == before


@pytest.mark.parametrize(
    "path",
    ["ui/app.py", "ui/Dockerfile", "ui/templates/style.css", "service/probe.py", ".dockerignore"],
)
def test_each_byte_of_the_image_counts(path: str, context: Path) -> None:
    before = reference("ui", context)
    file = context / path
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert reference("ui", context) != before


def test_renaming_a_file_counts(context: Path) -> None:
    before = reference("ui", context)
    (context / "ui/flash.py").rename(context / "ui/flush.py")
    assert reference("ui", context) != before


def test_a_file_that_swallows_the_next_one_counts(context: Path) -> None:
    (context / "ui/zz1").write_text("oneui/zz2two")
    before = reference("ui", context)
    (context / "ui/zz1").write_text("one")
    (context / "ui/zz2").write_text("two")
    assert reference("ui", context) != before


def test_a_service_changes_its_own_image_and_the_monolith_alone(context: Path) -> None:
    before = {service: reference(service, context) for service in _ALL}
    (context / "post/app.py").write_text("changed")
    changed = {service for service in _ALL if reference(service, context) != before[service]}
    assert changed == {"post", "monolith"}


def test_an_unknown_service_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match="'nginx': give one of ui, post, comment, backup, monolith"
    ):
        reference("nginx")
