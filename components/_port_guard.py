"""Refuses a port that another program holds, before anything is created."""

import errno
import socket
from collections.abc import Mapping
from typing import Any

import pulumi


class PortGuard(pulumi.Stash):
    """A record of the ports that a stack publishes on this machine.

    The ports that are new since the last deployment are tried when the record changes, in the
    preview too. Ports of an unchanged record are the stack's own and not tried again. What must
    not start beside a refused port has to depend on the guard.
    """

    def __init__(self, name: str, ports: list[str], opts: pulumi.ResourceOptions) -> None:
        hook = pulumi.ResourceHook(
            f"{name}-free", refuse_taken_ports, pulumi.ResourceHookOptions(on_dry_run=True)
        )
        guarded = pulumi.ResourceOptions(
            hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])
        )
        super().__init__(name, input=ports, opts=pulumi.ResourceOptions.merge(opts, guarded))


def refuse_taken_ports(args: pulumi.ResourceHookArgs) -> None:
    before = _ports(args.old_inputs)
    for port in _ports(args.new_inputs):
        if port in before:
            continue
        reason = _why_taken(port)
        if reason:
            raise RuntimeError(
                f"Port {port} can't be published: {reason}. Nothing was created. Stop what "
                "listens there, or choose another port."
            )


def _ports(inputs: Mapping[str, Any] | None) -> list[str]:
    return list((inputs or {}).get("input") or [])


def _why_taken(port: str) -> str | None:
    address, _, number = port.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the engine does: a socket that lingers from an earlier connection is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, int(number)))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "another program listens on it"
            if error.errno == errno.EADDRNOTAVAIL:
                return f"this machine has no address {address}"
            # Ports below 1024 need a privilege that the engine has and this program may lack.
            if error.errno != errno.EACCES:
                raise
    return None
