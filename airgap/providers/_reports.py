"""What a provider raises, as errors that the engine shows for a resource."""

import functools
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import status_pb2

from airgap.providers._errors import InitError, ProviderError
from airgap.providers._values import to_struct

Request = TypeVar("Request")
Response = TypeVar("Response")
Handler = Callable[[Any, Request, grpc.ServicerContext], Response]


def reported(handler: Handler[Request, Response]) -> Handler[Request, Response]:
    """Turn what ``handler`` raises into the error that the engine shows for the resource."""

    @functools.wraps(handler)
    def report(self: Any, request: Request, context: grpc.ServicerContext) -> Response:  # noqa: ANN401
        try:
            return handler(self, request, context)
        except InitError as error:
            _abort_half_done(context, error)
        except ProviderError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except Exception as error:
            # The error's own words may hold any value, secrets included.
            at = traceback.extract_tb(error.__traceback__)[-1]
            context.abort(
                grpc.StatusCode.UNKNOWN,
                f"a fault in the stand-in provider: {type(error).__name__} "
                f"at {at.filename}:{at.lineno}; please report it",
            )
        raise AssertionError  # abort() always raises

    return report


def _abort_half_done(context: grpc.ServicerContext, error: InitError) -> NoReturn:
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(
        proto.ErrorResourceInitFailed(
            id=error.resource_id, properties=to_struct(error.state), reasons=[str(error)]
        )
    )
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, str(error))
    raise AssertionError  # abort() always raises
