"""What the plugin serves: the components, and a schema that says which values are secrets."""

import json
import re
from typing import Any

from pulumi import ComponentResource, Inputs
from pulumi.provider import main
from pulumi.provider.experimental.analyzer import PropertyDefinition, PropertyType
from pulumi.provider.experimental.component import ComponentProvider

import components

# Annotations can't say it, so the descriptions do.
_SECRET = re.compile(r"\ba secret\b")


class Plugin(ComponentProvider):
    """Dockyard's components behind Pulumi's protocol for providers."""

    def __init__(self) -> None:
        exported = [getattr(components, name) for name in components.__all__]
        super().__init__(
            [
                each
                for each in exported
                if isinstance(each, type) and issubclass(each, ComponentResource)
            ],
            "dockyard",
            version=components.__version__,
        )
        self.schema = json.dumps(_with_secrets(json.loads(self.schema or "{}")))

    def map_input_properties(
        self,
        inputs: Inputs,
        properties: dict[str, PropertyDefinition],
        mapping: dict[str, str],
        component_name: str,
        property_path: str,
    ) -> Inputs:
        """Return the inputs under their Python names, whole numbers as such.

        The protocol has one kind of number. The SDK forgets what it has made of it.
        """
        mapped = super().map_input_properties(
            inputs, properties, mapping, component_name, property_path
        )
        whole = {
            mapping[name] for name, each in properties.items() if each.type is PropertyType.INTEGER
        }
        return {
            name: int(value)
            if name in whole and isinstance(value, float) and value.is_integer()
            else value
            for name, value in mapped.items()
        }


def _with_secrets(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema in which each property that is described as a secret is marked as one."""
    for each in (*schema["resources"].values(), *schema["types"].values()):
        for kind in ("inputProperties", "properties"):
            for property_ in (each.get(kind) or {}).values():
                if _SECRET.search(property_.get("description") or ""):
                    property_["secret"] = True
    return schema


def serve(arguments: list[str]) -> None:
    """Serve the components until the engine has had enough.

    Args:
        arguments: what the engine calls the plugin with.
    """
    main(Plugin(), arguments)
