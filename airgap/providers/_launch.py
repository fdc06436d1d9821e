"""Starts a provider plugin: the engine waits for this on every preview."""

import importlib
import importlib.util
import sys
import types
from pathlib import Path


def launch(module: str, provider: str) -> None:
    """Serve the provider class ``provider`` of ``module`` until the engine is done with it."""
    _import_only_the_wire_format()
    server = importlib.import_module("airgap.providers._server")
    server.serve(getattr(importlib.import_module(module), provider)())


def _import_only_the_wire_format() -> None:
    """Let ``pulumi.runtime.proto`` be imported without the SDK around it.

    Importing any part of ``pulumi`` runs the whole SDK's ``__init__``, 0.1 s that a plugin has no
    use for. Bare packages with the right path in its place leave just the generated messages.
    """
    found = importlib.util.find_spec("pulumi")
    if found is None or found.origin is None:
        message = (
            "the package 'pulumi' is not installed for "
            f"{sys.executable}; run this plugin with the project's virtual environment"
        )
        raise SystemExit(message)
    path = Path(found.origin).parent
    for name in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
        package = types.ModuleType(name)
        package.__path__ = [str(path.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
