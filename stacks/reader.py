"""Reading configuration values of one namespace, each checked, none forgotten."""

import difflib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime.config import CONFIG, get_config_env

from components.checks import ArgumentError

_PROJECT_FILE = Path(__file__).parent.parent / "Pulumi.yaml"
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

    def secret_texts(self, key: str) -> dict[str, str]:
        """Return secret texts by name; none where the key isn't set.

        Plain values are refused: they would be readable in the stack's file.
        """
        field = self.field(key)
        self._known.add(field)
        if field not in self._values:
            return {}
        if not pulumi.runtime.config.is_config_secret(field):
            raise ArgumentError(
                field,
                "…",
                f"is not encrypted; pulumi config set --secret --path '{key}.name', and change it",
            )
        texts = _parsed(self._values[field])
        if not isinstance(texts, dict) or not all(isinstance(each, str) for each in texts.values()):
            raise ArgumentError(
                field,
                "…",
                f"is not a set of texts by name; pulumi config set --secret --path '{key}.name' …",
            )
        return texts

    def _parsed(self, key: str) -> Any:  # noqa: ANN401 - whatever somebody wrote there
        return _parsed(self.text(key))

    def refuse_unread_keys(self) -> None:
        """Refuse keys of this namespace that nothing has read: most are slips of the pen.

        A key of another kind of stack is there with its default; only another value is refused.
        """
        read = {field.partition(":")[2] for field in self._known}
        unread = {
            field.partition(":")[2]: value
            for field, value in self._values.items()
            if field.startswith(f"{self._namespace}:") and field not in self._known
        }
        declared = _declared() if unread else {}
        for key in sorted(unread):
            field = self.field(key)
            if key not in declared:
                close = difflib.get_close_matches(key, read, n=1)
                hint = f"did you mean {close[0]}?" if close else "Pulumi.yaml lists the known ones;"
                raise ArgumentError(
                    "configuration", field, f"is an unknown key; {hint} pulumi config rm {key}"
                )
            default = declared[key]["default"]
            if unread[key] != default and _parsed(unread[key]) != default:
                raise ArgumentError(
                    "configuration",
                    field,
                    f"says nothing to this kind of stack; pulumi config rm {key}",
                )


def _declared() -> dict[str, Any]:
    """Return the keys that the project declares."""
    # With C's help, a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load(_PROJECT_FILE.read_text(), Loader=loader)["config"])  # noqa: S506 - a safe one


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever somebody wrote there
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
