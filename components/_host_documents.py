"""What people and tools need to know about hosts, in the forms that they read."""

import json
import shlex
from collections.abc import Sequence

import pulumi

from ._machine import Machine


def ssh_config(machines: Sequence[Machine]) -> pulumi.Output[str]:
    """Return a section of ``ssh_config`` for each machine that has an SSH address."""
    sections = [each.ssh.config(each.name) for each in machines if each.ssh]
    return pulumi.Output.concat("", *sections)


def docker_env(machine: Machine) -> pulumi.Output[str]:
    """Return the line that points Docker's command line to a machine.

    For other machines than this one it takes the machine's section of ``ssh_config``.
    """
    endpoint = f"ssh://{machine.name}" if machine.ssh else machine.endpoint
    return pulumi.Output.from_input(f"export DOCKER_HOST={shlex.quote(endpoint)}")


def ansible_inventory(machines: Sequence[Machine]) -> pulumi.Output[str]:
    """Return an inventory with all machines in the group ``docker_hosts``, JSON."""
    hosts = {each.name: _ansible_host(each) for each in machines}
    return pulumi.Output.json_dumps({"docker_hosts": {"hosts": hosts}}, indent=2)


def _ansible_host(machine: Machine) -> dict[str, pulumi.Input[str]]:
    if machine.ssh is None:
        return {"ansible_connection": "local"}
    options = pulumi.Output.all(*machine.ssh.arguments).apply(shlex.join)
    return {
        "ansible_host": machine.ssh.host,
        "ansible_port": str(machine.ssh.port),
        "ansible_user": machine.ssh.user,
        "ansible_ssh_common_args": options,
    }


def prometheus_targets(machines: Sequence[Machine], ports: Sequence[int]) -> pulumi.Output[str]:
    """Return a group of targets for each machine, labelled with its name, JSON."""
    addresses = pulumi.Output.all(*(each.address for each in machines))

    def document(found: Sequence[str]) -> str:
        return json.dumps(
            [
                {
                    "targets": [f"{address}:{port}" for port in ports],
                    "labels": {"host": machine.name},
                }
                for machine, address in zip(machines, found, strict=True)
            ],
            indent=2,
        )

    return addresses.apply(document)
