"""Pulling from a registry that wants a login."""

import contextlib
import io
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import ImageNotFound

from airgap.providers.docker.logins import Logins
from airgap.providers.docker.provider import DockerProvider
from tests.airgap_providers.conftest import IMAGE
from tests.airgap_providers.driver import Aborted, Driver
from tests.e2e import registry
from tests.e2e.registry import PASSWORD, USERNAME, LocalRegistry

REMOTE_IMAGE = "docker:index/remoteImage:RemoteImage"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRegistry]:
    """A registry that lets in one user."""
    with registry.running(tmp_path_factory.mktemp("registry")) as found:
        yield found


@pytest.fixture
def image(here: LocalRegistry, engine: docker.APIClient) -> Iterator[str]:
    """The reference, by digest, of an image in the registry, which the engine hasn't got."""
    name = f"{here.address}/dy-test/probe"
    # The engine keeps manifests: only an image that it never had is really asked for.
    recipe = io.BytesIO(f"FROM {IMAGE}\nLABEL unique={uuid.uuid4()}".encode())
    assert list(engine.build(fileobj=recipe, tag=f"{name}:1", rm=True))
    login = {"username": USERNAME, "password": PASSWORD}
    steps = list(engine.push(name, "1", stream=True, decode=True, auth_config=login))
    (digest,) = [step["aux"]["Digest"] for step in steps if "aux" in step]
    engine.remove_image(f"{name}:1")
    reference = f"{name}@{digest}"
    with pytest.raises(ImageNotFound):
        engine.inspect_image(reference)  # type: ignore[no-untyped-call]
    yield reference
    with contextlib.suppress(ImageNotFound):
        engine.remove_image(reference)


def find(engine: docker.APIClient, image: str) -> str:
    """Return the id of an image on the engine."""
    return str(engine.inspect_image(image)["Id"])  # type: ignore[no-untyped-call]


def logged_in(address: str, password: str = PASSWORD, **settings: object) -> Driver:
    """Return a provider with a login for a registry."""
    driver = Driver(DockerProvider())
    login = {"address": address, "username": USERNAME, "password": password}
    # The engine hands lists over as texts.
    driver.configure(registryAuth=json.dumps([login]), **settings)
    return driver


def test_an_image_is_pulled_with_the_login(
    here: LocalRegistry, image: str, engine: docker.APIClient
) -> None:
    resource_id, state = logged_in(here.address).create(REMOTE_IMAGE, {"name": image})
    assert find(engine, image) == state["imageId"]
    assert resource_id.endswith(image)


def test_an_image_is_pulled_with_the_login_by_a_host_far_away(
    here: LocalRegistry, image: str, ssh_log: Path
) -> None:
    driver = logged_in(here.address, host="ssh://deploy@far.example")
    assert driver.create(REMOTE_IMAGE, {"name": image})[1]["repoDigest"] == image
    assert "far.example" in ssh_log.read_text()


def refusal(driver: Driver, image: str) -> str:
    """Return why an image can't be pulled."""
    with pytest.raises(Aborted) as failed:
        driver.create(REMOTE_IMAGE, {"name": image})
    said = str(failed.value)
    assert "\n" not in said
    return said


def test_a_wrong_password_is_one_clear_error_without_it(here: LocalRegistry, image: str) -> None:
    said = refusal(logged_in(here.address, "wrong-password"), image)
    assert f"{here.address} was asked as '{USERNAME}'" in said
    assert "wrong-password" not in said


def test_nobody_elses_login_is_taken(
    here: LocalRegistry, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As with the real plugin, what `docker login` left is not for it.
    monkeypatch.setenv("DOCKER_CONFIG", str(here.docker_config()))
    driver = logged_in("other.example.com")
    assert f"{here.address} was asked without a login" in refusal(driver, image)


def test_a_login_for_another_registry_does_not_reach_this_one(
    here: LocalRegistry, image: str
) -> None:
    assert "was asked without a login" in refusal(logged_in(f"{here.address}0"), image)


@pytest.mark.parametrize(
    ("address", "image"),
    [
        ("registry.example.com:5050", "registry.example.com:5050/app/ui@sha256:abc"),
        ("https://registry.example.com", "registry.example.com/ui:1"),
        ("http://localhost/v2", "localhost/ui:1"),
        ("registry-1.docker.io", "mongo:8.0"),
        ("registry-1.docker.io", "you/ui:3.0"),
        ("gitlab", "gitlab/group/app:1"),
    ],
)
def test_a_login_is_found_by_what_a_reference_begins_with(address: str, image: str) -> None:
    logins = Logins([{"address": address, "username": "a", "password": "b"}])
    assert logins.of(image).username == "a"


@pytest.mark.parametrize("image", ["registry.example.com/ui:1", "mongo:8.0", "docker.io/you/ui:1"])
def test_no_other_login_is_found(image: str) -> None:
    logins = Logins([{"address": "registry.example.com:5050", "username": "a", "password": "b"}])
    assert logins.of(image).for_engine == {}


@pytest.mark.parametrize(
    ("login", "refused"),
    [
        ({"address": "a.example"}, {"registryAuth[0].username", "registryAuth[0].password"}),
        (
            {"address": "a.example", "username": "a", "password": "b", "configFile": "c"},
            {"registryAuth[0].configFile"},
        ),
    ],
)
def test_what_is_not_a_whole_login_is_refused(
    unconfigured: Driver, login: dict[str, Any], refused: set[str]
) -> None:
    assert set(unconfigured.check_config(registryAuth=json.dumps([login]))) == refused
