"""The reference of the components: what Pulumi's own analyzer finds in the code."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
from pulumi.provider.experimental.analyzer import (
    Analyzer,
    ComponentDefinition,
    PropertyDefinition,
    TypeDefinition,
)

import components
from docs.extensions.markdown import from_docstring, one_line, page, table

_SHARED = "types.md"
_DEFAULT = re.compile(r"\s*\bDefault: (.+?)\.?$", flags=re.DOTALL)
_INPUTS = ("Input", "Type", "Default", "Meaning")
_INTRODUCTION = """\
Everything here is read from the code when this page is made. In Python a component is
`from dockyard import …` in a project of your own, and `from components import …` in this
repository. From YAML and other languages the names are in camel case: `network_ids` is
`networkIds`.

A type that says *or output* takes an output of another resource, too. All others decide what is
created, and must be known when the program runs."""


def pages() -> dict[str, str]:
    """Return a page for each component, one for the types that several use, and their index."""
    found: Any = Analyzer("dockyard").analyze(_components())
    reference = _Reference(found["component_definitions"], found["type_definitions"])
    written = {_file(name): reference.component(name) for name in reference.components}
    if reference.shared:
        written[_SHARED] = reference.shared_types()
    written["index.md"] = reference.index()
    return written


def _components() -> list[type[pulumi.ComponentResource]]:
    public = [getattr(components, name) for name in components.__all__]
    return [
        each
        for each in public
        if isinstance(each, type) and issubclass(each, pulumi.ComponentResource)
    ]


class _Reference:
    """All components and types, and which component each type belongs to."""

    def __init__(
        self,
        components: Mapping[str, ComponentDefinition],
        types: Mapping[str, TypeDefinition],
    ) -> None:
        self.components = dict(sorted(components.items()))
        self._types = types
        self._used = {name: self._types_of(each) for name, each in self.components.items()}
        self.shared = sorted(each for each in types if not self._is_own(each))

    def index(self) -> str:
        rows = [
            (f"[{name}]({_file(name)})", one_line(_first_paragraph(each.description)))
            for name, each in self.components.items()
        ]
        files = [*map(_file, self.components), *([_SHARED] if self.shared else [])]
        listed = [*(file.removesuffix(".md") for file in files), "configuration", "commands"]
        tree = "\n".join(["```{toctree}", ":hidden:", "", *listed, "```"])
        components = table(("Component", "What it is"), rows)
        return page("Reference", _INTRODUCTION, components, tree)

    def component(self, name: str) -> str:
        definition = self.components[name]
        own = [each for each in self._used[name] if self._is_own(each)]
        outputs = [
            (f"`{definition.outputs_mapping[key]}`", _type(each), one_line(each.description))
            for key, each in definition.outputs.items()
        ]
        return page(
            name,
            from_docstring(definition.description),
            "## Inputs",
            table(_INPUTS, _rows(definition.inputs, definition.inputs_mapping)),
            "## Outputs",
            table(("Output", "Type", "Meaning"), outputs),
            *(self._type(each) for each in own),
        )

    def shared_types(self) -> str:
        return page(
            "Types of several components",
            "What more than one component takes.",
            *(self._type(each) for each in self.shared),
        )

    def _type(self, name: str) -> str:
        definition = self._types[name]
        parts = [f"({_anchor(name)})=\n## {name}", from_docstring(definition.description)]
        if definition.enum:
            values = [(f"`{each.value}`", one_line(each.description)) for each in definition.enum]
            parts.append(table(("Value", "Meaning"), values))
        else:
            rows = _rows(definition.properties, definition.properties_mapping)
            parts.append(table(_INPUTS, rows))
        return "\n\n".join(parts)

    def _is_own(self, name: str) -> bool:
        return sum(name in used for used in self._used.values()) == 1

    def _types_of(self, definition: ComponentDefinition) -> list[str]:
        """Return the types that a component's inputs and outputs lead to, the nearest first."""
        found: dict[str, None] = {}
        pending = [*definition.inputs.values(), *definition.outputs.values()]
        for each in pending:
            pending += [inner for inner in (each.items, each.additional_properties) if inner]
            name = _referred(each)
            if name in self._types and name not in found:
                found[name] = None
                pending += self._types[name].properties.values()
        return list(found)


def _rows(
    properties: Mapping[str, PropertyDefinition], names: Mapping[str, str]
) -> Iterable[tuple[str, str, str, str]]:
    """Return the lines of a table of inputs, the required ones first."""
    for key, each in sorted(properties.items(), key=lambda item: item[1].optional):
        description = one_line(each.description)
        default = _DEFAULT.search(description)
        meaning = _DEFAULT.sub("", description)
        given = (default[1] if default else "none") if each.optional else "**required**"
        yield f"`{names[key]}`", _type(each), given, meaning


def _type(definition: PropertyDefinition) -> str:
    if definition.items:
        text = f"list of {_type(definition.items)}"
    elif definition.additional_properties:
        text = f"map to {_type(definition.additional_properties)}"
    elif name := _referred(definition):
        text = f"[{name}](#{_anchor(name)})" if "dockyard:" in str(definition.ref) else f"`{name}`"
    else:
        text = definition.type.value if definition.type else "any"
    is_innermost = not (definition.items or definition.additional_properties)
    return text if definition.plain or not is_innermost else f"{text} or output"


def _referred(definition: PropertyDefinition) -> str:
    return (definition.ref or "").rpartition(":")[2].rpartition("/")[2]


def _first_paragraph(text: str | None) -> str:
    return (text or "").strip().partition("\n\n")[0]


def _anchor(name: str) -> str:
    return f"type-{name.lower()}"


def _file(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() + ".md"
