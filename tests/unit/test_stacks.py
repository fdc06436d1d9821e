"""The stacks as a whole: what a program registers, in which order."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

import stacks
from tests.unit.hosts import HOST_KEY
from tests.unit.project import configure
from tests.unit.recorder import (
    CONTAINER,
    GCE_VM,
    IMAGE,
    NETWORK,
    PROVIDER,
    STASH,
    VOLUME,
    Deploy,
    Engine,
)

ROOT = Path(stacks.__file__).parents[1]
_SHIPPED = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"]
PROD: dict[str, Any] = {key.partition(":")[2]: value for key, value in _SHIPPED.items()}


def test_dev_is_the_whole_application_on_one_provider(deploy: Deploy, engine: Engine) -> None:
    configure()
    deploy(lambda: stacks.run("dev"))
    assert len(engine.of_type(IMAGE)) == 4
    assert len(engine.of_type(NETWORK)) == 2
    assert len(engine.of_type(CONTAINER)) == 4
    assert len(engine.of_type(VOLUME)) == 1
    (provider,) = engine.of_type(PROVIDER)
    on_host = [each for each in engine.registrations if each.type.startswith("docker:")]
    assert {each.provider for each in on_host} == {provider}


def test_dev_has_the_networks_of_the_course(deploy: Deploy, engine: Engine) -> None:
    configure()
    deploy(lambda: stacks.run("dev"))
    front, back = engine["networks-front"].inputs, engine["networks-back"].inputs
    assert (front["name"], front["internal"]) == ("reddit-front_net", False)
    assert (back["name"], back["internal"]) == ("reddit-back_net", True)
    assert front["ipamConfigs"][0]["subnet"] == "10.0.1.0/24"
    assert back["ipamConfigs"][0]["subnet"] == "10.0.2.0/24"


def test_nothing_is_made_on_the_host_before_it_holds_every_image(
    deploy: Deploy, engine: Engine
) -> None:
    configure()
    deploy(lambda: stacks.run("dev"))
    images = set(engine.of_type(IMAGE))
    made = {**engine.of_type(NETWORK), **engine.of_type(CONTAINER), **engine.of_type(VOLUME)}
    assert len(images) == 4
    assert len(made) == 7
    for each in made.values():
        assert images <= each.depends_on, each.name


def test_settings_reach_the_containers(deploy: Deploy, engine: Engine) -> None:
    configure(
        uiPort=8080,
        prefix="blue",
        serviceMemoryMib=64,
        databaseMemoryMib=256,
        databaseImage="mongo:8.0",
        networkMtuBytes=1400,
        liveSource=True,
        keepData=False,
    )
    deploy(lambda: stacks.run("dev"))
    assert engine["reddit-ui"].inputs["ports"][0]["external"] == 8080
    assert engine["reddit-ui"].inputs["memory"] == 64
    assert engine["reddit-database"].inputs["memory"] == 256
    assert engine["reddit-data"].inputs["name"] == "blue-mongo-data"
    assert not engine["reddit-data"].request.retainOnDelete
    assert engine["networks-back"].inputs["options"]["com.docker.network.driver.mtu"] == "1400"
    mounts = {each["containerPath"] for each in engine["reddit-post"].inputs["volumes"]}
    assert mounts == {"/app/post", "/app/service"}


def test_another_engine_replaces_all_that_lives_on_the_first(
    deploy: Deploy, engine: Engine
) -> None:
    configure(dockerHost="unix:///two.sock")
    deploy(lambda: stacks.run("dev"))
    on_host = [each for each in engine.registrations if each.type.startswith("docker:")]
    assert {each.replacement_trigger for each in on_host} == {"unix:///two.sock"}


def test_an_unknown_stack_lists_the_known_ones(deploy: Deploy, engine: Engine) -> None:
    configure()
    with pytest.raises(pulumi.RunError) as refusal:
        deploy(lambda: stacks.run("develop"))
    assert str(refusal.value) == (
        "stack: 'develop' is of no known kind; name it dev or dev-<anything>, "
        "prod or prod-<anything>, ci or ci-<anything>, review or review-<anything>"
    )
    assert engine.registrations == []


def test_the_page_does_not_depend_on_the_network_of_the_database(
    deploy: Deploy, engine: Engine
) -> None:
    configure()
    deploy(lambda: stacks.run("dev"))
    joined = engine["reddit-ui"].request.propertyDependencies["networksAdvanced"].urns
    assert {urn.rpartition("::")[2] for urn in joined} == {"networks-front"}


def test_the_development_stack_never_pays_for_the_clouds_sdk() -> None:
    program = """
import sys, pulumi, stacks
from tests.unit.project import configure
from tests.unit.recorder import Answers
pulumi.runtime.set_mocks(Answers(), project="dockyard", stack="dev", preview=True)
configure()
pulumi.runtime.test(lambda: stacks.run("dev"))()
others = ("pulumi_gcp", "pulumi_command", "pulumi_gitlab")
print([name for name in sys.modules if name.startswith(others)])
"""
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"


def test_prod_is_the_application_on_each_of_its_vms(deploy: Deploy, engine: Engine) -> None:
    configure(**PROD)
    deploy(lambda: stacks.run("prod"))
    assert {each.inputs["name"] for each in engine.of_type(GCE_VM).values()} == {
        "reddit-1",
        "reddit-2",
    }
    containers = engine.of_type(CONTAINER)
    assert len(containers) == 10
    assert len({each.provider for each in containers.values()}) == 2
    # What is made on the hosts fits through their network.
    mtu = {
        each.inputs["options"]["com.docker.network.driver.mtu"]
        for each in engine.of_type(NETWORK).values()
    }
    assert mtu == {"1460"}


def test_the_data_of_prod_is_protected(deploy: Deploy, engine: Engine) -> None:
    configure(**PROD)
    deploy(lambda: stacks.run("prod"))
    volumes = [f"reddit-reddit-{host}-{role}" for host in (1, 2) for role in ("data", "backups")]
    for name in ("host-1-data", "host-2-data", *volumes):
        assert engine[name].request.protect, name


def _environments(engine: Engine, role: str) -> list[Any]:
    return [each.inputs["envs"] for name, each in engine.of_type(CONTAINER).items() if role in name]


def test_the_database_of_prod_asks_for_a_password_that_is_made_up_once(
    deploy: Deploy, engine: Engine
) -> None:
    configure(**PROD)
    deploy(lambda: stacks.run("prod"))
    made_up = engine["database-password"]
    assert made_up.type == STASH
    assert list(made_up.request.ignoreChanges) == ["input"]
    # A secret arrives wrapped, and so does every list that one is in.
    assert len(made_up.inputs["input"]["value"]) >= 32
    for role in ("database", "post", "comment"):
        for environment in _environments(engine, role):
            assert made_up.inputs["input"]["value"] in str(environment["value"])


def test_a_given_password_is_taken_and_none_made_up(deploy: Deploy, engine: Engine) -> None:
    configure(**PROD)
    values = {**pulumi.runtime.config.CONFIG.get(), "dockyard:databasePassword": "open sesame"}
    pulumi.runtime.set_all_config(values, ["dockyard:databasePassword"])
    deploy(lambda: stacks.run("prod"))
    assert "database-password" not in engine.of_type(STASH)
    for environment in _environments(engine, "database"):
        assert "open sesame" in str(environment["value"])


def test_prod_refuses_a_database_that_lets_everybody_in(deploy: Deploy, engine: Engine) -> None:
    configure(**{**PROD, "databaseUsername": ""})
    with pytest.raises(pulumi.RunError, match="dockyard:databaseUsername: '' lets everybody in"):
        deploy(lambda: stacks.run("prod"))
    assert engine.registrations == []


def test_prod_runs_on_lent_machines_too(deploy: Deploy, engine: Engine) -> None:
    hosts = [
        {"address": f"ssh://deploy@198.51.100.{number}", "hostKeys": [HOST_KEY]}
        for number in (11, 12)
    ]
    configure(sshHosts=hosts)
    deploy(lambda: stacks.run("prod"))
    assert len(engine.of_type(CONTAINER)) == 8
    assert {each.inputs["host"] for each in engine.of_type(PROVIDER).values()} == {
        "ssh://deploy@198.51.100.11",
        "ssh://deploy@198.51.100.12",
    }
    assert not engine.of_type(GCE_VM)
