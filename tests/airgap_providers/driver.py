"""Drives a provider as the engine does, in this process: real requests, no sockets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import status_pb2

from airgap.providers._server import Provider
from airgap.providers._values import Properties, from_struct, to_struct


class Aborted(Exception):  # noqa: N818 (what happened, not what went wrong in a test)
    """The provider answered with an error.

    Attributes:
        left_behind: The resource that the engine puts into its state all the same.
    """

    def __init__(self, message: str, left_behind: proto.ErrorResourceInitFailed | None) -> None:
        super().__init__(message)
        self.left_behind = left_behind


class _Context:
    """As much of gRPC's context as a provider uses."""

    def __init__(self) -> None:
        self._metadata: dict[str, bytes] = {}

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        """Keep the details of an error."""
        self._metadata = dict(metadata)

    def abort(self, code: grpc.StatusCode, message: str) -> NoReturn:
        """End the call."""
        assert code is grpc.StatusCode.UNKNOWN
        left_behind = None
        if details := self._metadata.get("grpc-status-details-bin"):
            status = status_pb2.Status.FromString(details)
            assert status.message == message
            left_behind = proto.ErrorResourceInitFailed()
            assert status.details[0].Unpack(left_behind)
        raise Aborted(message, left_behind)


@dataclass
class Checked:
    """What Check answers."""

    inputs: Properties
    refused: dict[str, str]


@dataclass
class Differs:
    """What Diff answers."""

    kinds: dict[str, str]
    replaces: list[str]
    delete_before_replace: bool


class Driver:
    """The engine's part, for one provider."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def configure(self, **settings: object) -> None:
        """Check the provider's settings, then configure it."""
        checked = self.check_config(**settings)
        assert not checked, checked
        self._provider.Configure(
            proto.ConfigureRequest(args=to_struct(settings)), self._fresh_context()
        )

    def check_config(self, **settings: object) -> dict[str, str]:
        """The refused settings and why."""
        answer = self._provider.CheckConfig(
            proto.CheckRequest(news=to_struct(settings)), self._fresh_context()
        )
        return {failure.property: failure.reason for failure in answer.failures}

    def check(
        self, token: str, inputs: Mapping[str, Any], olds: Mapping[str, Any] | None = None
    ) -> Checked:
        """Check the inputs of a resource called ``it``."""
        answer = self._provider.Check(
            proto.CheckRequest(
                urn=_urn(token),
                name="it",
                news=to_struct(inputs),
                olds=to_struct(olds or {}),
                randomSeed=b"seed",
            ),
            self._fresh_context(),
        )
        refused = {failure.property: failure.reason for failure in answer.failures}
        return Checked(from_struct(answer.inputs), refused)

    def diff(
        self,
        token: str,
        state: Mapping[str, Any],
        inputs: Mapping[str, Any],
        ignored: tuple[str, ...] = (),
    ) -> Differs:
        """Compare checked inputs with a state."""
        answer = self._provider.Diff(
            proto.DiffRequest(
                urn=_urn(token),
                olds=to_struct(state),
                news=to_struct(self.check(token, inputs, state).inputs),
                ignoreChanges=ignored,
            ),
            self._fresh_context(),
        )
        kinds = {
            name: proto.PropertyDiff.Kind.Name(diff.kind)
            for name, diff in answer.detailedDiff.items()
        }
        assert answer.hasDetailedDiff
        assert sorted(kinds) == sorted(answer.diffs)
        changed = answer.changes == proto.DiffResponse.DIFF_SOME
        assert changed == bool(kinds)
        return Differs(kinds, list(answer.replaces), answer.deleteBeforeReplace)

    def create(
        self, token: str, inputs: Mapping[str, Any], *, preview: bool = False
    ) -> tuple[str, Properties]:
        """Check the inputs, then create the resource."""
        checked = self.check(token, inputs)
        assert not checked.refused, checked.refused
        answer = self._provider.Create(
            proto.CreateRequest(
                urn=_urn(token), properties=to_struct(checked.inputs), preview=preview
            ),
            self._fresh_context(),
        )
        return answer.id, from_struct(answer.properties)

    def read(
        self, token: str, resource_id: str, state: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> tuple[str, Properties, Properties]:
        """Refresh: the id (empty when it is gone), the state and the inputs."""
        answer = self._provider.Read(
            proto.ReadRequest(
                urn=_urn(token),
                id=resource_id,
                properties=to_struct(state),
                inputs=to_struct(inputs),
            ),
            self._fresh_context(),
        )
        return answer.id, from_struct(answer.properties), from_struct(answer.inputs)

    def update(
        self,
        token: str,
        resource_id: str,
        state: Mapping[str, Any],
        inputs: Mapping[str, Any],
        *,
        preview: bool = False,
    ) -> Properties:
        """Check the inputs, then update the resource."""
        answer = self._provider.Update(
            proto.UpdateRequest(
                urn=_urn(token),
                id=resource_id,
                olds=to_struct(state),
                news=to_struct(self.check(token, inputs, state).inputs),
                preview=preview,
            ),
            self._fresh_context(),
        )
        return from_struct(answer.properties)

    def delete(self, token: str, resource_id: str, state: Mapping[str, Any]) -> None:
        """Delete the resource."""
        self._provider.Delete(
            proto.DeleteRequest(urn=_urn(token), id=resource_id, properties=to_struct(state)),
            self._fresh_context(),
        )

    def invoke(self, token: str) -> None:
        """Call a function."""
        self._provider.Invoke(proto.InvokeRequest(tok=token), self._fresh_context())

    def cancel(self) -> None:
        """Interrupt the run."""
        self._provider.cancel()

    def _fresh_context(self) -> Any:
        return _Context()


def _urn(token: str) -> str:
    return f"urn:pulumi:test::project::dockyard:index:RedditApp${token}::it"
