"""Services of the docker provider on a real Swarm of one engine."""

import time
from collections.abc import Iterator
from typing import Any

import docker
import pytest
from pulumi_docker import _inputs as sdk_inputs
from pulumi_docker import service as sdk_service

from airgap.providers._values import Properties
from airgap.providers.docker.provider import DockerProvider
from airgap.providers.docker.service_table import SERVICE as TABLE
from tests.airgap_providers import sdk_table
from tests.airgap_providers.conftest import IMAGE, PREFIX
from tests.airgap_providers.driver import Aborted, Driver
from tests.airgap_providers.test_docker_real import no_change_at_all
from tests.e2e.private_engine import PrivateEngine

SERVICE = "docker:index/service:Service"
NETWORK = "docker:index/network:Network"
NAME = f"{PREFIX}web"
HEALTHY = ["CMD", "/probe", "check"]
NEVER = ["CMD", "/nothing"]


@pytest.fixture(scope="module")
def swarm(
    engine: docker.APIClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrivateEngine]:
    """An engine that is a Swarm of its own."""
    assert engine
    with PrivateEngine(tmp_path_factory.mktemp("swarm") / "engine") as private:
        private.load([IMAGE])
        client = private.client
        client.swarm.init(advertise_addr="127.0.0.1", listen_addr="127.0.0.1:2377")
        client.close()
        yield private


@pytest.fixture
def driver(swarm: PrivateEngine) -> Iterator[Driver]:
    """The provider on that engine; services of a test are removed."""
    made = Driver(DockerProvider())
    made.configure(host=swarm.endpoint)
    yield made
    client = swarm.client
    for service in client.services.list():
        service.remove()  # type: ignore[no-untyped-call]
    client.close()


def service(test: list[str] = HEALTHY, **changes: Any) -> dict[str, Any]:
    """A service of two replicas that is awaited, and goes back if it fails."""
    strategy = {"order": "start-first", "monitor": "1s", "failureAction": "rollback"}
    container = {
        "image": IMAGE,
        "args": ["serve"],
        "env": {"A": "1", "SECRET": "a-word-to-hide"},
        "readOnly": True,
        "capDrops": ["ALL"],
        "stopGracePeriod": "1s",
        "mounts": [
            {"type": "tmpfs", "target": "/x", "tmpfsOptions": {"sizeBytes": 1 << 20, "mode": 511}}
        ],
        "healthcheck": {"tests": test, "interval": "1s", "timeout": "5s", "retries": 2},
    }
    return {
        "name": NAME,
        "labels": [{"label": "a", "value": "1"}],
        "taskSpec": {
            "containerSpec": {**container, **changes.pop("container", {})},
            "resources": {"limits": {"memoryBytes": 64 << 20, "nanoCpus": 500_000_000}},
            "restartPolicy": {
                "condition": "any",
                "delay": "1m",
                "maxAttempts": 0,
                "window": "0s",
            },
            "placement": {"maxReplicas": 0},
            "logDriver": {"name": "json-file", "options": {"max-size": "1m"}},
        },
        "mode": {"replicated": {"replicas": 2}},
        "updateConfig": strategy,
        "rollbackConfig": {**strategy, "failureAction": "pause"},
        "endpointSpec": {"mode": "dnsrr"},
        "convergeConfig": {"timeout": "2m"},
        **changes,
    }


def _running(swarm: PrivateEngine) -> list[dict[str, Any]]:
    client = swarm.client
    found = client.api.tasks({"desired-state": "running"})  # type: ignore[no-untyped-call]
    client.close()
    return [task for task in found if task["Status"]["State"] == "running"]


def test_a_service_is_there_once_its_replicas_are_healthy_and_then_left_alone(
    driver: Driver, swarm: PrivateEngine
) -> None:
    inputs = service()
    resource_id, state = driver.create(SERVICE, inputs)
    assert len(_running(swarm)) == 2
    no_change_at_all(driver, SERVICE, resource_id, state, inputs)
    driver.delete(SERVICE, resource_id, state)
    assert _running(swarm) == []
    assert driver.read(SERVICE, resource_id, state, inputs)[0] == ""
    # A second time is fine.
    driver.delete(SERVICE, resource_id, state)


def test_a_change_is_a_rolling_update_and_another_number_starts_only_what_is_missing(
    driver: Driver, swarm: PrivateEngine
) -> None:
    resource_id, state = driver.create(SERVICE, service())
    before = {task["ID"] for task in _running(swarm)}
    more = service(mode={"replicated": {"replicas": 3}})
    assert driver.diff(SERVICE, state, more).replaces == []
    state = driver.update(SERVICE, resource_id, state, more)
    assert before < {task["ID"] for task in _running(swarm)}
    changed = service(container={"env": {"A": "2"}}, mode={"replicated": {"replicas": 3}})
    assert driver.diff(SERVICE, state, changed).kinds == {"taskSpec": "UPDATE"}
    state = driver.update(SERVICE, resource_id, state, changed)
    tasks = _running(swarm)
    assert len(tasks) == 3
    assert {task["Spec"]["ContainerSpec"]["Env"][0] for task in tasks} == {"A=2"}
    no_change_at_all(driver, SERVICE, resource_id, state, changed)


def test_an_update_that_never_gets_healthy_goes_back_and_the_state_says_so(
    driver: Driver, swarm: PrivateEngine
) -> None:
    good = service()
    resource_id, state = driver.create(SERVICE, good)
    before = {task["ID"] for task in _running(swarm)}
    with pytest.raises(Aborted) as failed:
        driver.update(SERVICE, resource_id, state, service(NEVER))
    message = str(failed.value)
    assert f"the service {NAME} was not updated: it ended as rollback_completed" in message
    assert "a-word-to-hide" not in message
    assert before & {task["ID"] for task in _running(swarm)}
    assert failed.value.left_behind
    left: Properties = driver.read(SERVICE, resource_id, state, good)[1]
    assert left["taskSpec"]["containerSpec"]["healthcheck"]["tests"] == HEALTHY


def test_a_service_that_never_gets_healthy_is_removed_again(
    driver: Driver, swarm: PrivateEngine
) -> None:
    with pytest.raises(Aborted) as failed:
        driver.create(SERVICE, service(NEVER, convergeConfig={"timeout": "8s"}))
    assert "has 0 of 2 replicas after 8s (convergeConfig.timeout)" in str(failed.value)
    assert "it was removed again" in str(failed.value)
    assert failed.value.left_behind is None
    client = swarm.client
    assert client.services.list() == []
    client.close()


def test_a_name_that_is_taken_names_the_other_service(driver: Driver) -> None:
    driver.create(SERVICE, service())
    with pytest.raises(Aborted, match=f"name is '{NAME}', which the service .* already has"):
        driver.create(SERVICE, service())


def test_an_overlay_network_reads_back_what_the_engine_adds_as_the_real_plugin_does(
    driver: Driver,
) -> None:
    inputs = {
        "name": f"{PREFIX}overlay",
        "driver": "overlay",
        "options": {"com.docker.network.driver.mtu": "1400"},
        "ipamConfigs": [{"subnet": "10.231.9.0/24", "gateway": "10.231.9.1"}],
    }
    resource_id, state = driver.create(NETWORK, inputs)
    try:
        assert state["scope"] == "swarm"
        deadline = time.monotonic() + 10
        # The Swarm hands out what it adds a moment later.
        while not state["options"]:
            assert time.monotonic() < deadline
            _, state, _ = driver.read(NETWORK, resource_id, state, inputs)
        assert set(state["options"]) > set(inputs["options"])
        assert driver.diff(NETWORK, state, inputs).replaces == ["options"]
        assert not driver.diff(NETWORK, state, inputs, ignored=("options",)).kinds
    finally:
        driver.delete(NETWORK, resource_id, state)


def test_the_routing_mesh_and_virtual_addresses_are_refused(unconfigured: Driver) -> None:
    port = {"targetPort": 80, "publishedPort": 80, "publishMode": "ingress"}
    refused = unconfigured.check(
        SERVICE, service(endpointSpec={"mode": "vip", "ports": [port]})
    ).refused
    assert set(refused) == {"endpointSpec.mode", "endpointSpec.ports[0].publishMode"}


def test_the_name_replaces_and_the_kind_of_mode_and_nothing_else(unconfigured: Driver) -> None:
    state = unconfigured.check(SERVICE, service()).inputs
    assert unconfigured.diff(SERVICE, state, service(name="other")).replaces == ["name"]
    changed = service(
        container={"env": {}},
        labels=[],
        mode={"replicated": {"replicas": 9}},
        updateConfig={"order": "stop-first"},
    )
    differs = unconfigured.diff(SERVICE, state, changed)
    assert differs.replaces == []
    assert set(differs.kinds) == {"labels", "mode", "taskSpec", "updateConfig"}


def test_the_table_is_the_sdks() -> None:
    class Module:
        """The classes of the SDK, those of arguments included."""

    vars_of = {**vars(sdk_inputs), **vars(sdk_service)}
    for name, found in vars_of.items():
        setattr(Module, name, found)
    entries = list(sdk_table.entries(Module, "Service", TABLE.inputs, "service"))
    assert len(entries) > 50
    assert [each.path for each in entries if not sdk_table.is_of_its_type(each)] == []
    required = [each.path for each in entries if not sdk_table.is_required_where_it_must_be(each)]
    assert required == []
