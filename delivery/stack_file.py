"""A stack's configuration, put together from a file of the repository and what a job knows."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from delivery.errors import DeliveryError, MisuseError

_NAME = re.compile(r"Pulumi\.([A-Za-z0-9_.-]+)\.yaml")
_NAMESPACE = "dockyard"


def names(root: Path) -> list[str]:
    """Return the names of the stacks that have a configuration file in a folder, sorted."""
    found = (_NAME.fullmatch(file.name) for file in root.glob("Pulumi.*.yaml"))
    return sorted(match.group(1) for match in found if match)


def path(root: Path, stack: str) -> Path:
    """Return where a stack's configuration stands in a folder."""
    return root / f"Pulumi.{stack}.yaml"


def value(root: Path, stack: str, key: str) -> str:
    """Return a key's value as a text: that of the stack's file, or the project's default.

    Args:
        root: the folder of both.
        stack: the stack's name; it may have no file.
        key: without the project's name; the project declares it.
    """
    declared = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    file = path(root, stack)
    content = (yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else None) or {}
    set_here: dict[str, Any] = content.get("config") or {}
    return str(set_here.get(f"{_NAMESPACE}:{key}", declared[key]["default"]))


def compose(template: Path, values: Mapping[str, object], target: Path) -> Path:
    """Write a template's configuration to a file, with values that take precedence.

    Args:
        template: a stack's configuration file; its secrets stay encrypted as they are.
        values: values by key, without the project's name.
        target: the file to write; the folder must be there.

    Returns:
        The file written.

    Raises:
        MisuseError: there is no template.
        DeliveryError: it isn't a configuration file.
    """
    try:
        content = yaml.safe_load(template.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise MisuseError(f"there is no {template}; a stack's configuration stands there") from None
    except yaml.YAMLError as error:
        raise DeliveryError(f"{template} is not YAML: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("config") or {}, dict):
        raise DeliveryError(f"{template} has no map 'config'; see Pulumi.dev.yaml")
    config: dict[str, Any] = content.get("config") or {}
    config |= {f"{_NAMESPACE}:{key}": value for key, value in values.items()}
    target.write_text(yaml.safe_dump({**content, "config": config}), encoding="utf-8")
    return target
