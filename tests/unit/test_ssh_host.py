"""DockerHost over SSH: pinned keys, one provider per host, nothing before all are ready."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components import BridgeNetworks, DockerHost
from components.checks import ArgumentError
from tests.unit.hosts import HOST_KEY, ssh_host
from tests.unit.recorder import COMMAND, NETWORK, PROVIDER, STASH, Deploy, Engine, Value


def _options(arguments: list[str]) -> dict[str, str]:
    assert arguments[::2] == ["-o"] * (len(arguments) // 2)
    return {key: value for key, _, value in (each.partition("=") for each in arguments[1::2])}


def _provider_options(engine: Engine, name: str) -> dict[str, str]:
    return _options(json.loads(engine[name].inputs["sshOpts"]))


def test_an_ssh_host_is_a_provider_with_a_pinned_key(
    deploy: Deploy, engine: Engine, value: Value
) -> None:
    host = deploy(lambda: DockerHost("host", {"ssh": [ssh_host()]}))
    (name,) = engine.of_type(PROVIDER)
    assert name.startswith("host-198.51.100.11-")
    assert engine[name].inputs["host"] == "ssh://deploy@198.51.100.11"
    options = _provider_options(engine, name)
    assert options["StrictHostKeyChecking"] == "yes"
    assert options["UserKnownHostsFile"] == options["GlobalKnownHostsFile"] == "/dev/null"
    assert HOST_KEY in options["KnownHostsCommand"]
    assert options["BatchMode"] == "yes"
    assert "IdentityFile" not in options
    assert value(host.endpoint) == "ssh://deploy@198.51.100.11"
    assert value(host.address) == "198.51.100.11"


def test_the_pinned_keys_reach_openssh_as_known_hosts(deploy: Deploy, engine: Engine) -> None:
    other = HOST_KEY.replace("IBrx", "IAAA")
    # A comment says nothing that OpenSSH needs, and could say it with quotes.
    keys = [f'{HOST_KEY} "; touch /tmp/x #', other]
    deploy(lambda: DockerHost("host", {"ssh": [ssh_host(host_keys=keys)]}))
    (name,) = engine.of_type(PROVIDER)
    command = _provider_options(engine, name)["KnownHostsCommand"]
    # As OpenSSH does it: its own %-tokens first, no shell.
    said = subprocess.run(  # noqa: S602
        command.replace("%%", "%"), shell=True, capture_output=True, text=True, check=True
    )
    assert said.stdout == f"pinned {HOST_KEY}\npinned {other}\n"


def test_openssh_understands_the_section_for_its_configuration(
    deploy: Deploy, value: Value, tmp_path: Path
) -> None:
    ssh = shutil.which("ssh")
    assert ssh
    host = deploy(
        lambda: DockerHost(
            "host",
            {"ssh": [ssh_host("ssh://me@box.example:2222", name="box", identity_file="~/.ssh/k")]},
        )
    )
    file = tmp_path / "config"
    file.write_text(value(host.ssh_config))
    said = subprocess.run(  # noqa: S603
        [ssh, "-F", file, "-G", "box"], capture_output=True, text=True, check=True
    )
    seen = dict(line.split(" ", 1) for line in said.stdout.splitlines() if " " in line)
    assert (seen["user"], seen["hostname"], seen["port"]) == ("me", "box.example", "2222")
    assert seen["stricthostkeychecking"] == "true"
    assert seen["identityfile"].endswith("/.ssh/k")
    assert HOST_KEY in seen["knownhostscommand"]


def test_connections_are_shared_and_never_between_two_hosts_or_keys(
    deploy: Deploy, engine: Engine
) -> None:
    hosts = [
        ssh_host(name="a"),
        ssh_host("ssh://deploy@198.51.100.12", name="b"),
        ssh_host(name="c", identity_file="~/.ssh/other"),
        ssh_host(name="d", host_keys=[HOST_KEY.replace("IBrx", "IAAA")]),
    ]
    deploy(lambda: DockerHost("host", {"ssh": hosts}))
    options = [_provider_options(engine, name) for name in engine.of_type(PROVIDER)]
    assert {each["ControlMaster"] for each in options} == {"auto"}
    sockets = {each["ControlPath"] for each in options}
    assert len(sockets) == len(hosts)
    # A socket's path has room for 104 characters, and OpenSSH adds 17 of its own.
    assert max(map(len, sockets)) < 50


def test_nothing_is_made_on_any_host_before_all_have_answered(
    deploy: Deploy, engine: Engine
) -> None:
    hosts = [ssh_host(), ssh_host("ssh://deploy@198.51.100.12:2222")]
    deploy(lambda: DockerHost("host", {"ssh": hosts}))
    gates = {"host-198.51.100.11-ready", "host-198.51.100.12-2222-ready"}
    providers = engine.of_type(PROVIDER)
    assert len(providers) == 2
    for each in providers.values():
        assert gates <= each.depends_on
    for gate in gates:
        assert engine[gate].type == STASH
        hooks = engine[gate].request.hooks
        assert list(hooks.before_create) == list(hooks.before_update) == [f"{gate}-engine"]
        # A delete hook would make `pulumi destroy` need the program.
        assert not hooks.before_delete


def test_what_is_on_a_host_is_replaced_when_it_moves(deploy: Deploy, engine: Engine) -> None:
    def program() -> None:
        host = DockerHost("host", {"ssh": [ssh_host()]})
        opts = pulumi.ResourceOptions(provider=host.provider)
        BridgeNetworks("nets", {"networks": {"net": {}}}, opts)

    deploy(program)
    (network,) = engine.of_type(NETWORK).values()
    assert network.replacement_trigger == "ssh://deploy@198.51.100.11"


@pytest.mark.parametrize(("count", "names"), [(1, ["a"]), (2, ["a", "b"]), (3, ["a", "b", "c"])])
def test_count_takes_the_first_hosts(
    deploy: Deploy, engine: Engine, count: int, names: list[str]
) -> None:
    hosts = [ssh_host(f"ssh://me@{name}.example", name=name) for name in "abc"]
    host = deploy(lambda: DockerHost("host", {"ssh": hosts, "count": count}))
    assert list(host.providers) == list(host.endpoints) == list(host.addresses) == names
    assert len(engine.of_type(PROVIDER)) == count


def test_one_host_less_touches_no_other(deploy: Deploy, engine: Engine) -> None:
    hosts = [ssh_host(f"ssh://me@{name}.example", name=name) for name in "abc"]

    def registered(given: list[Any]) -> dict[str, dict[str, Any]]:
        engine.registrations.clear()
        deploy(lambda: DockerHost("host", {"ssh": given}))
        return {each.name: each.inputs for each in engine.registrations}

    all_three, without_b = registered(hosts), registered([hosts[0], hosts[2]])
    gone = {name for name in all_three if name not in without_b}
    assert len(gone) == 2
    assert all(name.startswith("host-b-") for name in gone)
    for name in without_b.keys() - {"host", "host-owner"}:
        assert without_b[name] == all_three[name], name


def test_the_engine_is_set_up_over_ssh_only_on_demand(deploy: Deploy, engine: Engine) -> None:
    hosts = [ssh_host(name="a"), ssh_host("ssh://root@b.example", name="b", engine={})]
    deploy(lambda: DockerHost("host", {"ssh": hosts}))
    (name,) = engine.of_type(COMMAND)
    command = engine[name]
    assert name == "host-b-setup"
    assert command.inputs["interpreter"][0] == "ssh"
    assert command.inputs["interpreter"][-2:] == ["--", "b.example"]
    assert command.inputs["stdin"].startswith("#!/bin/bash\n")
    # The script arrives on stdin: no argument of a process holds it.
    assert len(command.inputs["create"]) < 200
    assert list(command.request.hooks.before_create) == ["host-b-login"]
    ready = engine["host-b-ready"]
    assert name in ready.depends_on
    assert ready.inputs["input"]["setup"] in command.inputs["stdin"]
    assert engine["host-a-ready"].inputs["input"]["setup"] == ""


def test_people_and_tools_get_their_documents(deploy: Deploy, value: Value) -> None:
    host = deploy(
        lambda: DockerHost(
            "host",
            {
                "ssh": [ssh_host(name="a"), ssh_host("ssh://me@b.example:2222", name="b")],
                "published_ports": [{"port": 9292, "bind_address": "0.0.0.0"}],  # noqa: S104
            },
        )
    )
    assert value(host.docker_env["b"]) == "export DOCKER_HOST=ssh://b"
    inventory = json.loads(value(host.ansible_inventory))["docker_hosts"]["hosts"]
    assert inventory["b"]["ansible_host"] == "b.example"
    assert inventory["b"]["ansible_port"] == "2222"
    assert "StrictHostKeyChecking=yes" in inventory["b"]["ansible_ssh_common_args"]
    assert json.loads(value(host.prometheus_targets)) == [
        {"targets": ["198.51.100.11:9292"], "labels": {"host": "a"}},
        {"targets": ["b.example:9292"], "labels": {"host": "b"}},
    ]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"ssh": []}, "ssh: [] names no host"),
        ({"ssh": [ssh_host()], "endpoint": "unix:///x.sock"}, "ssh: '…' is given beside endpoint"),
        ({"ssh": [ssh_host()], "count": 2}, "count: 2 is more than the 1 hosts of ssh"),
        ({"count": 2}, "count: 2 is more than this one machine"),
        ({"ssh": [ssh_host()], "count": 0}, "count: 0 is not a whole number from 1"),
        ({"ssh": [ssh_host("deploy@x")]}, "ssh[0].address: 'deploy@x' is not an SSH address"),
        ({"ssh": [ssh_host("ssh://x")]}, "ssh[0].address: 'ssh://x' is not an SSH address"),
        ({"ssh": [ssh_host("ssh://u:p@x")]}, "is not an SSH address"),
        ({"ssh": [ssh_host("ssh://u@x/path")]}, "is not an SSH address"),
        ({"ssh": [ssh_host("ssh://u@-oProxyCommand=x")]}, "is not an SSH address"),
        ({"ssh": [ssh_host("ssh://u@x:99999")]}, "is not an SSH address"),
        ({"ssh": [ssh_host("ssh://u@x:0")]}, "ssh[0].address: 0 is not a whole number"),
        ({"ssh": [ssh_host(host_keys=[])]}, "ssh[0].host_keys: [] pins no key"),
        (
            {"ssh": [ssh_host(host_keys=[f"x.example {HOST_KEY}"])]},
            "is not a public host key; write one like 'ssh-ed25519 AAAA…', without the host's name",
        ),
        ({"ssh": [ssh_host(host_keys=[HOST_KEY, HOST_KEY])]}, "host_keys[1]"),
        ({"ssh": [ssh_host(), ssh_host()]}, "ssh[1]: '198.51.100.11' is given twice"),
        ({"ssh": [ssh_host(name="a/b")]}, "ssh[0].name: 'a/b' is not a Docker name"),
        (
            {"ssh": [ssh_host(identity_file="~/a key")]},
            "ssh[0].identity_file: '~/a key' is not the path of a key",
        ),
        ({"ssh": [ssh_host(identity_file="key")]}, "ssh[0].identity_file: 'key' is not the path"),
        (
            {"ssh": [ssh_host(engine={"address_pool": "10.0.0.0/8"})], "avoid": ["10.0.1.0/24"]},
            "ssh[0].engine.address_pool: '10.0.0.0/8' overlaps 10.0.1.0/24 (avoid[0])",
        ),
        ({"ssh": [ssh_host()], "avoid": ["x"]}, "avoid[0]: 'x' is not an IPv4 range"),
        ({"ssh": [ssh_host()], "ready_timeout_seconds": 0}, "ready_timeout_seconds: 0 is not"),
        (
            {
                "ssh": [ssh_host()],
                "published_ports": [{"port": 1, "source_ranges": ["10.0.0.0/8"]}],
            },
            "published_ports[0].source_ranges: ['10.0.0.0/8'] needs a firewall",
        ),
    ],
)
def test_a_bad_argument_is_refused_before_anything_is_registered(
    deploy: Deploy, engine: Engine, args: Any, message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        deploy(lambda: DockerHost("host", args))
    assert message in str(refusal.value)
    assert engine.registrations == []
