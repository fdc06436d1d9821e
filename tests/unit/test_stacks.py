"""The stacks as a whole: what a program registers, in which order."""

import pulumi
import pytest

import stacks
from tests.unit.project import configure
from tests.unit.recorder import CONTAINER, IMAGE, NETWORK, PROVIDER, VOLUME, Deploy, Engine


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
        "prod or prod-<anything>"
    )
    assert engine.registrations == []


def test_the_page_does_not_depend_on_the_network_of_the_database(
    deploy: Deploy, engine: Engine
) -> None:
    configure()
    deploy(lambda: stacks.run("dev"))
    joined = engine["reddit-ui"].request.propertyDependencies["networksAdvanced"].urns
    assert {urn.rpartition("::")[2] for urn in joined} == {"networks-front"}
