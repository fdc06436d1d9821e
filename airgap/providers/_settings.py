"""A provider's own settings, as the engine hands them over."""

import json
from collections.abc import Mapping
from typing import Any, Final

from airgap.providers._schema import Field, Kind
from airgap.providers._values import Properties

_OF_THE_ENGINE: Final = frozenset({"version", "pluginDownloadURL", "__internal"})
"""What the engine itself keeps among a provider's settings."""


def decoded(fields: Mapping[str, Field], settings: Mapping[str, Any]) -> Properties:
    """The provider's own settings; the engine hands over what isn't text as JSON texts.

    Args:
        fields: What the provider may be told.
        settings: What it is told.
    """
    return {
        name: _decoded(fields.get(name), value)
        for name, value in settings.items()
        if name not in _OF_THE_ENGINE
    }


def _decoded(field: Field | None, value: Any) -> Any:  # noqa: ANN401 (whatever the program gave)
    if field is None or field.kind is Kind.TEXT or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
