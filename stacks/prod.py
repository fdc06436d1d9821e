"""The production stack: the application on hosts that serve others."""

import pulumi

from components import DatabaseKind
from components.checks import ArgumentError

from . import application
from .settings import Settings


def program(settings: Settings) -> None:
    """Deploy the application to every host, and tell people and tools about the hosts."""
    _check(settings)
    deployed = application.deploy(settings)
    host = deployed.host
    pulumi.export("url", next(iter(deployed.urls.values())))
    pulumi.export("urls", deployed.urls)
    pulumi.export("dockerHost", host.endpoint)
    pulumi.export("dockerEnv", host.docker_env)
    pulumi.export("sshConfig", host.ssh_config)
    pulumi.export("ansibleInventory", host.ansible_inventory)
    pulumi.export("prometheusTargets", host.prometheus_targets)
    pulumi.export("recovery", deployed.recovery)
    if deployed.password is not None:
        pulumi.export("databasePassword", deployed.password)


def _check(settings: Settings) -> None:
    if settings.database_kind is DatabaseKind.MONGO and not settings.database_username:
        raise ArgumentError(
            "dockyard:databaseUsername",
            settings.database_username,
            "lets everybody in who reaches the production database; name its administrator",
        )
