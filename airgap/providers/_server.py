"""The engine's side of a provider: requests in, resources of a plugin out."""

import contextlib
import random
import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar, Final, Protocol

import grpc  # type: ignore[import-untyped]
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2 as engine
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2_grpc
from pulumi.runtime.proto import plugin_pb2 as plugin
from pulumi.runtime.proto import provider_pb2 as proto

from airgap.providers._changes import Change, changes
from airgap.providers._checks import Failure, failures, unsupported, with_defaults
from airgap.providers._errors import ProviderError
from airgap.providers._reports import reported
from airgap.providers._schema import Schema
from airgap.providers._states import planned, refreshed_inputs, updated
from airgap.providers._values import Properties, Unknown, from_struct, to_struct

_ENGINE_LOG_SECONDS: Final = 5


class Resource(Protocol):
    """One resource type of a plugin."""

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Create it; its id and its state."""

    def read(self, resource_id: str, state: Properties) -> tuple[str, Properties] | None:
        """Its id and its state as they are now, or ``None`` when it is gone."""

    def update(self, resource_id: str, state: Properties, inputs: Properties) -> Properties:
        """Apply the inputs that changed; its new state."""

    def delete(self, resource_id: str, state: Properties) -> None:
        """Delete it; it being gone already is fine."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine by way of a plugin's resources."""

    name: ClassVar[str]
    """What Pulumi calls the plugin."""
    version: ClassVar[str]
    """The version of the real plugin that this one follows."""
    schemas: ClassVar[Mapping[str, Schema]]
    """The supported resource types by token."""

    def __init__(self) -> None:
        self._announced = False
        self._engine: engine_pb2_grpc.EngineStub | None = None

    @abstractmethod
    def check_settings(self, settings: Properties) -> Iterable[Failure]:
        """What must be refused of the provider's own settings."""

    @abstractmethod
    def configure(self, settings: Properties) -> str:
        """Take the settings; the sentence that says what stands in for what."""

    @abstractmethod
    def resource(self, token: str) -> Resource:
        """A supported resource type, ready to act."""

    def cancel(self) -> None:
        """Stop waiting: the user interrupted the run."""

    def GetPluginInfo(  # noqa: N802 (the names of the protocol)
        self, request: Empty, context: grpc.ServicerContext
    ) -> plugin.PluginInfo:
        """Say the version of the real plugin that this one follows."""
        return plugin.PluginInfo(version=self.version)

    @reported
    def CheckConfig(  # noqa: N802
        self, request: proto.CheckRequest, context: grpc.ServicerContext
    ) -> proto.CheckResponse:
        """Check the provider's settings."""
        refused = self.check_settings(from_struct(request.news))
        return proto.CheckResponse(inputs=request.news, failures=_check_failures(refused))

    @reported
    def DiffConfig(  # noqa: N802
        self, request: proto.DiffRequest, context: grpc.ServicerContext
    ) -> proto.DiffResponse:
        """Changed settings update the provider: what it manages stays where it is."""
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
        return proto.DiffResponse(
            changes=proto.DiffResponse.DIFF_SOME if changed else proto.DiffResponse.DIFF_NONE,
            diffs=changed,
        )

    @reported
    def Configure(  # noqa: N802
        self, request: proto.ConfigureRequest, context: grpc.ServicerContext
    ) -> proto.ConfigureResponse:
        """Take the settings and say once per run that this isn't the real plugin."""
        what_stands_in = self.configure(from_struct(request.args))
        if not self._announced:
            self._announced = True
            self.log(what_stands_in)
        return proto.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

    @reported
    def Check(  # noqa: N802
        self, request: proto.CheckRequest, context: grpc.ServicerContext
    ) -> proto.CheckResponse:
        """Fill in defaults and refuse what can't be done."""
        schema = self.schemas[self._token(request.urn)]
        inputs = from_struct(request.news)
        refused = list(failures(self.name, schema.inputs, inputs))
        inputs = with_defaults(schema.inputs, inputs)
        if schema.auto_named and "name" not in inputs:
            inputs["name"] = _auto_name(request)
        return proto.CheckResponse(inputs=to_struct(inputs), failures=_check_failures(refused))

    @reported
    def Diff(  # noqa: N802
        self, request: proto.DiffRequest, context: grpc.ServicerContext
    ) -> proto.DiffResponse:
        """Compare the inputs with the state, as the real plugin does."""
        schema = self.schemas[self._token(request.urn)]
        found = [
            change
            for change in changes(
                schema.inputs, from_struct(request.olds), from_struct(request.news)
            )
            if change.name not in request.ignoreChanges
        ]
        return proto.DiffResponse(
            changes=proto.DiffResponse.DIFF_SOME if found else proto.DiffResponse.DIFF_NONE,
            diffs=[change.name for change in found],
            replaces=[change.name for change in found if change.replaces],
            detailedDiff={
                change.name: proto.PropertyDiff(kind=_diff_kind(change)) for change in found
            },
            hasDetailedDiff=True,
            deleteBeforeReplace=schema.delete_before_replace,
        )

    @reported
    def Create(  # noqa: N802
        self, request: proto.CreateRequest, context: grpc.ServicerContext
    ) -> proto.CreateResponse:
        """Create a resource, or foretell what is known of it."""
        token, inputs = self._token(request.urn), from_struct(request.properties)
        if request.preview:
            return proto.CreateResponse(properties=to_struct(planned(self.schemas[token], inputs)))
        resource_id, state = self.resource(token).create(inputs)
        return proto.CreateResponse(id=resource_id, properties=to_struct(state))

    @reported
    def Read(  # noqa: N802
        self, request: proto.ReadRequest, context: grpc.ServicerContext
    ) -> proto.ReadResponse:
        """Bring the state up to date."""
        token = self._token(request.urn)
        found = self.resource(token).read(request.id, from_struct(request.properties))
        if found is None:
            return proto.ReadResponse()
        resource_id, state = found
        inputs = refreshed_inputs(self.schemas[token], from_struct(request.inputs), state)
        return proto.ReadResponse(
            id=resource_id, properties=to_struct(state), inputs=to_struct(inputs)
        )

    @reported
    def Update(  # noqa: N802
        self, request: proto.UpdateRequest, context: grpc.ServicerContext
    ) -> proto.UpdateResponse:
        """Change a resource in place, or foretell the result."""
        token = self._token(request.urn)
        state, inputs = from_struct(request.olds), from_struct(request.news)
        if request.preview:
            return proto.UpdateResponse(
                properties=to_struct(updated(self.schemas[token], state, inputs))
            )
        return proto.UpdateResponse(
            properties=to_struct(self.resource(token).update(request.id, state, inputs))
        )

    @reported
    def Delete(  # noqa: N802
        self, request: proto.DeleteRequest, context: grpc.ServicerContext
    ) -> Empty:
        """Delete a resource."""
        self.resource(self._token(request.urn)).delete(request.id, from_struct(request.properties))
        return Empty()

    @reported
    def Invoke(  # noqa: N802
        self, request: proto.InvokeRequest, context: grpc.ServicerContext
    ) -> proto.InvokeResponse:
        """Refuse every function."""
        raise ProviderError(unsupported(self.name, f"the function '{request.tok}'"))

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:  # noqa: N802
        """Stop waiting."""
        self.cancel()
        return Empty()

    def _token(self, urn: str) -> str:
        token = token_of(urn)
        if token not in self.schemas:
            raise ProviderError(unsupported(self.name, f"the resource '{token}'"))
        return token

    def report_to(self, address: str) -> None:
        """Show what there is to say in the output of the engine at ``address``."""
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def log(self, message: str) -> None:
        """Show ``message`` in the run's output, if there is one."""
        if self._engine is None:
            return
        # No run fails for a message that can't be shown.
        with contextlib.suppress(grpc.RpcError):
            self._engine.Log(
                engine.LogRequest(severity=engine.INFO, message=message),
                timeout=_ENGINE_LOG_SECONDS,
            )


def token_of(urn: str) -> str:
    """The type token of the resource that a URN names."""
    return urn.split("::")[2].rpartition("$")[2]


def _check_failures(refused: Iterable[Failure]) -> list[proto.CheckFailure]:
    return [proto.CheckFailure(property=failure.path, reason=failure.reason) for failure in refused]


def _auto_name(request: proto.CheckRequest) -> str | Unknown:
    """The name of a resource whose program gives none: kept for life, new on a replacement."""
    logical = request.name or request.urn.rpartition("::")[2]
    old = from_struct(request.olds).get("name")
    if isinstance(old, str) and re.fullmatch(re.escape(logical) + "-[0-9a-f]{7}", old):
        return old
    digits = random.Random(request.randomSeed or None).randbytes(4).hex()[:7]  # noqa: S311
    return f"{logical}-{digits}"


def _diff_kind(change: Change) -> proto.PropertyDiff.Kind.ValueType:
    if not change.new_present:
        return proto.PropertyDiff.DELETE_REPLACE if change.replaces else proto.PropertyDiff.DELETE
    if change.old_present:
        return proto.PropertyDiff.UPDATE_REPLACE if change.replaces else proto.PropertyDiff.UPDATE
    return proto.PropertyDiff.ADD_REPLACE if change.replaces else proto.PropertyDiff.ADD
