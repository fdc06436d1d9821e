"""PulledImages: pinned images, pulled before anything starts."""

import pulumi
import pytest

from components import PulledImages
from components.checks import ArgumentError
from tests.unit.recorder import IMAGE, Deploy, Engine, Value

DIGEST = "sha256:" + "0123456789abcdef" * 4


def test_each_reference_becomes_one_image_that_stays_on_the_host(
    deploy: Deploy, engine: Engine, value: Value
) -> None:
    images = deploy(
        lambda: PulledImages("images", {"references": {"db": "mongo:8.0", "ui": f"ui@{DIGEST}"}})
    )
    made = engine.of_type(IMAGE)
    assert {name: each.inputs["name"] for name, each in made.items()} == {
        "images-db": "mongo:8.0",
        "images-ui": f"ui@{DIGEST}",
    }
    assert all(each.inputs["keepLocally"] is True for each in made.values())
    assert {each.parent for each in made.values()} == {"images"}
    assert value(pulumi.Output.all(**images.image_ids)) == {
        "db": "sha256:images-db",
        "ui": "sha256:images-ui",
    }


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("mongo", "means another image tomorrow"),
        ("mongo:latest", "means another image tomorrow"),
        ("registry.example.com:5000/mongo", "means another image tomorrow"),
        ("Mongo:8", "is not an image reference"),
        ("mongo:", "is not an image reference"),
        ("", "is not an image reference"),
        ("mongo@sha256:12", "is not an image reference"),
    ],
)
def test_an_image_that_is_not_pinned_is_refused(
    deploy: Deploy, engine: Engine, reference: str, message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        deploy(lambda: PulledImages("images", {"references": {"db": reference}}))
    assert f"references['db']: {reference!r} {message}" in str(refusal.value)
    assert engine.registrations == []


@pytest.mark.parametrize(
    "reference",
    ["mongo:8.0", "localhost:5000/a/b:1", f"mongo:latest@{DIGEST}", f"x@{DIGEST}", DIGEST],
)
def test_a_tag_a_digest_or_an_id_pins(deploy: Deploy, engine: Engine, reference: str) -> None:
    deploy(lambda: PulledImages("images", {"references": {"db": reference}}))
    assert engine["images-db"].inputs["name"] == reference
