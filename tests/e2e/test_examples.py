"""The examples, from the built wheel and each with no more than it asks for."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import docker
import httpx2
import pytest
import yaml

from app import images
from tests.e2e.conftest import Install
from tests.e2e.page import Page
from tests.e2e.project import Project
from tests.e2e.stack import REPOSITORY
from tests.unit.hosts import HOST_KEY, PUBLIC_KEY

_EXAMPLES = REPOSITORY / "examples"
_SHIPPED = ("*.py", "Pulumi.yaml", "requirements.txt")
_MOST_LINES = 40
_DATABASE = "dockyard/ferretdb:1.24.2"
_FEEDS = Path(__file__).parent / "stand_in_images" / "feed_reader"
_FEED_IMAGES = {
    "reader": ("dockyard/stand-in-miniflux:2.2.13", "miniflux"),
    "database": ("dockyard/stand-in-postgres:17", "postgres"),
}
_PASSWORD = "e2e-feeds-71c0b2"  # noqa: S105 - nobody's


def _example(name: str, folder: Path, install: Install, *extras: str) -> Project:
    """Return an example as its user has it, beside a virtualenv with what it asks for."""
    source = _EXAMPLES / name
    asked = (source / "requirements.txt").read_text().strip()
    assert asked.startswith(f"dockyard[{','.join(extras)}]>=" if extras else "dockyard>=")
    for pattern in _SHIPPED:
        for file in source.glob(pattern):
            shutil.copy(file, folder)
    return Project(folder, name, virtualenv=install(*extras))


def _planned(project: Project) -> list[str]:
    """Return the types of all that a preview would create, which is everything."""
    said = project.pulumi("preview", "--json").output
    steps = json.loads(said[said.index("{") :])["steps"]
    assert {step["op"] for step in steps} == {"create"}
    return [step["newState"]["type"] for step in steps]


def _remove_volumes(engine: docker.DockerClient, prefix: str) -> None:
    for volume in engine.volumes.list(filters={"name": prefix}):
        volume.remove()


@pytest.mark.parametrize("name", ["laptop", "own-app", "gitlab-runners", "gce-hosts"])
def test_an_example_is_short_and_complete(name: str) -> None:
    folder = _EXAMPLES / name
    assert len((folder / "__main__.py").read_text().splitlines()) <= _MOST_LINES
    assert (folder / "README.md").exists()
    described = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert described["name"] == name
    assert all(each["description"] for each in described["config"].values())


def test_laptop_shows_the_page_and_a_second_run_changes_nothing(
    tmp_path: Path, install: Install, engine: docker.DockerClient
) -> None:
    project = _example("laptop", tmp_path, install)
    services = {role: images.reference(role) for role in images.SERVICES}
    project.set("images", {**services, "database": _DATABASE})
    project.set("databaseKind", "ferretdb")
    project.set("port", 19720)
    project.set("frontSubnet", "10.232.20.0/24")
    project.set("backSubnet", "10.232.21.0/24")
    try:
        project.up()
        page = Page("http://127.0.0.1:19720")
        page.wait()
        assert page.submit("From an example")
        project.up("--expect-no-changes", "--refresh")
    finally:
        project.destroy()
        _remove_volumes(engine, "laptop-")


@pytest.fixture
def feed_images(engine: docker.DockerClient) -> Iterator[dict[str, str]]:
    """Stand-ins for the feed reader's public images."""
    base_image = (REPOSITORY / ".dockyard/base-image").read_text().strip()
    for tag, role in _FEED_IMAGES.values():
        arguments = {"BASE_IMAGE": base_image, "ROLE": role}
        engine.images.build(path=str(_FEEDS), tag=tag, buildargs=arguments, rm=True)
    yield {f"{role}Image": tag for role, (tag, _) in _FEED_IMAGES.items()}
    for tag, _ in _FEED_IMAGES.values():
        engine.images.remove(tag)


def test_an_application_of_ones_own_keeps_its_data_and_its_password(
    tmp_path: Path, install: Install, engine: docker.DockerClient, feed_images: dict[str, str]
) -> None:
    project = _example("own-app", tmp_path, install)
    for key, image in feed_images.items():
        project.set(key, image)
    project.set("port", 19721)
    project.set("frontSubnet", "10.232.22.0/24")
    project.set("backSubnet", "10.232.23.0/24")
    project.pulumi("config", "set", "--secret", "password", _PASSWORD)
    try:
        project.up()
        assert httpx2.get("http://127.0.0.1:19721/").text == "calls: 1"
        project.up("--expect-no-changes", "--refresh")
        networks = engine.containers.get("feeds-database").attrs["NetworkSettings"]["Networks"]
        assert list(networks) == ["feeds-back"]
        project.destroy()
        project.up()
        assert httpx2.get("http://127.0.0.1:19721/").text == "calls: 2"
        assert _PASSWORD not in "".join(project.said)
        assert _PASSWORD not in project.pulumi("stack", "export").output
    finally:
        project.destroy()
        _remove_volumes(engine, "feeds-")


def test_gitlab_and_three_runners_are_planned_without_a_way_to_their_host(
    tmp_path: Path, install: Install
) -> None:
    project = _example("gitlab-runners", tmp_path, install, "gitlab", "runners")
    address = "ssh://deploy@198.51.100.11"
    project.set("host", {"address": address, "host_keys": [HOST_KEY]})
    project.set("url", "http://198.51.100.11")
    planned = _planned(project)
    assert planned.count("docker:index/container:Container") == 1 + 3
    assert planned.count("gitlab:index/project:Project") == 1


def test_as_many_hosts_on_gce_are_planned_as_asked_for(tmp_path: Path, install: Install) -> None:
    project = _example("gce-hosts", tmp_path, install, "gcp")
    project.set("project", "my-project-42")
    project.set("sshPublicKey", PUBLIC_KEY)
    project.set("count", 5)
    planned = _planned(project)
    assert planned.count("gcp:compute/instance:Instance") == 5
    assert planned.count("docker:index/network:Network") == 5
