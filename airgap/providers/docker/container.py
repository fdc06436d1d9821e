"""``docker:index/container:Container``."""

import time
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from docker.errors import APIError, NotFound

from airgap.providers._changes import is_same
from airgap.providers._errors import InitError, ProviderError
from airgap.providers._schema import OnChange
from airgap.providers._states import merged, updated
from airgap.providers._values import Properties
from airgap.providers.docker import container_trouble as trouble
from airgap.providers.docker.container_config import (
    create_request,
    endpoint,
    hidden_in,
    megabytes,
    restart_policy,
    uploads_archive,
)
from airgap.providers.docker.container_state import as_read, running_state
from airgap.providers.docker.engine import Engine, explain, is_conflict, is_missing
from airgap.providers.docker.image import find_or_pull
from airgap.providers.docker.labels import described
from airgap.providers.docker.table import CONTAINER

_POLL_SECONDS: Final = 0.025
# A program that can't run at all is gone by then.
_SETTLE_SECONDS: Final = 0.1
_REMOVE_SECONDS: Final = 30.0
_DEFAULT_NETWORK: Final = "bridge"

Found = dict[str, Any]
"""The engine's inspection of a container."""


class Container:
    """Containers of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Create a container, connect it, fill it, start it and wait as the inputs say.

        Raises:
            InitError: it exists now, but something after its creation failed.
        """
        name = inputs["name"]
        find_or_pull(self._engine, inputs["image"])
        with self._engine.doing(f"create the container {name}", hidden_in(inputs)):
            container_id = self._create(inputs)
        return container_id, merged(
            CONTAINER, inputs, as_read(self._ready(container_id, inputs), inputs)
        )

    def read(self, resource_id: str, state: Properties) -> tuple[str, Properties] | None:
        """The container as it is now."""
        with self._engine.doing(f"read the container {state.get('name', resource_id)}"):
            found = self._inspect(resource_id)
        if found is None:
            return None
        known = dict(state) if "image" in state else {**state, "image": found["Config"]["Image"]}
        return found["Id"], merged(CONTAINER, known, as_read(found, known))

    def update(self, resource_id: str, state: Properties, inputs: Properties) -> Properties:
        """Change what can be changed in place, and bring a container that must run to run.

        An update without a change is the engine's way to repair a creation that failed half-way.
        """
        name = inputs["name"]
        with self._engine.doing(f"update the container {name}", hidden_in(inputs)):
            found = self._inspect(resource_id)
            if found is None:
                message = (
                    f"can't update the container {name}: it was removed outside of Pulumi; "
                    "run again with --refresh to create it anew"
                )
                raise ProviderError(message)
            changed = {
                name
                for name, field in CONTAINER.inputs.items()
                if not is_same(field, state.get(name), inputs.get(name))
            }
            applied = changed - {"mustRun"}
            if any(CONTAINER.inputs[name].on_change is OnChange.UPDATE for name in applied):
                self._apply_limits(resource_id, inputs)
        must_start = inputs["mustRun"] and inputs["start"] and not found["State"]["Running"]
        if must_start or not changed:
            found = self._ready(resource_id, inputs, repairs=found)
        return updated(CONTAINER, state, inputs) | running_state(found, inputs)

    def delete(self, resource_id: str, state: Properties) -> None:
        """Stop the container if it gets a grace period, then remove it."""
        name = state.get("name", resource_id)
        with self._engine.doing(f"remove the container {name}"):
            try:
                if grace := state.get("destroyGraceSeconds"):
                    self._engine.api.stop(resource_id, timeout=grace)
                self._engine.api.remove_container(
                    resource_id, v=state.get("removeVolumes", True), force=True
                )
            except APIError as error:
                if is_missing(error):
                    return
                if not (is_conflict(error) and "already in progress" in explain(error)):
                    raise
                self._await_removal(resource_id, name)

    def _create(self, inputs: Properties) -> str:
        name = inputs["name"]
        try:
            created = self._engine.api.create_container_from_config(  # type: ignore[no-untyped-call]
                create_request(inputs), name
            )
        except APIError as error:
            if is_conflict(error) and (holder := self._inspect(name)):
                message = (
                    f"can't create the container {name}: name is '{name}', which the container "
                    f"{holder['Id'][:12]} ({described(holder['Config']['Labels'])}) already has; "
                    "if an interrupted run left it behind, remove it with "
                    f"`docker rm -f {name}` and run again, else choose another name"
                )
                raise ProviderError(message) from None
            raise
        return str(created["Id"])

    def _ready(self, container_id: str, inputs: Properties, repairs: Found | None = None) -> Found:
        """Connect, fill, start and await a container; ``repairs`` is one that exists already."""
        hidden = hidden_in(inputs)
        try:
            with self._engine.doing(f"start the container {inputs['name']}", hidden):
                if repairs is None or repairs["State"]["Status"] == "created":
                    self._connect(container_id, inputs, repairs)
                    if uploads := inputs.get("uploads"):
                        self._engine.api.put_archive(container_id, "/", uploads_archive(uploads))
                if inputs["start"]:
                    self._engine.api.start(container_id)
                    return self._await_start(container_id, inputs)
                return self._must_inspect(container_id)
        except InitError:
            raise
        except ProviderError as error:
            self._fail(container_id, inputs, f"was created, but not set up: {error}", str(error))

    def _connect(self, container_id: str, inputs: Properties, repairs: Found | None) -> None:
        networks = inputs.get("networksAdvanced", [])
        if not networks:
            return
        connected = set(repairs["NetworkSettings"]["Networks"]) if repairs else {_DEFAULT_NETWORK}
        if _DEFAULT_NETWORK in connected and inputs["networkMode"] == _DEFAULT_NETWORK:
            self._engine.api.disconnect_container_from_network(container_id, _DEFAULT_NETWORK)
        for network in networks:
            if repairs and self._engine.api.inspect_network(network["name"])["Name"] in connected:
                continue
            self._engine.api.connect_container_to_network(
                container_id, network["name"], **endpoint(network)
            )

    def _await_start(self, container_id: str, inputs: Properties) -> Found:
        """The container once it runs and, when the program waits for that, is healthy."""
        if not inputs["wait"]:
            time.sleep(_SETTLE_SECONDS)
            found = self._must_inspect(container_id)
            if inputs["mustRun"] and not found["State"]["Running"]:
                self._fail(container_id, inputs, "stopped right after its start")
            return found
        deadline = time.monotonic() + inputs["waitTimeout"]
        while True:
            found = self._must_inspect(container_id)
            health = found["State"].get("Health")
            if health and health["Status"] == "healthy":
                return found
            if not found["State"]["Running"]:
                self._fail(container_id, inputs, "stopped before it was healthy")
            if not health:
                self._fail(
                    container_id,
                    inputs,
                    "has no health check, and wait is true; give it a healthcheck "
                    "or set wait to false",
                )
            if time.monotonic() > deadline:
                limit = f"{inputs['waitTimeout']} s (waitTimeout)"
                self._fail(container_id, inputs, f"did not become healthy within {limit}")
            if self._engine.cancelled.wait(_POLL_SECONDS):
                self._fail(container_id, inputs, "was not healthy yet when the run was cancelled")

    def _fail(
        self, container_id: str, inputs: Properties, problem: str, reason: str = ""
    ) -> NoReturn:
        """Report a container that exists but isn't as it should be.

        Raises:
            InitError: with the state that the next run repairs.
        """
        hidden = hidden_in(inputs)
        with self._engine.doing(f"inspect the container {inputs['name']}", hidden):
            found = self._must_inspect(container_id)
            message = trouble.report(
                self._engine, found, problem, hidden, advice=trouble.advice_on(reason)
            )
        state = merged(CONTAINER, inputs, as_read(found, inputs))
        raise InitError(message, container_id, state)

    def _apply_limits(self, container_id: str, inputs: Mapping[str, Any]) -> None:
        self._engine.api.update_container(
            container_id,
            cpu_shares=inputs.get("cpuShares"),
            mem_limit=megabytes(inputs.get("memory")),
            memswap_limit=megabytes(inputs.get("memorySwap")),
            mem_reservation=megabytes(inputs.get("memoryReservation")),
            restart_policy=restart_policy(inputs),
        )

    def _await_removal(self, container_id: str, name: str) -> None:
        deadline = time.monotonic() + _REMOVE_SECONDS
        while self._inspect(container_id) is not None:
            if time.monotonic() > deadline or self._engine.cancelled.wait(_POLL_SECONDS):
                message = (
                    f"can't remove the container {name}: the engine began its removal and "
                    "didn't end it; look at `docker ps -a` and the engine's log, then run again"
                )
                raise ProviderError(message)

    def _inspect(self, container: str) -> Found | None:
        try:
            found: Found = self._engine.api.inspect_container(container)
        except NotFound:
            return None
        return found

    def _must_inspect(self, container_id: str) -> Found:
        found: Found = self._engine.api.inspect_container(container_id)
        return found
