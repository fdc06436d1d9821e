"""Waits until a machine's Docker Engine can be used, before anything is made on it."""

import asyncio
import time

import pulumi

from . import _process
from ._engine_setup import VERSION_FILE
from ._machine import Machine
from ._process import Finished

# One login and one look at both: which set-up has been finished, and which engine answers.
_ENGINE = (
    f'printf "%s\\n" "$(cat {VERSION_FILE} 2>/dev/null)" && '
    "docker version --format '{{.Server.Version}}'"
)
_LOGIN = "true"
# What Google's guest agent runs at every boot.
_SET_UP_AGAIN = "sudo -n google_metadata_script_runner startup"
_SSH_FAILED = 255
_FIRST_PAUSE_SECONDS = 1.0
# Also what the quota of a VM's guest attributes has room for: two lookups per try, ten a minute.
_LONGEST_PAUSE_SECONDS = 15.0
# A try may have to wait for a connection and for an engine that is starting.
_TRY_SECONDS = 60.0
_SHOWN_LINES = 3


class Readiness(pulumi.Stash):
    """A record of a machine that answered, with its engine and set-up as they should be.

    It changes with the way to the machine, the machine itself and the version of its set-up; then
    the machine is asked again. A plan asks nothing.

    Args:
        name: logical name.
        machine: one with an SSH address.
        timeout_seconds: how long to wait for it.
        opts: options of the record.
    """

    def __init__(
        self, name: str, machine: Machine, timeout_seconds: int, opts: pulumi.ResourceOptions
    ) -> None:
        hook = pulumi.ResourceHook(
            f"{name}-engine", _wait_for(machine, _ENGINE, "a Docker Engine", timeout_seconds)
        )
        waiting = pulumi.ResourceOptions(
            depends_on=list(machine.after),
            hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook]),
        )
        record = {
            "command": machine.ssh_command,
            "identity": machine.identity,
            "started_as": machine.started_as,
            "setup": machine.setup_version or "",
        }
        super().__init__(name, input=record, opts=pulumi.ResourceOptions.merge(opts, waiting))


def login_hook(name: str, machine: Machine, timeout_seconds: int) -> pulumi.ResourceHook:
    """Return a hook that waits until the machine lets us in, whatever is installed there."""
    return pulumi.ResourceHook(name, _wait_for(machine, _LOGIN, "a login", timeout_seconds))


def _wait_for(
    machine: Machine, question: str, awaited: str, timeout_seconds: int
) -> pulumi.ResourceHookFunction:
    async def wait(_: pulumi.ResourceHookArgs) -> None:
        await wait_until_ready(machine, question, awaited, timeout_seconds)

    return wait


async def wait_until_ready(
    machine: Machine, question: str, awaited: str, timeout_seconds: int
) -> None:
    """Return when the machine answers as it should.

    Raises:
        RuntimeError: it never does, or waiting won't mend it.
    """
    ssh = await machine.ssh_command.future() or []
    deadline = time.monotonic() + timeout_seconds
    pause = _FIRST_PAUSE_SECONDS
    asked_again = announced = False
    while True:
        left = max(deadline - time.monotonic(), _FIRST_PAUSE_SECONDS)
        done = await _try([*ssh, question], left)
        obstacle = _obstacle(machine, done)
        if not obstacle:
            return
        _refuse_what_waiting_will_not_mend(machine, done)
        if time.monotonic() + pause >= deadline:
            raise RuntimeError(
                f"{machine.endpoint}: waited {timeout_seconds} s for {awaited} in vain: {obstacle}."
                f" Nothing was made there. {_advice(machine)}"
            )
        if not announced:
            announced = True
            pulumi.log.info(
                f"{machine.endpoint}: waiting up to {timeout_seconds} s for {awaited} ({obstacle})"
            )
        if done.code == 0 and _set_up(done) and not asked_again:
            # An older set-up has been finished: the new one would come with the next boot only.
            asked_again = True
            await _try([*ssh, _SET_UP_AGAIN], left)
            continue
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


async def _try(command: list[str], left_seconds: float) -> Finished:
    seconds = min(left_seconds, _TRY_SECONDS)
    try:
        return await _process.run(command, timeout_seconds=seconds)
    except TimeoutError:
        return Finished(code=_SSH_FAILED, output="", errors=f"no answer in {seconds:.0f} s")


def _set_up(done: Finished) -> str:
    """Return the version of the set-up that the machine has finished; empty without one."""
    return done.output.partition("\n")[0]


def _obstacle(machine: Machine, done: Finished) -> str:
    """Say what is still missing; nothing if the machine is as it should be."""
    if done.code:
        return "; ".join(done.errors.strip().splitlines()[-_SHOWN_LINES:]) or f"exit {done.code}"
    if machine.setup_version in {None, _set_up(done)}:
        return ""
    return f"its set-up is at version '{_set_up(done)}', not '{machine.setup_version}'"


def _refuse_what_waiting_will_not_mend(machine: Machine, done: Finished) -> None:
    # A machine that is being made has neither its keys published nor its user at first.
    if machine.vm or done.code != _SSH_FAILED:
        return
    if "Host key verification failed" in done.errors:
        raise RuntimeError(
            f"{machine.endpoint}: the host's key is not the pinned one. Nothing was made there. "
            "Compare what `ssh-keyscan` prints with the host's own key: if it was set up anew, "
            "change host_keys; if they differ, somebody stands in between."
        )
    if "Permission denied" in done.errors:
        raise RuntimeError(
            f"{machine.endpoint}: the login was refused ({done.last_words}). Nothing was made "
            "there. Check that the key (identity_file, or the SSH agent's) belongs to a line of "
            "the user's authorized_keys."
        )


def _advice(machine: Machine) -> str:
    if machine.vm:
        return (
            "Look at the serial console, or at `journalctl -u google-startup-scripts` on the VM; "
            "then deploy again."
        )
    return "Check the address, the network and the engine; then deploy again."
