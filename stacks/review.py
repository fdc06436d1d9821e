"""A review environment: the application as a branch has it, beside others on a shared host."""

import pulumi

from . import application
from .review_settings import ReviewSettings


def program(settings: ReviewSettings) -> None:
    """Deploy the application, its networks and nothing else."""
    deployed = application.deploy(settings.application)
    (name, app) = next(iter(deployed.apps.items()))
    url = deployed.urls[name]
    if settings.host_name:
        url = pulumi.Output.concat("http://", settings.host_name, ":", app.port.apply(str))
    pulumi.export("url", url)
    pulumi.export("branch", settings.branch)
    pulumi.export("slot", settings.slot)
    pulumi.export("dockerHost", deployed.host.endpoint)
    pulumi.export("containers", app.container_names)
    pulumi.export("volume", app.volume_name)
    pulumi.export("recovery", deployed.recovery)
