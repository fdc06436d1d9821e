"""The docker provider on a real Docker Engine."""

import base64
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import docker
import pytest

from airgap.providers.docker import table
from airgap.providers.docker.container_state import as_read
from tests.airgap_providers.conftest import IMAGE, PREFIX
from tests.airgap_providers.driver import Aborted, Driver

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
VOLUME = "docker:index/volume:Volume"
REMOTE_IMAGE = "docker:index/remoteImage:RemoteImage"

HEALTHCHECK = {"tests": ["CMD", "/probe", "check"], "interval": "200ms", "timeout": "2s"}
NAME = f"{PREFIX}web"


def container(**inputs: object) -> dict[str, Any]:
    """A container, on no network unless a test is about one: it starts in half the time."""
    connected = {} if "networksAdvanced" in inputs else {"networkMode": "none"}
    return {"name": NAME, "image": IMAGE, **connected, **inputs}


def no_change_at_all(
    driver: Driver, token: str, resource_id: str, state: dict[str, Any], inputs: dict[str, Any]
) -> None:
    """Neither the next run nor one after a refresh finds anything to do."""
    assert not driver.diff(token, state, inputs).kinds
    checked = driver.check(token, inputs, state).inputs
    found, refreshed, refreshed_inputs = driver.read(token, resource_id, state, checked)
    assert found == resource_id
    assert refreshed_inputs == checked
    assert refreshed == state
    assert not driver.diff(token, refreshed, inputs).kinds


@pytest.fixture
def network(real: Driver) -> tuple[str, dict[str, Any]]:
    """A network with a subnet of its own."""
    return real.create(
        NETWORK, {"name": f"{PREFIX}net", "ipamConfigs": [{"subnet": "10.213.1.0/24"}]}
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port of this machine that something listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_a_network_is_created_as_asked_and_then_left_alone(
    real: Driver, engine: docker.APIClient
) -> None:
    inputs = {
        "name": f"{PREFIX}net",
        "internal": True,
        "labels": [{"label": "b", "value": "2"}, {"label": "a", "value": "1"}],
        "options": {"com.docker.network.driver.mtu": "1400"},
        "ipamConfigs": [
            {"subnet": "10.213.1.0/24", "gateway": "10.213.1.7", "ipRange": "10.213.1.128/25"}
        ],
    }
    network_id, state = real.create(NETWORK, inputs)
    found = engine.inspect_network(network_id)
    assert found["Internal"]
    assert found["Labels"] == {"a": "1", "b": "2"}
    assert found["IPAM"]["Config"] == [
        {"Subnet": "10.213.1.0/24", "IPRange": "10.213.1.128/25", "Gateway": "10.213.1.7"}
    ]
    assert (state["driver"], state["scope"]) == ("bridge", "local")
    no_change_at_all(real, NETWORK, network_id, state, inputs)


def test_a_second_network_of_a_name_is_refused(
    real: Driver, network: tuple[str, dict[str, Any]], engine: docker.APIClient
) -> None:
    with pytest.raises(Aborted) as failed:
        real.create(NETWORK, {"name": f"{PREFIX}net"})
    message = str(failed.value)
    assert f"name is '{PREFIX}net', which the network {network[0][:12]}" in message
    assert f"docker network rm {PREFIX}net" in message
    assert len(engine.networks(names=[f"{PREFIX}net"])) == 1


def test_a_longer_name_is_no_conflict(real: Driver, network: tuple[str, dict[str, Any]]) -> None:
    assert network
    real.create(NETWORK, {"name": f"{PREFIX}ne"})


def test_an_overlapping_subnet_names_the_other_network(
    real: Driver, network: tuple[str, dict[str, Any]]
) -> None:
    assert network
    with pytest.raises(Aborted, match=rf"overlaps with {PREFIX}net \(10\.213\.1\.0/24\)"):
        real.create(
            NETWORK, {"name": f"{PREFIX}two", "ipamConfigs": [{"subnet": "10.213.1.128/25"}]}
        )


def test_a_volume_is_created_and_left_alone(real: Driver) -> None:
    inputs = {"name": f"{PREFIX}data", "labels": [{"label": "a", "value": "1"}]}
    volume_id, state = real.create(VOLUME, inputs)
    assert volume_id == f"{PREFIX}data"
    assert state["mountpoint"]
    no_change_at_all(real, VOLUME, volume_id, state, inputs)


def test_an_image_is_found_by_tag_and_by_id_and_kept_on_demand(
    real: Driver, engine: docker.APIClient
) -> None:
    inputs = {"name": IMAGE, "keepLocally": True}
    image_id, state = real.create(REMOTE_IMAGE, inputs)
    assert state["imageId"] == engine.images(name=IMAGE, quiet=True)[0]
    assert image_id == state["imageId"] + IMAGE
    no_change_at_all(real, REMOTE_IMAGE, image_id, state, inputs)
    real.create(REMOTE_IMAGE, {"name": state["imageId"], "keepLocally": True})
    real.delete(REMOTE_IMAGE, image_id, state)
    assert engine.images(name=IMAGE)


def test_an_image_is_removed_unless_kept(real: Driver, engine: docker.APIClient) -> None:
    name = f"{PREFIX}copy:1"
    engine.tag(IMAGE, f"{PREFIX}copy", "1")
    image_id, state = real.create(REMOTE_IMAGE, {"name": name})
    real.delete(REMOTE_IMAGE, image_id, state)
    assert engine.images(name=f"{PREFIX}copy") == []
    assert real.read(REMOTE_IMAGE, image_id, state, {"name": name})[0] == ""
    real.delete(REMOTE_IMAGE, image_id, state)


@pytest.mark.parametrize("name", ["127.0.0.1:1/none:1", "sha256:" + "0" * 64])
def test_an_image_that_is_nowhere_is_one_clear_error(real: Driver, name: str) -> None:
    for token, inputs in ((REMOTE_IMAGE, {"name": name}), (CONTAINER, container(image=name))):
        with pytest.raises(Aborted) as failed:
            real.create(token, inputs)
        message = str(failed.value)
        assert f"the image '{name}' is not on the Docker Engine" in message
        assert "can't be pulled" in message
        assert "\n" not in message
        assert failed.value.left_behind is None


def test_a_container_with_everything_is_created_as_asked_and_then_left_alone(
    real: Driver, engine: docker.APIClient, network: tuple[str, dict[str, Any]], free_port: int
) -> None:
    real.create(NETWORK, {"name": f"{PREFIX}front", "ipamConfigs": [{"subnet": "10.213.2.0/24"}]})
    real.create(VOLUME, {"name": f"{PREFIX}data"})
    inputs = container(
        command=["serve"],
        envs=["GREETING=hello", "EMPTY="],
        labels=[{"label": "b", "value": "2"}, {"label": "a", "value": "1"}],
        networksAdvanced=[
            {"name": network[0], "aliases": ["alias", "another"]},
            {"name": f"{PREFIX}front", "ipv4Address": "10.213.2.20"},
        ],
        ports=[
            {"internal": 8080, "external": free_port, "ip": "127.0.0.1"},
            {"internal": 8081},
        ],
        volumes=[{"volumeName": f"{PREFIX}data", "containerPath": "/data", "readOnly": True}],
        mounts=[
            {"type": "tmpfs", "target": "/scratch", "tmpfsOptions": {"sizeBytes": 1048576}},
            {"type": "volume", "target": "/more", "source": f"{PREFIX}data"},
        ],
        tmpfs={"/tmp": "size=1m"},  # noqa: S108 (a path in the container)
        uploads=[
            {"file": "/etc/deep/text", "content": "words", "permissions": "0600"},
            {"file": "/bin/tool", "contentBase64": "AAEC", "executable": True},
        ],
        healthcheck={**HEALTHCHECK, "retries": 3, "startPeriod": "1m0s"},
        memory=64,
        memorySwap=128,
        memoryReservation=32,
        cpus="0.5",
        cpuShares=512,
        shmSize=64,
        capabilities={"drops": ["ALL"], "adds": ["CAP_NET_BIND_SERVICE"]},
        securityOpts=["no-new-privileges:true"],
        restart="on-failure",
        maxRetryCount=3,
        init=True,
        user="0:0",
        groupAdds=["100"],
        logDriver="json-file",
        logOpts={"max-size": "1m", "max-file": "2"},
        ulimits=[{"name": "nofile", "soft": 1024, "hard": 2048}],
        sysctls={"net.core.somaxconn": "256"},
        stopSignal="SIGTERM",
        stopTimeout=5,
        hostname="web",
        workingDir="/etc",
        hosts=[{"host": "other", "ip": "10.213.2.9"}],
        dns=["10.213.2.1"],
        wait=True,
    )
    container_id, state = real.create(CONTAINER, inputs)
    found = engine.inspect_container(container_id)
    assert found["State"]["Health"]["Status"] == "healthy"
    assert set(found["NetworkSettings"]["Networks"]) == {f"{PREFIX}net", f"{PREFIX}front"}
    ours = found["NetworkSettings"]["Networks"][f"{PREFIX}net"]
    assert {"alias", "another"} <= set(ours["Aliases"])
    assert [data["networkName"] for data in state["networkDatas"]] == [
        f"{PREFIX}front",
        f"{PREFIX}net",
    ]
    assert state["networkDatas"][0]["ipAddress"] == "10.213.2.20"
    assert found["HostConfig"]["NanoCpus"] == 500_000_000
    run = engine.exec_create(container_id, ["/probe", "cat", "/etc/deep/text"])
    assert engine.exec_start(run["Id"]) == b"words"
    stream, entry = engine.get_archive(container_id, "/bin/tool")
    assert entry["mode"] & 0o777 == 0o744
    stream.close()
    no_change_at_all(real, CONTAINER, container_id, state, inputs)


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("healthcheck", {"healthcheck": {**HEALTHCHECK, "startPeriod": "60s"}}),
        ("memorySwap", {"memory": 64}),
        ("capabilities", {"capabilities": {"drops": ["CHOWN"]}}),
    ],
)
def test_what_is_not_canonical_differs_as_with_the_real_plugin(
    real: Driver, name: str, inputs: dict[str, Any]
) -> None:
    _, state = real.create(CONTAINER, container(**inputs))
    assert list(real.diff(CONTAINER, state, container(**inputs)).kinds) == [name]


def test_a_refresh_reads_back_exactly_what_the_table_says(
    real: Driver, engine: docker.APIClient
) -> None:
    container_id, state = real.create(CONTAINER, container())
    read = as_read(engine.inspect_container(container_id), state)
    listed = {name for name, field in table.CONTAINER.inputs.items() if field.read}
    # Neither is an input of the program's: one steers, the other is an output.
    assert set(read) - {"mustRun"} - set(table.CONTAINER.outputs) == listed


@pytest.mark.parametrize("token", [NETWORK, VOLUME, CONTAINER])
def test_what_was_removed_by_hand_leaves_the_state(real: Driver, token: str) -> None:
    inputs = container() if token == CONTAINER else {"name": NAME}
    resource_id, state = real.create(token, inputs)
    real.delete(token, resource_id, state)
    assert real.read(token, resource_id, state, inputs)[0] == ""
    real.delete(token, resource_id, state)
    assert real.create(token, inputs)[0]


def test_a_container_stopped_by_hand_is_started_by_an_update(
    real: Driver, engine: docker.APIClient, network: tuple[str, dict[str, Any]], free_port: int
) -> None:
    inputs = container(
        networksAdvanced=[{"name": network[0]}],
        ports=[{"internal": 8080, "external": free_port}],
    )
    container_id, state = real.create(CONTAINER, inputs)
    engine.kill(container_id)
    _, state, _ = real.read(CONTAINER, container_id, state, inputs)
    assert real.diff(CONTAINER, state, inputs).kinds == {"mustRun": "UPDATE"}
    state = real.update(CONTAINER, container_id, state, inputs)
    assert engine.inspect_container(container_id)["State"]["Running"]
    no_change_at_all(real, CONTAINER, container_id, {**state}, inputs)


def test_limits_and_restart_change_in_place(real: Driver, engine: docker.APIClient) -> None:
    container_id, state = real.create(CONTAINER, container(memory=64, memorySwap=128))
    inputs = container(memory=128, memorySwap=256, restart="always", cpuShares=256)
    state = real.update(CONTAINER, container_id, state, inputs)
    host = engine.inspect_container(container_id)["HostConfig"]
    assert (host["Memory"], host["MemorySwap"]) == (128 << 20, 256 << 20)
    assert (host["RestartPolicy"]["Name"], host["CpuShares"]) == ("always", 256)
    no_change_at_all(real, CONTAINER, container_id, state, inputs)


def test_a_health_check_is_shown_as_updated_and_not_applied(
    real: Driver, engine: docker.APIClient
) -> None:
    container_id, state = real.create(CONTAINER, container(healthcheck=HEALTHCHECK))
    inputs = container(healthcheck={**HEALTHCHECK, "interval": "2s"})
    state = real.update(CONTAINER, container_id, state, inputs)
    assert not real.diff(CONTAINER, state, inputs).kinds
    found = engine.inspect_container(container_id)["Config"]["Healthcheck"]
    assert found["Interval"] == 200_000_000
    _, state, _ = real.read(CONTAINER, container_id, state, inputs)
    assert list(real.diff(CONTAINER, state, inputs).kinds) == ["healthcheck"]


def test_a_taken_port_leaves_a_container_that_the_next_run_repairs(
    real: Driver, engine: docker.APIClient, network: tuple[str, dict[str, Any]], taken_port: int
) -> None:
    inputs = container(
        ports=[{"internal": 8080, "external": taken_port, "ip": "127.0.0.1"}],
        networksAdvanced=[{"name": network[0], "aliases": ["alias"]}],
        uploads=[{"file": "/etc/text", "content": "words"}],
    )
    with pytest.raises(Aborted) as failed:
        real.create(CONTAINER, inputs)
    message = str(failed.value)
    assert f"container {NAME} was created, but not set up" in message
    assert str(taken_port) in message
    assert "free that port" in message
    left = failed.value.left_behind
    assert left is not None
    assert list(left.reasons) == [message]
    assert engine.inspect_container(left.id)["State"]["Running"] is False


def test_an_update_repairs_a_creation_that_failed_half_way(
    real: Driver, engine: docker.APIClient
) -> None:
    inputs = container(
        networksAdvanced=[{"name": f"{PREFIX}late", "aliases": ["alias"]}],
        uploads=[{"file": "/etc/text", "content": "words"}],
    )
    with pytest.raises(Aborted, match=f"{PREFIX}late") as failed:
        real.create(CONTAINER, inputs)
    left = failed.value.left_behind
    assert left is not None
    real.create(NETWORK, {"name": f"{PREFIX}late"})
    checked = real.check(CONTAINER, inputs).inputs
    state = real.update(CONTAINER, left.id, checked, inputs)
    found = engine.inspect_container(left.id)
    assert found["State"]["Running"]
    assert list(found["NetworkSettings"]["Networks"]) == [f"{PREFIX}late"]
    run = engine.exec_create(left.id, ["/probe", "cat", "/etc/text"])
    assert engine.exec_start(run["Id"]) == b"words"
    assert not real.diff(CONTAINER, state, inputs).kinds


def test_an_update_finishes_a_container_that_was_only_just_created(
    real: Driver, engine: docker.APIClient, network: tuple[str, dict[str, Any]]
) -> None:
    inputs = container(
        networksAdvanced=[{"name": network[0], "aliases": ["alias"]}],
        uploads=[{"file": "/etc/text", "content": "words"}],
    )
    left = engine.create_container(IMAGE, name=NAME)["Id"]
    real.update(CONTAINER, left, real.check(CONTAINER, inputs).inputs, inputs)
    found = engine.inspect_container(left)
    assert found["State"]["Running"]
    assert list(found["NetworkSettings"]["Networks"]) == [f"{PREFIX}net"]
    assert "alias" in found["NetworkSettings"]["Networks"][f"{PREFIX}net"]["Aliases"]
    run = engine.exec_create(left, ["/probe", "cat", "/etc/text"])
    assert engine.exec_start(run["Id"]) == b"words"


def test_a_container_that_stays_unhealthy_is_reported_with_its_check_and_its_log(
    real: Driver,
) -> None:
    inputs = container(
        command=["sleep"],
        envs=["PASSWORD=hunter2hunter2"],
        healthcheck=HEALTHCHECK,
        wait=True,
        waitTimeout=2,
    )
    with pytest.raises(Aborted) as failed:
        real.create(CONTAINER, inputs)
    message = str(failed.value)
    assert f"container {NAME} did not become healthy within 2 s (waitTimeout)" in message
    assert "connection refused" in message
    assert "sleeping with [env PASSWORD]" in message
    assert "hunter2" not in message
    left = failed.value.left_behind
    assert left is not None
    assert left.properties.fields["image"].string_value == IMAGE
    with pytest.raises(Aborted, match="did not become healthy"):
        real.update(CONTAINER, left.id, real.check(CONTAINER, inputs).inputs, inputs)


@pytest.mark.parametrize("waits", [False, True])
def test_a_container_that_ends_at_once_is_reported_with_its_exit_code(
    real: Driver,
    waits: bool,  # noqa: FBT001
) -> None:
    inputs = container(
        command=["fail"],
        envs=["PASSWORD=hunter2hunter2"],
        healthcheck=HEALTHCHECK,
        wait=waits,
    )
    started = time.monotonic()
    with pytest.raises(Aborted) as failed:
        real.create(CONTAINER, inputs)
    message = str(failed.value)
    assert "exit code 3" in message
    assert "can't go on with [env PASSWORD]" in message
    assert failed.value.left_behind is not None
    assert time.monotonic() - started < 10


def test_waiting_for_a_container_without_a_health_check_is_an_error(real: Driver) -> None:
    with pytest.raises(Aborted, match="has no health check, and wait is true"):
        real.create(CONTAINER, container(wait=True))


def test_a_cancelled_run_stops_waiting(real: Driver) -> None:
    inputs = container(healthcheck=HEALTHCHECK, wait=True, waitTimeout=60)
    timer = threading.Timer(1, real.cancel)
    timer.start()
    started = time.monotonic()
    with pytest.raises(Aborted, match="when the run was cancelled") as failed:
        real.create(CONTAINER, inputs)
    assert failed.value.left_behind is not None
    assert time.monotonic() - started < 10


def test_a_taken_name_says_who_has_it_and_how_to_go_on(
    real: Driver, engine: docker.APIClient
) -> None:
    labels = [{"label": "owner", "value": "me"}]
    container_id, _ = real.create(CONTAINER, container(labels=labels))
    with pytest.raises(Aborted) as failed:
        real.create(CONTAINER, container())
    message = str(failed.value)
    assert f"name is '{NAME}', which the container {container_id[:12]} (labels: owner=me" in message
    assert f"docker rm -f {NAME}" in message
    assert failed.value.left_behind is None
    assert engine.inspect_container(container_id)["State"]["Running"]


def test_no_error_of_the_engine_shows_an_environment(real: Driver) -> None:
    # The engine quotes a bad entry in full.
    with pytest.raises(Aborted) as failed:
        real.create(CONTAINER, container(envs=["=hunter2hunter2"]))
    assert "can't create the container" in str(failed.value)
    assert "hunter2" not in str(failed.value)


def test_the_longer_of_two_hidden_texts_is_hidden_whole(real: Driver) -> None:
    envs = ["SHORT=hunter2", "PASSWORD=hunter2hunter2more"]
    with pytest.raises(Aborted, match=r"can't go on with \[env PASSWORD\]\n?"):
        real.create(CONTAINER, container(command=["fail"], envs=envs))


def test_an_upload_never_shows_in_an_error(real: Driver) -> None:
    secret = "hunter2hunter2"  # noqa: S105
    inputs = container(
        command=["no-such-command-" + secret],
        uploads=[
            {"file": "/a", "contentBase64": base64.b64encode(secret.encode()).decode()},
        ],
    )
    with pytest.raises(Aborted) as failed:
        real.create(CONTAINER, inputs)
    assert "no such command: no-such-command-[upload /a]" in str(failed.value)


def test_a_container_that_need_not_start_is_only_created(
    real: Driver, engine: docker.APIClient
) -> None:
    inputs = container(start=False, networkMode="bridge")
    container_id, state = real.create(CONTAINER, inputs)
    found = engine.inspect_container(container_id)
    assert found["State"]["Status"] == "created"
    assert list(found["NetworkSettings"]["Networks"]) == ["bridge"]
    no_change_at_all(real, CONTAINER, container_id, state, inputs)


def test_updating_a_container_that_is_gone_says_what_to_do(real: Driver) -> None:
    container_id, state = real.create(CONTAINER, container())
    real.delete(CONTAINER, container_id, state)
    with pytest.raises(Aborted, match="removed outside of Pulumi; run again with --refresh"):
        real.update(CONTAINER, container_id, state, container(memory=64))


def test_a_network_is_removed_once_its_last_container_is_gone(
    real: Driver, network: tuple[str, dict[str, Any]]
) -> None:
    container_id, state = real.create(CONTAINER, container(networksAdvanced=[{"name": network[0]}]))
    timer = threading.Timer(0.5, real.delete, (CONTAINER, container_id, state))
    timer.start()
    real.delete(NETWORK, *network)
    timer.join()
    assert real.read(NETWORK, *network, {})[0] == ""


def test_many_at_once_do_not_disturb_each_other(real: Driver) -> None:
    results: list[str] = []

    def create(number: int) -> None:
        name = f"{PREFIX}many-{number}"
        resource_id, state = real.create(CONTAINER, container(name=name))
        assert state["name"] == name
        results.append(resource_id)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 8
