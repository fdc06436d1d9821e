"""Starts a provider plugin: the engine waits for this on every preview."""

import importlib

from airgap import wire_format


def launch(module: str, provider: str) -> None:
    """Serve the provider class ``provider`` of ``module`` until the engine is done with it."""
    wire_format.without_sdk()
    process = importlib.import_module("airgap.providers._process")
    process.serve(getattr(importlib.import_module(module), provider)())
