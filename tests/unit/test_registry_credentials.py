"""Registries that hosts log in to: from the configuration to the provider."""

import json
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from components import DockerHost, DockerHostArgs, RegistryArgs
from components.checks import ArgumentError
from stacks import run
from tests.unit.hosts import gce_host, ssh_host
from tests.unit.project import configure
from tests.unit.recorder import PROVIDER, Deploy, Engine

LOGIN = RegistryArgs(address="registry.example.com:5050", username="deployer", password="sesame")  # noqa: S106
KEYS = {"registryAddress": LOGIN["address"], "registryUsername": "deployer"}


def logins(engine: Engine) -> list[Any]:
    """Return the logins of all providers, each of which has to be a secret."""
    given = [each.inputs["registryAuth"] for each in engine.of_type(PROVIDER).values()]
    assert all(rpc.is_rpc_secret(each) for each in given)
    return [json.loads(rpc.unwrap_rpc_secret(each)) for each in given]


@pytest.mark.parametrize(
    ("way", "hosts"),
    [
        (DockerHostArgs(), 1),
        (DockerHostArgs(ssh=[ssh_host(), ssh_host("ssh://deploy@198.51.100.12")]), 2),
        (DockerHostArgs(gce=gce_host(), count=2), 2),
    ],
)
def test_every_host_gets_the_logins(
    deploy: Deploy, engine: Engine, way: DockerHostArgs, hosts: int
) -> None:
    deploy(lambda: DockerHost("host", {**way, "registries": [LOGIN]}))
    assert logins(engine) == [[dict(LOGIN)]] * hosts


def test_without_a_registry_the_provider_is_as_before(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: DockerHost("host", {"registries": []}))
    (provider,) = engine.of_type(PROVIDER)
    assert "registryAuth" not in engine[provider].inputs


def test_a_login_is_no_part_of_a_providers_name(deploy: Deploy, engine: Engine) -> None:
    # Another provider would mean that all containers are replaced.
    def program() -> None:
        DockerHost("host", {})
        DockerHost("same", {"registries": [LOGIN]})

    deploy(program)
    one, other = (name.partition("-")[2] for name in engine.of_type(PROVIDER))
    assert one == other


def test_docker_hub_is_named_as_the_provider_knows_it(deploy: Deploy, engine: Engine) -> None:
    deploy(lambda: DockerHost("host", {"registries": [{**LOGIN, "address": "docker.io"}]}))
    assert logins(engine)[0][0]["address"] == "registry-1.docker.io"


@pytest.mark.parametrize(
    "address",
    [
        "https://registry.example.com",
        "registry.example.com/app",
        "registry",
        "Registry.example.com",
        "registry.example.com:",
        "",
        "a..b",
    ],
)
def test_an_address_that_no_reference_begins_with_is_refused(
    deploy: Deploy, engine: Engine, address: str
) -> None:
    args: DockerHostArgs = {"registries": [{**LOGIN, "address": address}]}
    with pytest.raises(ArgumentError, match=r"registries\[0\]\.address: .* is not a registry's"):
        deploy(lambda: DockerHost("host", args))
    assert not engine.registrations


@pytest.mark.parametrize("address", ["localhost:5000", "127.0.0.1:5000", "docker.io", "a-b.c"])
def test_an_address_that_references_begin_with_is_taken(address: str) -> None:
    DockerHost.check({"registries": [{**LOGIN, "address": address}]})


def test_a_port_that_there_is_not_is_refused() -> None:
    with pytest.raises(ArgumentError, match="from 1 to 65535"):
        DockerHost.check({"registries": [{**LOGIN, "address": "registry.example.com:70000"}]})


def test_a_registry_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ArgumentError, match="registries"):
        DockerHost.check({"registries": [LOGIN, LOGIN]})


def test_the_configuration_reaches_the_provider_as_a_secret(deploy: Deploy, engine: Engine) -> None:
    configure(secret=["registryPassword"], registryPassword="sesame", **KEYS)
    deploy(lambda: run("dev"))
    assert logins(engine) == [[dict(LOGIN)]]


def test_a_plain_password_is_refused_and_not_shown(deploy: Deploy) -> None:
    configure(registryPassword="sesame", **KEYS)
    with pytest.raises(pulumi.RunError, match="registryPassword: '…' is not encr") as refused:
        deploy(lambda: run("dev"))
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"registryAddress": "a.example"},
            "dockyard:registryUsername: None is missing beside dockyard:registryAddress; "
            "pulumi config set registryUsername",
        ),
        (
            KEYS,
            "dockyard:registryPassword: None is missing beside dockyard:registryAddress; "
            "pulumi config set --secret registryPassword",
        ),
        (
            {"registryPassword": "sesame"},
            "dockyard:registryAddress: None is missing beside dockyard:registryPassword",
        ),
        ({"registryUsername": "deployer"}, "dockyard:registryAddress: None is missing beside"),
    ],
)
def test_a_login_that_is_not_whole_is_refused(
    deploy: Deploy, given: dict[str, str], message: str
) -> None:
    configure(secret=["registryPassword"] if "registryPassword" in given else [], **given)
    with pytest.raises(pulumi.RunError, match=message):
        deploy(lambda: run("dev"))


def test_a_bad_address_is_named_as_the_key_that_it_comes_from(deploy: Deploy) -> None:
    keys = {**KEYS, "registryAddress": "https://registry.example.com"}
    configure(secret=["registryPassword"], registryPassword="sesame", **keys)
    with pytest.raises(pulumi.RunError, match="dockyard:registryAddress: 'https://registry"):
        deploy(lambda: run("dev"))
