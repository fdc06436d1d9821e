"""What is refused, what is filled in and what a preview foretells; no Docker Engine is needed."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from airgap.providers._values import UNKNOWN, Unknown, from_struct, to_struct
from airgap.providers.docker.durations import format_duration, parse_duration
from tests.airgap_providers.driver import Aborted, Driver

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
IMAGE = "docker:index/remoteImage:RemoteImage"

SECRET_SIGNATURE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
OUTPUT_SIGNATURE = {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4"}


@pytest.mark.parametrize(
    ("path", "inputs"),
    [
        ("gpus", {"gpus": "all"}),
        ("networksAdvanced[0].gwPriority", {"networksAdvanced": [{"name": "a", "gwPriority": 1}]}),
        ("volumes[0].fromContainer", {"volumes": [{"containerPath": "/a", "fromContainer": "b"}]}),
        ("healthcheck.startInterval", {"healthcheck": {"tests": ["a"], "startInterval": "1s"}}),
        (
            "mounts[0].volumeOptions",
            {"mounts": [{"type": "volume", "target": "/a", "volumeOptions": {}}]},
        ),
        ("attach", {"attach": True}),
        ("logs", {"logs": True}),
        ("rm", {"rm": True}),
    ],
)
def test_what_only_the_real_plugin_can_is_refused(
    unconfigured: Driver, path: str, inputs: dict[str, object]
) -> None:
    refused = unconfigured.check(CONTAINER, {"image": "a:1", **inputs}).refused
    assert list(refused) == [path]
    assert path in refused[path]
    assert "stand-in docker provider doesn't support" in refused[path]
    assert "pulumi plugin install resource docker" in refused[path]
    assert "\n" not in refused[path]


@pytest.mark.parametrize(
    ("path", "inputs", "reason"),
    [
        ("image", {"image": 5}, "image is 5; it must be text"),
        ("memory", {"memory": "64"}, "memory is '64'; it must be a whole number"),
        ("memory", {"memory": True}, "memory is true; it must be a whole number"),
        ("memorySwap", {"memorySwap": -2}, "is -2; it must be at least -1"),
        ("ports[0].internal", {"ports": [{"internal": 70000}]}, "is 70000; a port is between"),
        ("ports[0].internal", {"ports": [{}]}, "ports[0].internal is missing"),
        ("ports[0]", {"ports": ["80"]}, "ports[0] is '80'; it must be an object"),
        ("command[1]", {"command": ["a", 1]}, "command[1] is 1; it must be text"),
        ("logOpts[max-file]", {"logOpts": {"max-file": 2}}, "is 2; it must be text"),
        ("restart", {"restart": "sometimes"}, "is 'sometimes'; it must be 'no', 'on-failure'"),
        (
            "healthcheck.interval",
            {"healthcheck": {"tests": ["a"], "interval": "1 minute"}},
            "is '1 minute'; it must be a duration such as",
        ),
        ("uploads", {"uploads": [{"file": "/a"}]}, "has 0 contents in entry 0 (/a)"),
        (
            "uploads[0].permissions",
            {"uploads": [{"file": "/a", "content": "b", "permissions": "rw"}]},
            "four octal digits",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_rule(
    unconfigured: Driver, path: str, inputs: dict[str, object], reason: str
) -> None:
    refused = unconfigured.check(CONTAINER, {"image": "a:1", **inputs}).refused
    assert list(refused) == [path]
    assert reason in refused[path]


def test_no_refusal_shows_an_environment_or_an_upload(unconfigured: Driver) -> None:
    inputs = {
        "image": "a:1",
        "envs": "PASSWORD=hunter2",
        "uploads": [{"file": "/a", "content": "hunter2", "contentBase64": "aHVudGVyMg=="}],
    }
    refused = unconfigured.check(CONTAINER, inputs).refused
    assert set(refused) == {"envs", "uploads"}
    assert "hunter2" not in str(refused)
    assert "aHVudGVyMg" not in str(refused)


def test_a_missing_image_is_refused(unconfigured: Driver) -> None:
    assert unconfigured.check(CONTAINER, {}).refused == {
        "image": "image is missing; it must be text"
    }


def test_the_defaults_are_the_real_plugins(unconfigured: Driver) -> None:
    inputs = unconfigured.check(
        CONTAINER,
        {
            "name": "a",
            "image": "a:1",
            "ports": [{"internal": 80}],
            "healthcheck": {"tests": ["a"]},
            "uploads": [{"file": "/a", "content": "b"}],
        },
    ).inputs
    assert inputs == {
        "name": "a",
        "image": "a:1",
        "ports": [{"internal": 80, "ip": "0.0.0.0", "protocol": "tcp"}],  # noqa: S104
        "healthcheck": {
            "tests": ["a"],
            "interval": "0s",
            "timeout": "0s",
            "startPeriod": "0s",
            "retries": 0,
        },
        "uploads": [{"file": "/a", "content": "b", "executable": False}],
        "networkMode": "bridge",
        "readOnly": False,
        "removeVolumes": True,
        "restart": "no",
        "start": True,
        "wait": False,
        "waitTimeout": 60,
        "mustRun": True,
        "containerReadRefreshTimeoutMilliseconds": 15000,
        "tty": False,
        "stdinOpen": False,
        "attach": False,
        "logs": False,
        "rm": False,
    }
    assert unconfigured.check(NETWORK, {"name": "a"}).inputs["ipamDriver"] == "default"


def test_a_name_is_made_up_once_and_kept(unconfigured: Driver) -> None:
    made_up = unconfigured.check(NETWORK, {}).inputs["name"]
    prefix, _, digits = made_up.rpartition("-")
    assert prefix == "it"
    assert len(digits) == 7
    assert int(digits, 16) >= 0
    assert unconfigured.check(NETWORK, {}, {"name": "it-0123abc"}).inputs["name"] == "it-0123abc"


def test_a_name_that_the_program_no_longer_gives_is_made_up_anew(unconfigured: Driver) -> None:
    assert unconfigured.check(NETWORK, {}, {"name": "given"}).inputs["name"].startswith("it-")


def test_an_image_has_no_made_up_name(unconfigured: Driver) -> None:
    assert list(unconfigured.check(IMAGE, {}).refused) == ["name"]


@pytest.mark.parametrize(
    "inputs",
    [
        {"image": UNKNOWN},
        {"image": "a:1", "ports": UNKNOWN},
        {"image": "a:1", "ports": [UNKNOWN]},
        {"image": "a:1", "ports": [{"internal": UNKNOWN}]},
        {"image": "a:1", "envs": ["A=1", UNKNOWN]},
        {"image": "a:1", "logOpts": {"max-size": UNKNOWN}},
        {"image": "a:1", "uploads": [{"file": "/a", "content": UNKNOWN}]},
        {"image": "a:1", "memory": UNKNOWN, "restart": UNKNOWN},
        {"image": "a:1", "healthcheck": {"tests": UNKNOWN, "interval": UNKNOWN}},
    ],
)
def test_unknown_inputs_pass_check_and_preview(
    unconfigured: Driver, inputs: dict[str, object]
) -> None:
    _, planned = unconfigured.create(CONTAINER, {"name": "a", **inputs}, preview=True)
    for name, value in inputs.items():
        if name not in {"ports", "healthcheck", "uploads"}:
            assert planned[name] == value


def test_a_preview_foretells_the_inputs_and_leaves_the_rest_unknown(unconfigured: Driver) -> None:
    _, planned = unconfigured.create(
        CONTAINER, {"name": "a", "image": "a:1", "hostname": "b"}, preview=True
    )
    assert planned["hostname"] == "b"
    for name in ("networkDatas", "bridge", "exitCode", "ipcMode", "healthcheck", "command"):
        assert isinstance(planned[name], Unknown), name
    _, planned = unconfigured.create(NETWORK, {"name": "a"}, preview=True)
    assert planned["name"] == "a"
    assert isinstance(planned["driver"], Unknown)
    assert isinstance(planned["scope"], Unknown)


def test_the_preview_of_an_update_keeps_what_nobody_changed(unconfigured: Driver) -> None:
    state = unconfigured.check(CONTAINER, {"name": "a", "image": "a:1", "memory": 64}).inputs
    state |= {"networkDatas": [{"networkName": "x"}], "hostname": "chosen"}
    planned = unconfigured.update(
        CONTAINER, "id", state, {"name": "a", "image": "a:1", "restart": "always"}, preview=True
    )
    assert planned["networkDatas"] == [{"networkName": "x"}]
    assert planned["hostname"] == "chosen"
    assert planned["restart"] == "always"
    assert "memory" not in planned


@pytest.mark.parametrize("token", ["docker:index/secret:Secret", "docker:index/image:Image"])
def test_other_resources_are_refused(unconfigured: Driver, token: str) -> None:
    with pytest.raises(Aborted, match=f"doesn't support the resource '{token}'"):
        unconfigured.check(token, {})


def test_functions_are_refused(unconfigured: Driver) -> None:
    with pytest.raises(Aborted, match="doesn't support the function 'docker:index/getNetwork"):
        unconfigured.invoke("docker:index/getNetwork:getNetwork")


def test_nothing_is_created_before_the_host_is_known(unconfigured: Driver) -> None:
    unconfigured.configure(host=UNKNOWN)
    unconfigured.create(NETWORK, {"name": "a"}, preview=True)
    with pytest.raises(Aborted, match="host isn't known yet"):
        unconfigured.create(NETWORK, {"name": "a"})


@pytest.mark.parametrize("setting", ["certPath", "context", "caMaterial"])
def test_other_provider_settings_are_refused(unconfigured: Driver, setting: str) -> None:
    refused = unconfigured.check_config(**{setting: '[{"address": "a"}]'})
    assert list(refused) == [setting]
    assert "stand-in docker provider doesn't support" in refused[setting]


@pytest.mark.parametrize("host", ["npipe:////./pipe/docker", "tcp://nowhere", "ssh://", "/a.sock"])
def test_an_address_that_is_none_is_refused(unconfigured: Driver, host: str) -> None:
    assert f"host is '{host}'; it must be like" in unconfigured.check_config(host=host)["host"]


def test_the_engines_own_settings_pass(unconfigured: Driver) -> None:
    given = {"version": "5.2.0", "sshOpts": '["-o", "BatchMode=yes"]', "host": "ssh://a@b:22"}
    assert not unconfigured.check_config(**given)


@pytest.mark.parametrize("host", ["unix:///tmp/no-such.sock", "tcp://127.0.0.1:1"])
def test_a_silent_engine_fails_the_preview_at_once(unconfigured: Driver, host: str) -> None:
    with pytest.raises(Aborted) as failed:
        unconfigured.configure(host=host)
    message = str(failed.value)
    assert f"host is '{host}': no Docker Engine answers there" in message
    assert "start it" in message
    assert "\n" not in message


def test_a_silent_ssh_host_fails_only_when_something_is_done(unconfigured: Driver) -> None:
    unconfigured.configure(host="ssh://nobody@127.0.0.1:1", sshOpts='["-o", "ConnectTimeout=1"]')
    unconfigured.create(NETWORK, {"name": "a"}, preview=True)
    with pytest.raises(Aborted) as failed:
        unconfigured.create(NETWORK, {"name": "a"})
    message = str(failed.value)
    assert "can't create the network a" in message
    assert "ssh://nobody@127.0.0.1:1" in message
    assert "\n" not in message


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[Path]:
    """A socket where something else than Docker answers."""
    path = tmp_path / "impostor.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"220 mail.example.org ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        yield path
        thread.join()


def test_something_else_than_docker_is_told_apart(unconfigured: Driver, impostor: Path) -> None:
    with pytest.raises(Aborted, match="is not a Docker Engine"):
        unconfigured.configure(host=f"unix://{impostor}")


def test_secrets_and_outputs_are_unwrapped_on_arrival() -> None:
    struct = to_struct(
        {
            "secret": {**SECRET_SIGNATURE, "value": ["a"]},
            "output": {**OUTPUT_SIGNATURE, "value": {"b": 1}},
            "later": {**OUTPUT_SIGNATURE},
            "unknown": [UNKNOWN],
            "nothing": None,
            "whole": 5,
            "fraction": 0.5,
        }
    )
    assert from_struct(struct) == {
        "secret": ["a"],
        "output": {"b": 1},
        "later": UNKNOWN,
        "unknown": [UNKNOWN],
        "whole": 5,
        "fraction": 0.5,
    }


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("0s", "0s"),
        ("0", "0s"),
        ("1ns", "1ns"),
        ("1500ns", "1.5µs"),
        ("500ms", "500ms"),
        ("1000ms", "1s"),
        ("1.5s", "1.5s"),
        ("10s", "10s"),
        ("60s", "1m0s"),
        ("90s", "1m30s"),
        ("100m", "1h40m0s"),
        ("1h", "1h0m0s"),
        ("1h0m0.25s", "1h0m0.25s"),
    ],
)
def test_durations_are_printed_as_go_prints_them(written: str, printed: str) -> None:
    assert format_duration(parse_duration(written)) == printed
    assert parse_duration(printed) == parse_duration(written)
