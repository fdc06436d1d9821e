"""The library's public face: each component can be hosted, and each field is explained.

What it is, with all that is required, is frozen in ``schema.json``, which
``tests/e2e/test_plugin.py`` compares.
"""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.provider.experimental.analyzer import Analyzer, PropertyDefinition, PropertyType

import components
from plugin.hosting import Plugin

COMPONENTS = [
    each
    for each in (getattr(components, name) for name in components.__all__)
    if isinstance(each, type) and issubclass(each, pulumi.ComponentResource)
]
# What sounds like a secret, and the one thing that does and is none.
_SOUNDS_SECRET = re.compile(
    r"password|token$|^credentials$|webhook$|^(private)?key$", re.IGNORECASE
)
_NO_SECRET = {"GitlabVariableArgs.key"}


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


def test_every_component_of_the_library_is_exported() -> None:
    for file in Path(components.__file__).parent.glob("[!_]*.py"):
        for each in vars(importlib.import_module(f"components.{file.stem}")).values():
            if isinstance(each, type) and issubclass(each, pulumi.ComponentResource):
                assert each is pulumi.ComponentResource or each in COMPONENTS, each


def test_every_component_has_inputs_outputs_and_a_description(analysis: Any) -> None:
    for name, component in analysis["component_definitions"].items():
        assert component.inputs, name
        assert component.outputs, name
        assert component.description, name


def test_every_field_is_described(analysis: Any) -> None:
    properties = _properties(analysis)
    assert len(properties) > 40
    assert [name for name, each in properties.items() if not each.description] == []


def test_what_sounds_like_a_secret_is_marked_as_one() -> None:
    schema = json.loads(Plugin().schema or "")
    secrets: set[str] = set()
    others: set[str] = set()
    for token, each in {**schema["resources"], **schema["types"]}.items():
        for kind in ("inputProperties", "properties"):
            for name, definition in (each.get(kind) or {}).items():
                known = secrets if definition.get("secret") else others
                known.add(f"{token.rpartition(':')[2]}.{name}")
    assert {"GitlabServer.rootPassword", "RunnerPool.token", "RegistryArgs.password"} <= secrets
    missed = {each for each in others if _SOUNDS_SECRET.search(each.partition(".")[2])}
    assert missed == _NO_SECRET


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
