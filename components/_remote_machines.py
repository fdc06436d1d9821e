"""Other machines than this one, and the wait until their engines can be used."""

import pulumi

from . import _ssh, _ssh_machines
from ._docker_host_args import DockerHostArgs
from ._machine import Machine
from ._readiness import Readiness

_DEFAULT_READY_TIMEOUT_SECONDS = 300


def create(
    name: str, args: DockerHostArgs, opts: pulumi.ResourceOptions
) -> tuple[list[Machine], list[Readiness]]:
    """Return the machines, and what must have succeeded before anything is made on them.

    Args:
        name: beginning of the logical names.
        args: checked, with ``ssh`` or ``gce``.
        opts: options of every resource.
    """
    _ssh.make_room_for_sockets()
    timeout_seconds = int(args.get("ready_timeout_seconds", _DEFAULT_READY_TIMEOUT_SECONDS))
    if "gce" in args:
        # An extra, which takes most of a second to import.
        from . import _gce_machines

        ports = args.get("published_ports", [])
        machines = _gce_machines.create(name, args["gce"], int(args.get("count", 1)), ports, opts)
    else:
        hosts = args["ssh"][: int(args.get("count", len(args["ssh"])))]
        machines = _ssh_machines.create(name, hosts, timeout_seconds, opts)
    return machines, [
        Readiness(f"{name}-{each.name}-ready", each, timeout_seconds, opts) for each in machines
    ]
