"""DockerHost: the provider it makes, and the ports it guards."""

import json
import socket
from collections.abc import Iterator

import pulumi
import pytest

from components import DockerHost, DockerHostArgs
from components._port_guard import refuse_taken_ports
from components.checks import ArgumentError
from tests.unit.recorder import PROVIDER, STASH, Deploy, Engine, Value


def test_without_arguments_it_is_this_machines_engine(
    deploy: Deploy, engine: Engine, value: Value
) -> None:
    host = deploy(lambda: DockerHost("here", {}))
    (provider,) = engine.of_type(PROVIDER).values()
    assert provider.inputs["host"] == "unix:///var/run/docker.sock"
    assert provider.parent == "here"
    assert value(host.endpoint) == "unix:///var/run/docker.sock"
    assert value(host.address) == "127.0.0.1"


def test_this_machine_is_told_to_tools_as_what_it_is(deploy: Deploy, value: Value) -> None:
    host = deploy(lambda: DockerHost("here", {"published_ports": [{"port": 80}]}))
    assert value(host.docker_env["localhost"]) == ("export DOCKER_HOST=unix:///var/run/docker.sock")
    assert value(host.ssh_config) == ""
    inventory = json.loads(value(host.ansible_inventory))
    assert inventory == {"docker_hosts": {"hosts": {"localhost": {"ansible_connection": "local"}}}}
    assert json.loads(value(host.prometheus_targets)) == [
        {"targets": ["127.0.0.1:80"], "labels": {"host": "localhost"}}
    ]


def test_the_providers_name_carries_the_endpoint(deploy: Deploy, engine: Engine) -> None:
    def program() -> None:
        DockerHost("a", {"endpoint": "unix:///one.sock"})
        DockerHost("b", {"endpoint": "unix:///one.sock"})
        DockerHost("c", {"endpoint": "unix:///two.sock"})

    deploy(program)
    one, same, other = (name.partition("-")[2] for name in sorted(engine.of_type(PROVIDER)))
    assert one == same != other


def test_the_provider_waits_for_the_ports(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: DockerHost("here", {"published_ports": [{"port": 80}]}))
    (provider,) = engine.of_type(PROVIDER).values()
    assert provider.depends_on == {"here-ports"}
    assert engine["here-ports"].type == STASH
    assert engine["here-ports"].inputs["input"] == ["127.0.0.1:80"]


def test_the_guard_speaks_when_the_record_appears_or_changes(
    deploy: Deploy, engine: Engine
) -> None:
    deploy(lambda: DockerHost("here", {}))
    hooks = engine["here-ports"].request.hooks
    assert list(hooks.before_create) == list(hooks.before_update) == ["here-ports-free"]
    # A delete hook would make `pulumi destroy` need the program.
    assert not hooks.before_delete
    assert not hooks.after_delete


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"endpoint": "tcp://10.0.0.1:2375"}, "endpoint: 'tcp://10.0.0.1:2375' is not an engine"),
        ({"endpoint": "unix://docker.sock"}, "endpoint: 'unix://docker.sock' is not an engine"),
        (
            {"published_ports": [{"port": 0}]},
            "published_ports[0].port: 0 is not a whole number from 1 to 65535",
        ),
        ({"published_ports": [{"port": 70000}]}, "published_ports[0].port: 70000"),
        (
            {"published_ports": [{"port": 80, "bind_address": "localhost"}]},
            "published_ports[0].bind_address: 'localhost' is not an IPv4 address",
        ),
        (
            {"published_ports": [{"port": 80}, {"port": 80}]},
            "published_ports[1]: '127.0.0.1:80' is given twice",
        ),
    ],
)
def test_a_bad_argument_is_refused_before_anything_is_registered(
    deploy: Deploy, engine: Engine, args: DockerHostArgs, message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        deploy(lambda: DockerHost("here", args))
    assert message in str(refusal.value)
    assert engine.registrations == []


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that another program, this one, listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def _change(before: list[str] | None, after: list[str]) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs(
        urn="urn",
        id="id",
        name="ports",
        type=STASH,
        old_inputs=None if before is None else {"input": before},
        new_inputs={"input": after},
    )


def test_a_port_that_another_program_holds_is_refused(taken: str) -> None:
    with pytest.raises(RuntimeError, match=f"Port {taken} can't be published: another program"):
        refuse_taken_ports(_change(None, [taken]))


def test_a_port_is_refused_on_all_addresses_when_it_is_held_on_one(taken: str) -> None:
    everywhere = taken.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - never bound to
    with pytest.raises(RuntimeError, match="another program listens on it"):
        refuse_taken_ports(_change(["127.0.0.1:1"], [everywhere]))


def test_a_port_that_the_stack_already_publishes_is_its_own(taken: str) -> None:
    refuse_taken_ports(_change([taken], [taken]))


def test_an_address_that_the_machine_lacks_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"this machine has no address 198\.51\.100\.1"):
        refuse_taken_ports(_change(None, ["198.51.100.1:9292"]))


def test_a_free_port_is_let_through(taken: str) -> None:
    address, _, number = taken.rpartition(":")
    with socket.create_server((address, 0)) as server:
        free = server.getsockname()[1]
    assert free != int(number)
    refuse_taken_ports(_change(None, [f"{address}:{free}"]))
