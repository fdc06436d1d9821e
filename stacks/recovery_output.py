"""What ``python -m recovery`` has to know of a stack."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components import DockerHost


def places(
    host: DockerHost,
    containers: Mapping[str, Mapping[str, pulumi.Output[str]]],
    *,
    swarm: bool = False,
) -> dict[str, dict[str, Any]]:
    """Return, for each host's name, how its Docker is reached and which containers it has.

    Args:
        host: the hosts.
        containers: the containers' names by role, for each host that has any; of a Swarm the
            services' names, for the host that has its data.
        swarm: whether the hosts are a Swarm.
    """
    return {
        name: {
            "engine": host.endpoints[name],
            "ssh": host.providers[name].machine.ssh_command,
            "containers": dict(names),
            "swarm": swarm,
        }
        for name, names in containers.items()
    }
