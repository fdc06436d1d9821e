"""Run the plugin: ``python -m airgap.providers.command ENGINE_ADDRESS``."""

from airgap.providers._launch import launch

launch("airgap.providers.command.provider", "CommandProvider")
