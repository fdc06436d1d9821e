"""Reading configuration values of one namespace, each checked, none forgotten."""

import difflib
import json
import re
from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components.checks import ArgumentError

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")


class Reader:
    """Reads values of one namespace, and remembers which keys there are."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._values: dict[str, str] = {**get_config_env(), **CONFIG.get()}
        self._known: set[str] = set()

    def field(self, key: str) -> str:
        """Return a key's full name, as errors and ``pulumi config`` say it."""
        return f"{self._namespace}:{key}"

    def text(self, key: str, rule: Callable[[str, str], object] | None = None) -> str:
        """Return a text, checked by a rule."""
        field = self.field(key)
        self._known.add(field)
        if field not in self._values:
            raise ArgumentError(
                field, None, f"is not set and Pulumi.yaml has no default; pulumi config set {key} …"
            )
        value = self._values[field]
        if rule:
            rule(field, value)
        return value

    def integer(self, key: str, rule: Callable[[str, int], int] | None = None) -> int:
        """Return a whole number, checked by a rule."""
        value = self.text(key)
        if not _WHOLE_NUMBER.fullmatch(value):
            raise ArgumentError(self.field(key), value, "is not a whole number; write digits only")
        return rule(self.field(key), int(value)) if rule else int(value)

    def boolean(self, key: str) -> bool:
        """Return a truth value."""
        value = self.text(key)
        if value not in {"true", "false"}:
            raise ArgumentError(self.field(key), value, "is neither true nor false")
        return value == "true"

    def texts(self, key: str) -> list[str]:
        """Return a list of texts."""
        items = self._parsed(key)
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ArgumentError(
                self.field(key),
                items,
                f"is not a list of texts; pulumi config set --path '{key}[0]' …",
            )
        return items

    def text_map(self, key: str) -> dict[str, str]:
        """Return texts by name."""
        items = self._parsed(key)
        if not isinstance(items, dict) or not all(isinstance(each, str) for each in items.values()):
            raise ArgumentError(
                self.field(key),
                items,
                f"is not a set of texts by name; pulumi config set --path '{key}.name' …",
            )
        return items

    def objects(self, key: str, *, known: set[str], required: set[str]) -> list[dict[str, Any]]:
        """Return a list of objects that have the required keys and none but the known ones."""
        items = self._parsed(key)
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ArgumentError(
                self.field(key),
                items,
                f"is not a list of objects; pulumi config set --path '{key}[0].…' …",
            )
        for index, item in enumerate(items):
            field = f"{self.field(key)}[{index}]"
            for name in sorted(item.keys() - known):
                listed = ", ".join(sorted(known))
                raise ArgumentError(field, name, f"is an unknown key; known are {listed}")
            for name in sorted(required - item.keys()):
                raise ArgumentError(f"{field}.{name}", None, "is missing; each entry needs one")
        return items

    def secret(self, key: str) -> pulumi.Output[str] | None:
        """Return a secret, or None where there is none.

        A plain value is refused: it would be readable in the stack's file.
        """
        field = self.field(key)
        self._known.add(field)
        if field not in self._values:
            return None
        if not pulumi.runtime.config.is_config_secret(field):
            raise ArgumentError(
                field, "…", f"is not encrypted; pulumi config set --secret {key}, and change it"
            )
        return pulumi.Output.secret(self._values[field])

    def _parsed(self, key: str) -> Any:  # noqa: ANN401 - whatever somebody wrote there
        value = self.text(key)
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value

    def refuse_unknown_keys(self) -> None:
        """Refuse keys of this namespace that nothing reads: most are slips of the pen."""
        known = {field.partition(":")[2] for field in self._known}
        for field in sorted(self._values):
            namespace, _, key = field.partition(":")
            if namespace == self._namespace and key not in known:
                close = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {close[0]}?" if close else "Pulumi.yaml lists the known ones;"
                raise ArgumentError(
                    "configuration", field, f"is an unknown key; {hint} pulumi config rm {key}"
                )
