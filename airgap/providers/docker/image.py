"""``docker:index/remoteImage:RemoteImage``, and finding an image for a container."""

from collections.abc import Mapping
from typing import Any

from docker.errors import APIError, NotFound
from docker.utils import parse_repository_tag

from airgap.providers._errors import ProviderError
from airgap.providers._states import merged, updated
from airgap.providers._values import Properties
from airgap.providers.docker.engine import Engine, explain, hide, is_missing
from airgap.providers.docker.table import REMOTE_IMAGE


class RemoteImage:
    """Images on one engine: there already, or pulled."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Make sure that the image is there."""
        name = inputs["name"]
        found = find_or_pull(self._engine, name, inputs.get("platform"))
        return found["Id"] + name, merged(REMOTE_IMAGE, inputs, _as_read(name, found))

    def read(self, resource_id: str, state: Properties) -> tuple[str, Properties] | None:
        """The image that has the name now."""
        name = state.get("name") or _name_in(resource_id)
        with self._engine.doing(f"read the image {name}"):
            found = find(self._engine, name)
        if found is None:
            return None
        return found["Id"] + name, merged(
            REMOTE_IMAGE, {**state, "name": name}, _as_read(name, found)
        )

    def update(self, resource_id: str, state: Properties, inputs: Properties) -> Properties:
        """What changes without a replacement steers the removal."""
        return updated(REMOTE_IMAGE, state, inputs)

    def delete(self, resource_id: str, state: Properties) -> None:
        """Remove the image from the engine, unless it is to be kept there."""
        if state.get("keepLocally"):
            return
        name = state["name"]
        with self._engine.doing(f"remove the image {name}"):
            try:
                self._engine.api.remove_image(name, force=state.get("forceRemove", False))
            except APIError as error:
                if is_missing(error):
                    return
                if "in use" in explain(error) or "being used" in explain(error):
                    message = (
                        f"can't remove the image {name}: {explain(error)}; set keepLocally to "
                        "true to leave it on the engine, or remove the container that uses it"
                    )
                    raise ProviderError(message) from None
                raise


def find(engine: Engine, name: str) -> dict[str, Any] | None:
    """The image on the engine that ``name`` (a tag, a digest or an id) refers to."""
    try:
        found: dict[str, Any] = engine.api.inspect_image(name)  # type: ignore[no-untyped-call]
    except NotFound:
        return None
    return found


def find_or_pull(engine: Engine, name: str, platform: str | None = None) -> dict[str, Any]:
    """The image ``name``, pulled only when the engine hasn't got it.

    Raises:
        ProviderError: it is not there and can't be pulled.
    """
    with engine.doing(f"find the image {name}"):
        found = find(engine, name)
        if found is not None:
            return found
        reason = "an image id can't be pulled"
        if not name.startswith("sha256:"):
            reason = _pull(engine, name, platform)
            found = find(engine, name)
    if found is None:
        message = (
            f"the image '{name}' is not on the Docker Engine at '{engine.host.address}' "
            f"and can't be pulled ({reason}); build or load it there, or correct the reference"
        )
        raise ProviderError(message)
    return found


def _pull(engine: Engine, name: str, platform: str | None) -> str:
    """Pull the image; why that failed, or nothing."""
    repository, tag = parse_repository_tag(name)
    login = engine.logins.of(name)
    try:
        progress = engine.api.pull(
            repository,
            tag=tag or "latest",
            stream=True,
            decode=True,
            platform=platform,
            auth_config=login.for_engine,
        )
        failed = [step["error"] for step in progress if "error" in step]
    except APIError as error:
        return f"{hide(explain(error), login.hidden)}; {login.described}"
    if failed:
        return f"{hide(failed[-1], login.hidden)}; {login.described}"
    return "the registry sent another image"


def _name_in(resource_id: str) -> str:
    """The name in an id such as ``sha256:…mongo:8.0``, as an import gives it."""
    return resource_id[len("sha256:") + 64 :]


def _as_read(name: str, found: Mapping[str, Any]) -> Properties:
    digests = found.get("RepoDigests") or []
    repository, _ = parse_repository_tag(name)
    own = [digest for digest in digests if digest.partition("@")[0] == repository]
    return {"imageId": found["Id"], "repoDigest": next(iter(own or digests), "")}
