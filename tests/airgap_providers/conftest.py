"""Providers to drive, and a real Docker Engine that is left as it was found."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from airgap import golang
from airgap.layout import Layout
from airgap.providers.command.provider import CommandProvider
from airgap.providers.docker.provider import DockerProvider
from tests.airgap_providers.driver import Driver

PREFIX = "dy-test-"
IMAGE = f"{PREFIX}probe:1"
PROBE = Path(__file__).parent / "probe"


@pytest.fixture
def unconfigured() -> Driver:
    """The docker provider before it knows its host: enough for previews."""
    return Driver(DockerProvider())


@pytest.fixture
def command() -> Driver:
    """The command provider, configured."""
    driver = Driver(CommandProvider())
    driver.configure()
    return driver


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[docker.APIClient]:
    """A client of the Docker Engine, which has the probe's image."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    client = docker.APIClient(host, version="auto")
    _remove_leftovers(client)
    folder = tmp_path_factory.mktemp("probe")
    shutil.copy(PROBE / "Dockerfile", folder)
    golang.build(Layout(Path(__file__).parents[2]), PROBE, ".", folder / "probe")
    steps = client.build(path=str(folder), tag=IMAGE, decode=True, rm=True)
    assert not [step for step in steps if "error" in step]
    yield client
    _remove_leftovers(client)
    client.remove_image(IMAGE, force=True)
    client.close()


@pytest.fixture
def real(engine: docker.APIClient) -> Iterator[Driver]:
    """The docker provider on the real engine; whatever a test makes is removed."""
    driver = Driver(DockerProvider())
    driver.configure()
    yield driver
    _remove_leftovers(engine)


def _remove_leftovers(client: docker.APIClient) -> None:
    for container in client.containers(all=True, filters={"name": PREFIX}):
        client.remove_container(container["Id"], v=True, force=True)
    for network in client.networks(names=[PREFIX]):
        client.remove_network(network["Id"])
    for volume in client.volumes(filters={"name": PREFIX})["Volumes"] or []:
        client.remove_volume(volume["Name"], force=True)
