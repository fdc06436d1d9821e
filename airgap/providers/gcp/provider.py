"""The gcp plugin as the engine sees it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, NoReturn

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2 as proto

from airgap.providers._errors import ProviderError
from airgap.providers._schema import Failure, Kind, Schema, failures
from airgap.providers._server import ENGINE_SETTINGS, Provider
from airgap.providers._values import Properties, to_struct
from airgap.providers.gcp.table import PROVIDER, RESOURCES

_PLACES: Final = ("project", "region", "zone")


class GcpProvider(Provider):
    """Previews of machines, disks, networks and permissions in Google Cloud, and nothing else."""

    name: ClassVar = "gcp"
    version: ClassVar = "10.2.0"
    schemas: ClassVar[Mapping[str, Schema]] = RESOURCES

    def __init__(self) -> None:
        super().__init__()
        self._places: Properties = {}

    def check_settings(self, settings: Properties) -> Iterable[Failure]:
        """Refuse what isn't supported."""
        return failures(self.name, PROVIDER, _decoded(settings))

    def configure(self, settings: Properties) -> str:
        """Take the places where resources are that name none."""
        if refused := list(self.check_settings(settings)):
            raise ProviderError(refused[0].reason)
        self._places = {name: settings[name] for name in _PLACES if settings.get(name)}
        return "gcp: a stand-in for the plugin only previews; nothing in Google Cloud is touched"

    def Check(  # noqa: N802 (the names of the protocol)
        self, request: proto.CheckRequest, context: grpc.ServicerContext
    ) -> proto.CheckResponse:
        """Fill in the provider's places, so that moving to another one shows as a replacement."""
        schema = self.schemas.get(request.urn.split("::")[2].rpartition("$")[2])
        for name, place in self._places.items():
            chosen = schema is not None and name in schema.inputs and schema.inputs[name].computed
            if chosen and name not in request.news:
                request.news.MergeFrom(to_struct({name: place}))
        return super().Check(request, context)

    def resource(self, token: str) -> NoReturn:
        """Refuse to create, read, change or delete anything."""
        message = (
            f"the stand-in {self.name} provider only previews, it can't create, read, change or "
            f"delete {token}; install the real plugin (`pulumi plugin install resource "
            f"{self.name} {self.version}`) and run `python3 -m airgap setup` for that"
        )
        raise ProviderError(message)


def _decoded(settings: Mapping[str, Any]) -> Properties:
    """The provider's settings; the engine hands over what isn't text as JSON texts."""
    return {
        name: _decode(name, value)
        for name, value in settings.items()
        if name not in ENGINE_SETTINGS
    }


def _decode(name: str, value: Any) -> Any:  # noqa: ANN401 (whatever the program gave)
    is_json = name in PROVIDER and PROVIDER[name].kind is not Kind.TEXT
    if not (is_json and isinstance(value, str)):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
