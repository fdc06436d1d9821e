"""The rule for secrets that are not marked as such, and so lie readable in the state.

It can tell a marked secret from a plain text. It can't tell that a text is a secret which neither
has a name like one nor the format of a known kind, and looks into no file or archive.
"""

from collections.abc import Iterator
from typing import Final

from policies.containers import LAYOUTS
from policies.instances import METADATA_FIELDS, TYPES
from policies.rules import Finding, Resource, Rule
from policies.secret_patterns import format_of, named_like_a_secret
from policies.values import entries, fields, found


def _plain(resource: Resource) -> Iterator[Finding]:
    yield from _named(resource)
    # Not even a marked secret may be there; another rule says so.
    skipped = METADATA_FIELDS if resource.type in TYPES else frozenset[str]()
    for key, value in resource.properties.items():
        if key not in skipped:
            yield from _recognised(key, value)


def _named(resource: Resource) -> Iterator[Finding]:
    for path, name, value in _variables(resource):
        # A value of a known format is found by it.
        if value and named_like_a_secret(name) and not format_of(value):
            yield Finding(path, f"the value of {name} is plain text")


def _variables(resource: Resource) -> Iterator[tuple[str, str, str]]:
    """Yield path, name and value of each environment variable."""
    layout = LAYOUTS.get(resource.type)
    pattern = layout.environment if layout else "environment"
    for path, environment in found(resource.properties, pattern):
        for index, entry in enumerate(entries(environment)):
            if isinstance(entry, str):
                name, _, value = entry.partition("=")
                yield f"{path}[{index}]", name, value
        for name, value in fields(environment).items():
            if isinstance(value, str):
                yield f"{path}.{name}", name, value


def _recognised(path: str, value: object) -> Iterator[Finding]:
    if isinstance(value, str):
        if kind := format_of(value):
            yield Finding(path, f"contains {kind} in plain text")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _recognised(f"{path}[{index}]", each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _recognised(f"{path}.{key}", each)


RULES: Final = (
    Rule(
        name="no-plain-secret",
        types=frozenset(),
        description="A secret must be marked as one: plain, it lies readable in state and logs.",
        remedy="set it with 'pulumi config set --secret', or wrap it in pulumi.Output.secret",
        check=_plain,
        sees_marks=True,
    ),
)
"""The rule for unmarked secrets."""
