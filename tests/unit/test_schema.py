"""The library's public face: each component can be hosted, and each field is explained."""

from typing import Any

import pulumi
import pytest
from pulumi.provider.experimental.analyzer import Analyzer, PropertyDefinition, PropertyType

import components

COMPONENTS = [
    each
    for each in vars(components).values()
    if isinstance(each, type) and issubclass(each, pulumi.ComponentResource)
]


@pytest.fixture(scope="module")
def analysis() -> Any:
    """What Pulumi's analyzer makes of the library, as a plugin would serve it."""
    return Analyzer("dockyard").analyze(COMPONENTS)


def _properties(analysis: Any) -> dict[str, PropertyDefinition]:
    found: dict[str, PropertyDefinition] = {}
    for name, component in analysis["component_definitions"].items():
        found |= {f"{name}.{key}": each for key, each in component.inputs.items()}
        found |= {f"{name} > {key}": each for key, each in component.outputs.items()}
    for name, definition in analysis["type_definitions"].items():
        found |= {f"{name}.{key}": each for key, each in definition.properties.items()}
    return found


def test_the_components_are_the_ones_announced(analysis: Any) -> None:
    assert set(analysis["component_definitions"]) == {
        "BridgeNetworks",
        "ContainerApp",
        "DockerHost",
        "GitlabProject",
        "GitlabServer",
        "HostNetwork",
        "PulledImages",
        "RedditApp",
        "RunnerPool",
    }


def test_everything_public_is_exported() -> None:
    assert {name for name in vars(components) if name[0].isupper()} == set(components.__all__)


def test_every_component_has_inputs_outputs_and_a_description(analysis: Any) -> None:
    for name, component in analysis["component_definitions"].items():
        assert component.inputs, name
        assert component.outputs, name
        assert component.description, name


def test_every_field_is_described(analysis: Any) -> None:
    properties = _properties(analysis)
    assert len(properties) > 40
    assert [name for name, each in properties.items() if not each.description] == []


def test_numbers_are_plain_since_a_hosted_component_can_not_take_them_as_outputs(
    analysis: Any,
) -> None:
    numbers = {
        name: each
        for name, each in _properties(analysis).items()
        if each.type in {PropertyType.INTEGER, PropertyType.NUMBER} and ">" not in name
    }
    assert numbers
    assert [name for name, each in numbers.items() if not each.plain] == []


def test_only_what_has_no_default_is_required(analysis: Any) -> None:
    required = {
        f"{name}.{key}"
        for name, component in analysis["component_definitions"].items()
        for key, each in component.inputs.items()
        if not each.optional
    }
    assert required == {
        "BridgeNetworks.networks",
        "ContainerApp.networkIds",
        "ContainerApp.prefix",
        "ContainerApp.services",
        "GitlabProject.group",
        "GitlabProject.project",
        "GitlabServer.prefix",
        "GitlabServer.externalUrl",
        "GitlabServer.networkId",
        "HostNetwork.prefix",
        "HostNetwork.project",
        "HostNetwork.region",
        "HostNetwork.subnets",
        "PulledImages.references",
        "RedditApp.prefix",
        "RedditApp.frontNetworkId",
        "RedditApp.backNetworkId",
        "RedditApp.ui",
        "RedditApp.post",
        "RedditApp.comment",
        "RedditApp.database",
        "RunnerPool.gitlabUrl",
        "RunnerPool.networkId",
        "RunnerPool.prefix",
        "RunnerPool.token",
    }
