"""``docker:index/volume:Volume``."""

import time
from collections.abc import Mapping
from typing import Any, Final

from docker.errors import APIError, NotFound

from airgap.providers._errors import ProviderError
from airgap.providers._states import merged, updated
from airgap.providers._values import Properties
from airgap.providers.docker.engine import Engine, explain, is_missing
from airgap.providers.docker.labels import as_dict, as_records
from airgap.providers.docker.table import VOLUME

# Containers of the same run may still be on their way out.
_REMOVE_SECONDS: Final = 30.0
_RETRY_SECONDS: Final = 0.2


class Volume:
    """Volumes of one engine; a volume's id is its name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Create a volume, or adopt the one of that name, data and all, as the engine does."""
        name = inputs["name"]
        with self._engine.doing(f"create the volume {name}"):
            found = self._engine.api.create_volume(
                name,
                driver=inputs.get("driver"),
                driver_opts=inputs.get("driverOpts"),
                labels=as_dict(inputs.get("labels", [])),
            )
        return name, merged(VOLUME, inputs, _as_read(found))

    def read(self, resource_id: str, state: Properties) -> tuple[str, Properties] | None:
        """The volume as it is now."""
        with self._engine.doing(f"read the volume {resource_id}"):
            try:
                found = self._engine.api.inspect_volume(resource_id)
            except NotFound:
                return None
        return resource_id, merged(VOLUME, state, _as_read(found))

    def update(self, resource_id: str, state: Properties, inputs: Properties) -> Properties:
        """Nothing of a volume changes in place."""
        return updated(VOLUME, state, inputs)

    def delete(self, resource_id: str, state: Properties) -> None:
        """Remove the volume and its data once no container uses it."""
        deadline = time.monotonic() + _REMOVE_SECONDS
        with self._engine.doing(f"remove the volume {resource_id}"):
            while True:
                try:
                    self._engine.api.remove_volume(resource_id, force=True)
                except APIError as error:
                    if is_missing(error):
                        return
                    if "volume is in use" not in explain(error):
                        raise
                    if time.monotonic() > deadline or self._engine.cancelled.is_set():
                        message = (
                            f"can't remove the volume {resource_id}: {explain(error)}; "
                            "remove the container that uses it, then run again"
                        )
                        raise ProviderError(message) from None
                    time.sleep(_RETRY_SECONDS)
                else:
                    return


def _as_read(found: Mapping[str, Any]) -> Properties:
    return {
        "name": found["Name"],
        "labels": as_records(found["Labels"]),
        "driver": found["Driver"],
        "driverOpts": found["Options"] or {},
        "mountpoint": found["Mountpoint"],
    }
