"""Run the plugin: ``python -m airgap.providers.gitlab ENGINE_ADDRESS``."""

from airgap.providers._launch import launch

launch("airgap.providers.gitlab.provider", "GitlabProvider")
