"""Docker hosts, networks and the containers on them as Pulumi components.

``__init__.pyi`` lists what is public. Each name is imported from its module when it is first used:
whoever uses one component waits for no other's, and needs no other's packages.
"""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

__version__ = "0.2.0"

_MODULES = {
    each.name: f".{statement.module}"
    for statement in ast.parse(Path(__file__).with_suffix(".pyi").read_text("utf-8")).body
    if isinstance(statement, ast.ImportFrom)
    for each in statement.names
}

__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - of any of the types in __init__.pyi
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
