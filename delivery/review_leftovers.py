"""What an interrupted deployment left on a host, unknown to its stack's state."""

import json
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any, Final

from components import _ownership
from delivery.errors import DeliveryError

_PROVIDER: Final = "pulumi:providers:docker"
_OWNER: Final = "host-owner"
_TIMEOUT_SECONDS: Final = 120
# A network goes once its containers are gone.
_KINDS: Final = {
    "container": ("--all", "--no-trunc"),
    "network": ("--no-trunc",),
    "volume": (),
}
_REMOVE: Final = {"container": ("--force", "--volumes"), "network": (), "volume": ()}


def remove(state: Mapping[str, Any]) -> None:
    """Remove from the hosts of a stack what is the stack's and not in its state.

    Args:
        state: what ``pulumi stack export`` prints.

    Raises:
        DeliveryError: a host doesn't answer, or keeps something.
    """
    resources = (state.get("deployment") or {}).get("resources") or []
    owner = next((each for each in resources if each["urn"].endswith(f"::{_OWNER}")), None)
    if owner is None:
        return
    label = f"{_ownership.LABEL}={owner['outputs']['output']}"
    known = {each.get("id") for each in resources}
    for provider in (each for each in resources if each["type"] == _PROVIDER):
        engine = _engine(provider["inputs"])
        for kind, thing in _things(engine, label):
            if thing not in known:
                print(f"Removing a {kind} that an interrupted deployment left behind: {thing}")
                _docker(engine, kind, "rm", *_REMOVE[kind], thing)


def _things(engine: list[str], label: str) -> Iterator[tuple[str, str]]:
    for kind, options in _KINDS.items():
        listed = _docker(engine, kind, "ls", "--quiet", "--filter", f"label={label}", *options)
        for thing in listed.split():
            yield kind, thing


def _engine(settings: Mapping[str, Any]) -> list[str]:
    """Return the beginning of a command that reaches a provider's engine."""
    host = settings["host"]
    if not host.startswith("ssh://"):
        return ["docker", "--host", host]
    options = settings.get("sshOpts") or []
    # A provider gets all but texts as JSON.
    options = json.loads(options) if isinstance(options, str) else options
    return ["ssh", *options, "--", host]


def _docker(engine: list[str], *arguments: str) -> str:
    if engine[0] == "ssh":
        command = [*engine, shlex.join(["docker", *arguments])]
    else:
        command = [*engine, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - the provider's own options
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise DeliveryError(f"there is no {engine[0]} on PATH; install it") from None
    except subprocess.TimeoutExpired:
        raise DeliveryError(f"{engine[-1]} doesn't answer within {_TIMEOUT_SECONDS} s") from None
    if done.returncode:
        said = done.stderr.strip().rpartition("\n")[2]
        raise DeliveryError(f"'docker {' '.join(arguments[:2])}' at {engine[-1]} failed: {said}")
    return done.stdout
