"""Machines that are there already and reached over SSH."""

from collections.abc import Sequence
from dataclasses import replace

import pulumi

from . import _readiness, _ssh_rules
from ._engine_setup import EngineSetup
from ._machine import Machine
from ._ssh_args import SshHostArgs

# Root needs no sudo, and an image may have none.
_AS_ROOT = 'if [ "$(id -u)" = 0 ]; then exec bash -s; else exec sudo -n bash -s; fi'


def create(
    name: str, hosts: Sequence[SshHostArgs], timeout_seconds: int, opts: pulumi.ResourceOptions
) -> list[Machine]:
    """Describe the machines, and set up their engines where that is asked for.

    Args:
        name: beginning of the logical names.
        hosts: checked.
        timeout_seconds: how long each may take to let us in.
        opts: options of every resource.
    """
    return [
        _machine(name, f"ssh[{index}]", args, timeout_seconds, opts)
        for index, args in enumerate(hosts)
    ]


def _machine(
    name: str, field: str, args: SshHostArgs, timeout_seconds: int, opts: pulumi.ResourceOptions
) -> Machine:
    ssh = _ssh_rules.machine(field, args)
    machine = Machine(
        name=args.get("name", ssh.name),
        endpoint=ssh.endpoint,
        address=ssh.host,
        place=ssh.endpoint,
        identity=ssh.endpoint,
        ssh=ssh,
    )
    if "engine" not in args:
        return machine
    # An extra, which hosts that are set up already do without.
    import pulumi_command as command

    setup = EngineSetup(args["engine"])
    login = _readiness.login_hook(f"{name}-{machine.name}-login", machine, timeout_seconds)
    done = command.local.Command(
        f"{name}-{machine.name}-setup",
        # The command's shell is the far one: the last argument is what runs there.
        interpreter=machine.ssh_command,
        create=_AS_ROOT,
        stdin=setup.script,
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                hooks=pulumi.ResourceHookBinding(before_create=[login], before_update=[login])
            ),
        ),
    )
    return replace(machine, setup_version=setup.version, after=(done,))
