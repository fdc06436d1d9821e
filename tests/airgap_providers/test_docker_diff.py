"""What each input's change does: the table, row by row, and the engine's answer to it."""

from typing import Any

import pytest

from airgap.providers._values import UNKNOWN
from airgap.providers.docker import table
from tests.airgap_providers.driver import Driver

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
VOLUME = "docker:index/volume:Volume"
IMAGE = "docker:index/remoteImage:RemoteImage"

# Each input with two values that differ.
REPLACING: dict[str, tuple[Any, Any]] = {
    "name": ("a", "b"),
    "image": ("a:1", "a:2"),
    "command": (["a", "b"], ["b", "a"]),
    "entrypoints": (["a"], ["b"]),
    "envs": (["A=1"], ["A=2"]),
    "labels": ([{"label": "a", "value": "1"}], [{"label": "a", "value": "2"}]),
    "ports": ([{"internal": 80, "external": 8080}], [{"internal": 80, "external": 8081}]),
    "networksAdvanced": ([{"name": "a", "aliases": ["x"]}], [{"name": "a", "aliases": ["y"]}]),
    "networkMode": ("bridge", "host"),
    "volumes": (
        [{"volumeName": "a", "containerPath": "/a"}],
        [{"volumeName": "a", "containerPath": "/a", "readOnly": True}],
    ),
    "mounts": ([{"type": "tmpfs", "target": "/a"}], [{"type": "tmpfs", "target": "/b"}]),
    "uploads": ([{"file": "/a", "content": "1"}], [{"file": "/a", "content": "2"}]),
    "capabilities": ({"drops": ["ALL"]}, {"drops": ["CAP_CHOWN"]}),
    "securityOpts": (["no-new-privileges:true"], ["seccomp=unconfined"]),
    "ulimits": (
        [{"name": "nofile", "soft": 1, "hard": 2}],
        [{"name": "nofile", "soft": 2, "hard": 2}],
    ),
    "sysctls": ({"net.core.somaxconn": "1"}, {"net.core.somaxconn": "2"}),
    "hosts": ([{"host": "a", "ip": "10.0.0.1"}], [{"host": "a", "ip": "10.0.0.2"}]),
    "dns": (["10.0.0.1"], ["10.0.0.2"]),
    "groupAdds": (["1"], ["2"]),
    "logOpts": ({"max-size": "1m"}, {"max-size": "2m"}),
    "logDriver": ("json-file", "none"),
    "user": ("1", "2"),
    "hostname": ("a", "b"),
    "workingDir": ("/a", "/b"),
    "ipcMode": ("private", "shareable"),
    "pidMode": ("host", "container:x"),
    "stopSignal": ("SIGTERM", "SIGINT"),
    "stopTimeout": (1, 2),
    "shmSize": (64, 128),
    "cpus": ("0.5", "1.5"),
    "readOnly": (False, True),
    "privileged": (False, True),
    "tty": (False, True),
    "stdinOpen": (False, True),
}
UPDATING: dict[str, tuple[Any, Any]] = {
    "restart": ("no", "always"),
    "maxRetryCount": (1, 2),
    "memory": (64, 128),
    "memorySwap": (128, 256),
    "memoryReservation": (16, 32),
    "cpuShares": (512, 1024),
    "mustRun": (False, True),
    # Shown as an update and, as by the real plugin, not applied.
    "healthcheck": ({"tests": ["CMD", "a"]}, {"tests": ["CMD", "b"]}),
    "init": (False, True),
    "tmpfs": ({"/a": ""}, {"/b": ""}),
    # Only remembered.
    "destroyGraceSeconds": (1, 2),
    "removeVolumes": (True, False),
    "start": (True, False),
    "wait": (False, True),
    "waitTimeout": (1, 2),
    "containerReadRefreshTimeoutMilliseconds": (15000, 1),
}
# In any order, in another notation, or with a default spelt out: the same to the real plugin.
EQUAL: dict[str, tuple[Any, Any]] = {
    "envs": (["A=1", "B=2"], ["B=2", "A=1"]),
    "labels": (
        [{"label": "a", "value": "1"}, {"label": "b", "value": "2"}],
        [{"label": "b", "value": "2"}, {"label": "a", "value": "1"}],
    ),
    "ports": (
        [
            {"internal": 80, "external": 8080, "ip": "0.0.0.0", "protocol": "tcp"},  # noqa: S104
            {"internal": 90, "external": 49153, "ip": "0.0.0.0", "protocol": "tcp"},  # noqa: S104
        ],
        [{"internal": 90}, {"internal": 80, "external": 8080}],
    ),
    "networksAdvanced": (
        [{"name": "a", "aliases": ["x", "y"]}, {"name": "b"}],
        [{"name": "b", "aliases": []}, {"name": "a", "aliases": ["y", "x"]}],
    ),
    "mounts": (
        [{"type": "volume", "source": "v", "target": "/v"}],
        [{"type": "volume", "source": "v", "target": "/v", "readOnly": False}],
    ),
    "capabilities": ({"adds": ["CAP_CHOWN"], "drops": ["ALL"]},) * 2,
    "dns": ([], None),
    "privileged": (False, None),
    "memory": (0, None),
    "maxRetryCount": (0, None),
}
# Absent from the program, these may have any value: the engine or the image decides.
COMPUTED = {
    "command": ["a"],
    "entrypoints": ["a"],
    "envs": ["A=1"],
    "labels": [{"label": "a", "value": "1"}],
    "hostname": "a",
    "healthcheck": {"tests": ["CMD", "a"]},
    "init": True,
    "ipcMode": "private",
    "logDriver": "json-file",
    "logOpts": {"max-size": "1m"},
    "securityOpts": ["a"],
    "shmSize": 64,
    "stopSignal": "SIGTERM",
    "stopTimeout": 3,
    "user": "app",
    "workingDir": "/app",
}


def container(**inputs: object) -> dict[str, object]:
    given = {"name": "web", "image": "probe:1", **inputs}
    return {name: value for name, value in given.items() if value is not None}


@pytest.fixture
def state(unconfigured: Driver) -> Any:
    """The state after a creation that reads nothing back."""
    return lambda token, inputs: unconfigured.check(token, inputs).inputs


@pytest.mark.parametrize("name", REPLACING)
def test_changing_it_replaces_the_container(unconfigured: Driver, state: Any, name: str) -> None:
    old, new = REPLACING[name]
    found = unconfigured.diff(
        CONTAINER, state(CONTAINER, container(**{name: old})), container(**{name: new})
    )
    assert found.kinds == {name: "UPDATE_REPLACE"}
    assert found.replaces == [name]
    assert found.delete_before_replace


@pytest.mark.parametrize("name", UPDATING)
def test_changing_it_updates_the_container(unconfigured: Driver, state: Any, name: str) -> None:
    old, new = UPDATING[name]
    found = unconfigured.diff(
        CONTAINER, state(CONTAINER, container(**{name: old})), container(**{name: new})
    )
    assert found.kinds == {name: "UPDATE"}
    assert found.replaces == []


@pytest.mark.parametrize("name", EQUAL)
def test_these_are_the_same(unconfigured: Driver, state: Any, name: str) -> None:
    old, new = EQUAL[name]
    assert not unconfigured.diff(
        CONTAINER, state(CONTAINER, container(**{name: old})), container(**{name: new})
    ).kinds


@pytest.mark.parametrize("name", COMPUTED)
def test_its_absence_is_no_change(unconfigured: Driver, state: Any, name: str) -> None:
    old = state(CONTAINER, container(**{name: COMPUTED[name]}))
    assert not unconfigured.diff(CONTAINER, old, container()).kinds


@pytest.mark.parametrize(
    ("name", "read_back", "written"),
    [
        ("healthcheck", {"tests": ["a"], "interval": "1m0s"}, {"tests": ["a"], "interval": "60s"}),
        ("capabilities", {"drops": ["CAP_CHOWN"]}, {"drops": ["CHOWN"]}),
        ("memorySwap", 128, None),
    ],
)
def test_what_is_not_in_canonical_form_differs_for_ever(
    unconfigured: Driver,
    state: Any,
    name: str,
    read_back: object,
    written: object,
) -> None:
    old = state(CONTAINER, container(**{name: read_back}))
    assert list(unconfigured.diff(CONTAINER, old, container(**{name: written})).kinds) == [name]


def test_every_container_input_has_a_row_here() -> None:
    # These take no value but their default.
    fixed = {"attach", "logs", "rm", "publishAllPorts"}
    assert set(table.CONTAINER.inputs) == {*REPLACING, *UPDATING, *fixed}


def test_adding_and_removing_an_input_is_told_apart(unconfigured: Driver, state: Any) -> None:
    with_dns = container(dns=["10.0.0.1"])
    assert unconfigured.diff(CONTAINER, state(CONTAINER, container()), with_dns).kinds == {
        "dns": "ADD_REPLACE"
    }
    assert unconfigured.diff(CONTAINER, state(CONTAINER, with_dns), container()).kinds == {
        "dns": "DELETE_REPLACE"
    }
    with_memory = container(memory=64)
    assert unconfigured.diff(CONTAINER, state(CONTAINER, with_memory), container()).kinds == {
        "memory": "DELETE"
    }


def test_an_unknown_anywhere_inside_is_a_change(unconfigured: Driver, state: Any) -> None:
    old = state(CONTAINER, container(networksAdvanced=[{"name": "a"}], envs=["A=1"]))
    found = unconfigured.diff(
        CONTAINER, old, container(networksAdvanced=[{"name": UNKNOWN}], envs=["A=1", UNKNOWN])
    )
    assert found.replaces == ["envs", "networksAdvanced"]


def test_an_ignored_change_is_none(unconfigured: Driver, state: Any) -> None:
    old = state(CONTAINER, container(memorySwap=128))
    assert not unconfigured.diff(CONTAINER, old, container(), ignored=("memorySwap",)).kinds


@pytest.mark.parametrize(
    ("token", "old", "new"),
    [
        (NETWORK, {"name": "a"}, {"name": "b"}),
        (NETWORK, {"internal": False}, {"internal": True}),
        (NETWORK, {"options": {"a": "1"}}, {"options": {"a": "2"}}),
        (
            NETWORK,
            {"ipamConfigs": [{"subnet": "10.213.0.0/24"}]},
            {"ipamConfigs": [{"subnet": "10.213.1.0/24"}]},
        ),
        (VOLUME, {"name": "a"}, {"name": "b"}),
        (VOLUME, {"driverOpts": {"type": "tmpfs"}}, {"driverOpts": {"type": "nfs"}}),
        (IMAGE, {"name": "a:1"}, {"name": "a:2"}),
        (IMAGE, {"name": "a:1", "triggers": {"a": "1"}}, {"name": "a:1", "triggers": {"a": "2"}}),
    ],
)
def test_other_resources_are_replaced_create_first(
    unconfigured: Driver,
    state: Any,
    token: str,
    old: dict[str, Any],
    new: dict[str, Any],
) -> None:
    found = unconfigured.diff(token, state(token, old), new)
    assert found.replaces
    assert not found.delete_before_replace


def test_what_the_engine_chose_for_a_network_is_no_change(
    unconfigured: Driver,
    state: Any,
) -> None:
    old = state(NETWORK, {"name": "a"}) | {
        "driver": "bridge",
        "options": {"x": "y"},
        "ipamConfigs": [{"subnet": "172.17.0.0/16", "gateway": "172.17.0.1"}],
        "scope": "local",
    }
    assert not unconfigured.diff(NETWORK, old, {"name": "a"}).kinds
    subnet_only = {"name": "a", "ipamConfigs": [{"subnet": "172.17.0.0/16"}]}
    assert not unconfigured.diff(NETWORK, old, subnet_only).kinds


def test_how_an_image_is_removed_is_only_remembered(unconfigured: Driver, state: Any) -> None:
    old = state(IMAGE, {"name": "a:1", "keepLocally": True})
    assert unconfigured.diff(IMAGE, old, {"name": "a:1"}).kinds == {"keepLocally": "DELETE"}
