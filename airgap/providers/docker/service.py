"""``docker:index/service:Service``."""

import time
from collections.abc import Mapping
from typing import Any, Final

from docker.errors import APIError, NotFound

from airgap.providers._errors import InitError, ProviderError
from airgap.providers._states import merged, updated
from airgap.providers._values import Properties
from airgap.providers.docker.durations import parse_duration
from airgap.providers.docker.engine import Engine, hide, is_conflict, is_missing
from airgap.providers.docker.labels import described
from airgap.providers.docker.service_config import hidden_in, specification
from airgap.providers.docker.service_progress import Tasks
from airgap.providers.docker.service_state import as_read
from airgap.providers.docker.service_table import SERVICE

_POLL_SECONDS: Final = 0.25
_REMOVE_SECONDS: Final = 60.0
_NANOSECONDS: Final = 1e9

Found = dict[str, Any]
"""The engine's inspection of a service."""


class Service:
    """Services of one Swarm, by way of one of its managers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Create a service; one that is awaited and doesn't get there is removed again."""
        name, hidden = inputs["name"], hidden_in(inputs)
        with self._engine.doing(f"create the service {name}", hidden):
            service_id = self._create(inputs)
            if problem := self._awaited(service_id, inputs, rolling=False):
                self._remove(service_id)
                message = f"the service {name} {problem}; it was removed again"
                raise ProviderError(hide(message, hidden))
            found = self._must_inspect(service_id)
        return service_id, merged(SERVICE, inputs, as_read(found))

    def read(self, resource_id: str, state: Properties) -> tuple[str, Properties] | None:
        """The service as it is now."""
        with self._engine.doing(f"read the service {state.get('name', resource_id)}"):
            try:
                found = self._must_inspect(resource_id)
            except NotFound:
                return None
        return found["ID"], merged(SERVICE, state, as_read(found))

    def update(self, resource_id: str, state: Properties, inputs: Properties) -> Properties:
        """Have the Swarm update the service, and wait as the inputs say.

        Raises:
            InitError: the Swarm gave up; the state is what it went back to.
        """
        name, hidden = inputs["name"], hidden_in(inputs)
        with self._engine.doing(f"update the service {name}", hidden):
            before = self._must_inspect(resource_id)
            self._engine.api.update_service(
                resource_id, before["Version"]["Index"], **specification(inputs)
            )
            found = self._must_inspect(resource_id)
            rolling = found["Spec"]["TaskTemplate"] != before["Spec"]["TaskTemplate"]
            problem = self._awaited(resource_id, inputs, rolling=rolling)
            found = self._must_inspect(resource_id)
        if problem:
            message = hide(f"the service {name} was not updated: it {problem}", hidden)
            raise InitError(message, resource_id, merged(SERVICE, inputs, as_read(found)))
        return updated(SERVICE, state, inputs) | as_read(found)

    def delete(self, resource_id: str, state: Properties) -> None:
        """Remove the service and wait until its containers are gone."""
        with self._engine.doing(f"remove the service {state.get('name', resource_id)}"):
            self._remove(resource_id)

    def _create(self, inputs: Properties) -> str:
        name = inputs["name"]
        try:
            created = self._engine.api.create_service(  # type: ignore[no-untyped-call]
                **specification(inputs)
            )
        except APIError as error:
            if is_conflict(error) and (holder := self._named(name)):
                message = (
                    f"can't create the service {name}: name is '{name}', which the service "
                    f"{holder['ID'][:12]} ({described(holder['Spec'].get('Labels'))}) already has; "
                    "if an interrupted run left it behind, remove it with "
                    f"`docker service rm {name}` and run again, else choose another name"
                )
                raise ProviderError(message) from None
            raise
        return str(created["ID"])

    def _awaited(self, service_id: str, inputs: Mapping[str, Any], *, rolling: bool) -> str:
        """Wait as the inputs say; what went wrong, or nothing."""
        if "convergeConfig" not in inputs:
            return ""
        limit = inputs["convergeConfig"]["timeout"]
        deadline = time.monotonic() + parse_duration(limit) / _NANOSECONDS
        tasks = Tasks(self._engine, service_id)
        while True:
            progress = tasks.progress(self._must_inspect(service_id), rolling=rolling)
            if progress.done:
                return ""
            if progress.given_up:
                return "\n  ".join([f"ended as {progress.given_up}", *tasks.troubles()])
            if time.monotonic() > deadline:
                wanted = inputs["mode"]["replicated"]["replicas"]
                problem = (
                    f"has {progress.running} of {wanted} replicas after {limit} "
                    "(convergeConfig.timeout)"
                )
                return "\n  ".join([problem, *tasks.troubles()])
            if self._engine.cancelled.wait(_POLL_SECONDS):
                return "was not there yet when the run was cancelled"

    def _remove(self, service_id: str) -> None:
        tasks = Tasks(self._engine, service_id)
        try:
            self._engine.api.remove_service(service_id)  # type: ignore[no-untyped-call]
        except APIError as error:
            if is_missing(error):
                return
            raise
        deadline = time.monotonic() + _REMOVE_SECONDS
        while tasks.left() and time.monotonic() < deadline:
            if self._engine.cancelled.wait(_POLL_SECONDS):
                return

    def _named(self, name: str) -> Found | None:
        found: list[Found] = self._engine.api.services(  # type: ignore[no-untyped-call]
            filters={"name": name}
        )
        return next((each for each in found if each["Spec"]["Name"] == name), None)

    def _must_inspect(self, service_id: str) -> Found:
        found: Found = self._engine.api.inspect_service(  # type: ignore[no-untyped-call]
            service_id
        )
        return found
