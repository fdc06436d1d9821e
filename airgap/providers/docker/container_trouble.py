"""What to tell the user about a container that isn't as it should be."""

from collections.abc import Mapping
from typing import Any, Final

from docker.errors import APIError

from airgap.providers.docker.engine import Engine, Hidden, hide

_LOG_LINES: Final = 10
_HEALTH_LINES: Final = 3
_PORT_TAKEN: Final = ("port is already allocated", "address already in use")


def report(
    engine: Engine, found: Mapping[str, Any], problem: str, hidden: Hidden, *, advice: str = ""
) -> str:
    """The problem, how the container does, its last health check and the end of its log."""
    lines = [f"container {found['Name'].lstrip('/')} {problem}", f"container: {_condition(found)}"]
    if check := _last_check(found):
        lines.append(f"health check: {check}")
    if log := _log(engine, found["Id"]):
        lines += ["end of its log:", *(f"  {line}" for line in log)]
    if advice:
        lines.append(advice)
    return hide("\n  ".join(lines), hidden)


def advice_on(reason: str) -> str:
    """What to do about a container that can't start."""
    if any(words in reason for words in _PORT_TAKEN):
        return "free that port, or give another one in ports[].external, then run again"
    return ""


def _condition(found: Mapping[str, Any]) -> str:
    state = found["State"]
    if state["Running"]:
        return str(state["Status"])
    killed = ", killed for lack of memory" if state.get("OOMKilled") else ""
    return f"{state['Status']}, exit code {state['ExitCode']}{killed}"


def _last_check(found: Mapping[str, Any]) -> str:
    health = found["State"].get("Health") or {}
    checks = health.get("Log") or []
    if not checks:
        return str(health.get("Status", ""))
    output = " / ".join(checks[-1]["Output"].split("\n")[-_HEALTH_LINES - 1 :]).strip(" /")
    return f"{health['Status']}, exit code {checks[-1]['ExitCode']}: {output or 'no output'}"


def _log(engine: Engine, container_id: str) -> list[str]:
    try:
        log = engine.api.logs(container_id, stdout=True, stderr=True, tail=_LOG_LINES)
    except APIError:
        # Some log drivers keep nothing to read.
        return []
    return [line.rstrip() for line in log.decode(errors="replace").splitlines()]
