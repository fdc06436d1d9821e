"""The project's configuration, as the engine hands it to a program."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pulumi
import yaml

PROJECT = yaml.safe_load((Path(__file__).parents[2] / "Pulumi.yaml").read_text())


def configure(*, secret: Collection[str] = (), **changes: Any) -> None:
    """Set the configuration as the engine hands it over: the project's defaults, then changes.

    Args:
        secret: keys whose values are encrypted in the stack's file.
        changes: values by key.
    """
    values = {key: declared["default"] for key, declared in PROJECT["config"].items()}
    texts = {
        f"dockyard:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in {**values, **changes}.items()
    }
    pulumi.runtime.set_all_config(texts, [f"dockyard:{key}" for key in secret])
