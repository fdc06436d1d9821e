"""Pulumi's generated gRPC messages without the SDK around them."""

import importlib.util
import sys
import types
from pathlib import Path


def without_sdk() -> None:
    """Let ``pulumi.runtime.proto`` be imported on its own, in a process that needs no more.

    Importing any part of ``pulumi`` runs the whole SDK's ``__init__``: 0.14 s, which a plugin and
    both starts of the language host would pay in every preview. Bare packages with the right paths
    in its place leave just the generated messages, which import only each other.

    Raises:
        SystemExit: this interpreter has no package ``pulumi``.
    """
    found = importlib.util.find_spec("pulumi")
    if found is None or found.origin is None:
        message = f"{sys.executable} has no package pulumi; run 'python3 -m airgap setup' again"
        raise SystemExit(message)
    path = Path(found.origin).parent
    for name in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
        package = types.ModuleType(name)
        package.__path__ = [str(path.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
