"""The gcp plugin as the engine sees it."""

from collections.abc import Mapping
from typing import ClassVar, Final

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2 as proto

from airgap.providers._preview_only import PreviewOnlyProvider
from airgap.providers._schema import Field, Schema
from airgap.providers._server import token_of
from airgap.providers._values import Properties, to_struct
from airgap.providers.gcp.table import PROVIDER, RESOURCES

_PLACES: Final = ("project", "region", "zone")


class GcpProvider(PreviewOnlyProvider):
    """Previews of machines, disks, networks and permissions in Google Cloud, and nothing else."""

    name: ClassVar = "gcp"
    version: ClassVar = "10.2.0"
    service: ClassVar = "Google Cloud"
    settings: ClassVar[Mapping[str, Field]] = PROVIDER
    schemas: ClassVar[Mapping[str, Schema]] = RESOURCES

    def __init__(self) -> None:
        super().__init__()
        self._places: Properties = {}

    def configure(self, settings: Properties) -> str:
        """Take the places where resources are that name none."""
        what_stands_in = super().configure(settings)
        self._places = {name: settings[name] for name in _PLACES if settings.get(name)}
        return what_stands_in

    def Check(  # noqa: N802 (the names of the protocol)
        self, request: proto.CheckRequest, context: grpc.ServicerContext
    ) -> proto.CheckResponse:
        """Fill in the provider's places, so that moving to another one shows as a replacement."""
        schema = self.schemas.get(token_of(request.urn))
        for name, place in self._places.items():
            chosen = schema is not None and name in schema.inputs and schema.inputs[name].computed
            if chosen and name not in request.news:
                request.news.MergeFrom(to_struct({name: place}))
        return super().Check(request, context)
