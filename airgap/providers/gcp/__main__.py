"""Run the plugin: ``python -m airgap.providers.gcp ENGINE_ADDRESS``."""

from airgap.providers._launch import launch

launch("airgap.providers.gcp.provider", "GcpProvider")
