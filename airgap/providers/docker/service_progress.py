"""Whether a service has got to where its specification says, and what keeps it from that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from docker.errors import NotFound

from airgap.providers.docker.engine import Engine

_RUNNING: Final = "running"
_FAILED: Final = frozenset({"failed", "rejected", "shutdown"})
_GIVEN_UP: Final = frozenset({"paused", "rollback_paused", "rollback_completed"})
_SHOWN_TASKS: Final = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a service has come.

    Attributes:
        done: Every replica runs the specification.
        given_up: The Swarm stopped trying, and why; empty while it goes on.
        running: Replicas that run, of those on nodes that are there.
    """

    done: bool
    given_up: str
    running: int


class Tasks:
    """The tasks of one service."""

    def __init__(self, engine: Engine, service_id: str) -> None:
        self._engine = engine
        self._id = service_id

    def progress(self, found: Mapping[str, Any], *, rolling: bool) -> Progress:
        """How far the service ``found`` has come.

        Args:
            found: the engine's inspection of it.
            rolling: whether the Swarm owes it a rolling update, which it reports on.
        """
        wanted = found["Spec"]["Mode"]["Replicated"]["Replicas"]
        running = self._running()
        status = found.get("UpdateStatus") or {}
        if status.get("State") in _GIVEN_UP:
            why = f"{status['State']}: {status.get('Message', '')}"
            return Progress(done=False, given_up=why, running=running)
        updated = status.get("State") == "completed" or not rolling
        return Progress(done=updated and running == wanted, given_up="", running=running)

    def troubles(self) -> list[str]:
        """What the tasks that failed last say, the latest first, each on one line."""
        failed = [task for task in self._all() if task["Status"].get("Err")]
        failed.sort(key=lambda task: str(task["Status"]["Timestamp"]), reverse=True)
        return [_trouble(task) for task in failed[:_SHOWN_TASKS]]

    def left(self) -> bool:
        """Whether a task of the service still has something on a node that answers."""
        nodes = self._nodes()
        return any(
            task["ServiceID"] == self._id
            and task.get("NodeID") in nodes
            and task["Status"]["State"] not in _FAILED | {"complete", "orphaned"}
            for task in self._engine.api.tasks()  # type: ignore[no-untyped-call]
        )

    def _running(self) -> int:
        nodes = self._nodes()
        slots = {
            task["Slot"]
            for task in self._all({"desired-state": _RUNNING})
            if task["Status"]["State"] == _RUNNING and task.get("NodeID") in nodes
        }
        return len(slots)

    def _nodes(self) -> set[str]:
        return {
            node["ID"] for node in self._engine.api.nodes() if node["Status"]["State"] != "down"
        }

    def _all(self, filters: Mapping[str, str] | None = None) -> Iterable[dict[str, Any]]:
        try:
            tasks: list[dict[str, Any]] = self._engine.api.tasks(  # type: ignore[no-untyped-call]
                {"service": self._id, **(filters or {})}
            )
        except NotFound:
            return []
        return tasks


def _trouble(task: Mapping[str, Any]) -> str:
    state, error = task["Status"]["State"], " ".join(task["Status"]["Err"].split())
    return f"task {task['ID'][:12]} {state}: {error}"
