"""Run the plugin: ``python -m airgap.providers.docker ENGINE_ADDRESS``."""

from airgap.providers._launch import launch

launch("airgap.providers.docker.provider", "DockerProvider")
