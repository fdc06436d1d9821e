"""The identity of a span, as the B3 headers of Zipkin carry it from service to service."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

# The collector refuses a whole batch for one identifier that is all zeros.
_TRACE_ID = re.compile(r"(?!0+$)(?:[0-9a-f]{16}|[0-9a-f]{32})")
_SPAN_ID = re.compile(r"(?!0+$)[0-9a-f]{16}")
# Tracers older than the B3 specification wrote a word.
_NOT_SAMPLED = frozenset({"0", "false"})


@dataclass(frozen=True, kw_only=True)
class SpanIdentity:
    """Which span of which trace, and whether the trace is recorded.

    A call is one span that both sides report, each its own half; ``is_shared`` marks the half of
    the side that was called.
    """

    trace_id: str
    span_id: str
    parent_id: str | None = None
    is_sampled: bool = True
    is_shared: bool = False

    def child(self) -> "SpanIdentity":
        """Return the identity of something that happens within this span."""
        return replace(self, span_id=_new_span_id(), parent_id=self.span_id, is_shared=False)

    def headers(self) -> dict[str, str]:
        """Return the headers that pass this identity on."""
        parent = {"X-B3-ParentSpanId": self.parent_id} if self.parent_id else {}
        return {
            "X-B3-TraceId": self.trace_id,
            "X-B3-SpanId": self.span_id,
            "X-B3-Sampled": "1" if self.is_sampled else "0",
            **parent,
        }


def received(headers: Mapping[str, str]) -> SpanIdentity:
    """Return the identity that the caller sent, or a new one where its headers make no sense.

    Who sends identifiers and no decision on sampling leaves it to us: the trace is recorded.
    """
    is_sampled = headers.get("X-B3-Sampled", "") not in _NOT_SAMPLED
    trace_id, span_id = headers.get("X-B3-TraceId", ""), headers.get("X-B3-SpanId", "")
    if not (_TRACE_ID.fullmatch(trace_id) and _SPAN_ID.fullmatch(span_id)):
        return SpanIdentity(
            trace_id=secrets.token_hex(16), span_id=_new_span_id(), is_sampled=is_sampled
        )
    parent_id = headers.get("X-B3-ParentSpanId", "")
    return SpanIdentity(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=parent_id if _SPAN_ID.fullmatch(parent_id) else None,
        is_sampled=is_sampled,
        is_shared=True,
    )


def _new_span_id() -> str:
    return secrets.token_hex(8)
