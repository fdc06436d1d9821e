"""What a component refuses, under the name that the value has in the configuration."""

import re
from collections.abc import Mapping

from components.checks import ArgumentError

from . import ssh_settings
from .reader import Reader


def renamed(reader: Reader, error: ArgumentError, fields: Mapping[str, str]) -> ArgumentError:
    """Return an error of a component under the name that the value has in the configuration.

    Args:
        reader: where the value was read.
        error: what the component says.
        fields: patterns of the component's fields and the keys that their values come from.
    """
    for pattern, key in fields.items():
        if match := re.match(pattern, error.field):
            rest = ssh_settings.with_keys(error.field[match.end() :])
            return ArgumentError(f"{reader.field(key)}{rest}", error.value, error.rule)
    return error
