"""The development stack: the whole application on this machine, or on one that is lent."""

import pulumi

from . import application
from .settings import Settings


def program(settings: Settings) -> None:
    """Deploy the application, its networks and nothing else."""
    deployed = application.deploy(settings)
    (name, app) = next(iter(deployed.apps.items()))
    pulumi.export("url", deployed.urls[name])
    pulumi.export("dockerHost", deployed.host.endpoint)
    pulumi.export("containers", app.container_names)
    pulumi.export("volume", app.volume_name)
    pulumi.export("recovery", deployed.recovery)
