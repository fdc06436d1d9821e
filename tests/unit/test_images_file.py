"""The file with the digests of the images that were built."""

import json
import stat
from pathlib import Path

import pytest

from delivery import images_file
from delivery.errors import DeliveryError, MisuseError

DIGEST = f"sha256:{'a' * 64}"
SERVICES = ("ui", "post", "comment", "backup")
REFERENCES = {each: f"registry.example.com:5050/app/{each}@{DIGEST}" for each in SERVICES}


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    images_file.write(tmp_path / "images.json", REFERENCES)
    assert images_file.read(tmp_path / "images.json") == REFERENCES


def test_others_may_read_the_file_and_nothing_else_is_left(tmp_path: Path) -> None:
    images_file.write(tmp_path / "images.json", REFERENCES)
    assert [each.name for each in tmp_path.iterdir()] == ["images.json"]
    assert stat.S_IMODE((tmp_path / "images.json").stat().st_mode) == 0o644


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    images_file.write(tmp_path / "images.json", REFERENCES)
    with pytest.raises(TypeError):
        images_file.write(tmp_path / "images.json", {"ui": object()})  # type: ignore[dict-item]
    assert images_file.read(tmp_path / "images.json") == REFERENCES
    assert [each.name for each in tmp_path.iterdir()] == ["images.json"]


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"images\.json can't be written: No such file"):
        images_file.write(tmp_path / "gone" / "images.json", REFERENCES)


def test_a_folder_in_the_files_place_is_one_clear_error_and_nothing_is_left(tmp_path: Path) -> None:
    file = tmp_path / "images.json"
    file.mkdir()
    with pytest.raises(DeliveryError, match=r"images\.json can't be written: Is a directory"):
        images_file.write(file, REFERENCES)
    assert list(tmp_path.iterdir()) == [file]


def test_a_missing_file_is_misuse_that_says_what_writes_it(tmp_path: Path) -> None:
    with pytest.raises(MisuseError, match="'python -m delivery build --push … --output"):
        images_file.read(tmp_path / "images.json")


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        json.dumps({**REFERENCES, "monolith": REFERENCES["ui"]}),
        json.dumps({key: REFERENCES[key] for key in SERVICES[:-1]}),
    ],
)
def test_a_file_without_exactly_the_services_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "images.json").write_text(content)
    with pytest.raises(DeliveryError, match="doesn't name one image for each of ui, post, comment"):
        images_file.read(tmp_path / "images.json")


@pytest.mark.parametrize(
    "reference",
    [
        "registry.example.com/app/post:1.0.0",
        "registry.example.com/app/post:latest",
        "registry.example.com/app/post@sha256:abc",
        f"@{DIGEST}",
        f"a b@{DIGEST}",
        5,
    ],
)
def test_an_image_that_is_not_named_by_digest_is_refused(tmp_path: Path, reference: object) -> None:
    (tmp_path / "images.json").write_text(json.dumps({**REFERENCES, "post": reference}))
    with pytest.raises(DeliveryError, match=r"post is .*, which is no reference by digest"):
        images_file.read(tmp_path / "images.json")


def test_the_references_become_the_stacks_image_keys() -> None:
    assert images_file.as_configuration(REFERENCES) == {
        "uiImage": REFERENCES["ui"],
        "postImage": REFERENCES["post"],
        "commentImage": REFERENCES["comment"],
        "backupImage": REFERENCES["backup"],
    }
