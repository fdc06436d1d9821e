"""The gitlab plugin as the engine sees it."""

from collections.abc import Mapping
from typing import ClassVar

from airgap.providers._preview_only import PreviewOnlyProvider
from airgap.providers._schema import Field, Schema
from airgap.providers.gitlab.table import PROVIDER, RESOURCES


class GitlabProvider(PreviewOnlyProvider):
    """Previews of a group, a project and what belongs to it, and nothing else."""

    name: ClassVar = "gitlab"
    version: ClassVar = "10.4.0"
    service: ClassVar = "GitLab"
    settings: ClassVar[Mapping[str, Field]] = PROVIDER
    schemas: ClassVar[Mapping[str, Schema]] = RESOURCES
