"""The identity of spans in headers."""

import re

import pytest
from starlette.datastructures import Headers

from service import b3

_TRACE = "463ac35c9f6413ad48485a3953bb6124"
_SPAN = "a2fb4a1d1a96d312"
_PARENT = "0020000000000001"


def _received(**changed: str | None) -> b3.SpanIdentity:
    sent = {"trace": _TRACE, "span": _SPAN, "parent": _PARENT, "sampled": "1", **changed}
    names = {
        "trace": "X-B3-TraceId",
        "span": "X-B3-SpanId",
        "parent": "X-B3-ParentSpanId",
        "sampled": "X-B3-Sampled",
    }
    # The way in which the server gives them: their case is lost.
    return b3.received(
        Headers({names[key]: value for key, value in sent.items() if value is not None})
    )


@pytest.mark.parametrize("trace", [_TRACE, _TRACE[:16], "0" * 31 + "1"])
def test_the_span_of_a_call_is_the_callers_own(trace: str) -> None:
    identity = _received(trace=trace)
    assert (identity.trace_id, identity.span_id, identity.parent_id) == (trace, _SPAN, _PARENT)
    assert identity.is_shared


@pytest.mark.parametrize(
    "malformed",
    [
        {"trace": None},
        {"trace": ""},
        {"trace": "0" * 32},
        {"trace": _TRACE[:31]},
        {"trace": _TRACE + "0"},
        {"trace": _TRACE.upper()},
        {"trace": _TRACE[:15] + "g"},
        {"trace": _TRACE + "\n"},
        {"span": None},
        {"span": "0" * 16},
        {"span": _TRACE},
        {"span": "x" * 16},
    ],
)
def test_an_identity_that_makes_no_sense_is_replaced(malformed: dict[str, str | None]) -> None:
    identity = _received(**malformed)
    assert re.fullmatch("[0-9a-f]{32}", identity.trace_id)
    assert re.fullmatch("[0-9a-f]{16}", identity.span_id)
    assert identity.trace_id != _TRACE
    assert (identity.parent_id, identity.is_shared) == (None, False)


@pytest.mark.parametrize("parent", [None, "", "0" * 16, "x" * 16, _TRACE])
def test_a_parent_that_makes_no_sense_is_left_out(parent: str | None) -> None:
    identity = _received(parent=parent)
    assert (identity.span_id, identity.parent_id) == (_SPAN, None)


@pytest.mark.parametrize(
    ("sampled", "expected"),
    [("1", True), ("true", True), ("0", False), ("false", False), (None, True), ("maybe", True)],
)
def test_the_callers_decision_on_sampling_holds(sampled: str | None, *, expected: bool) -> None:
    assert _received(sampled=sampled).is_sampled is expected
    # It may come without identifiers.
    assert _received(sampled=sampled, trace=None).is_sampled is expected


def test_what_is_passed_on_is_received_as_it_was() -> None:
    called = _received(sampled="0").child()
    assert called.span_id not in {_SPAN, _PARENT}
    assert not called.is_shared
    received = b3.received(Headers(called.headers()))
    assert (received.trace_id, received.span_id) == (_TRACE, called.span_id)
    assert (received.parent_id, received.is_sampled) == (_SPAN, False)


def test_the_root_of_a_trace_has_no_parent_to_pass_on() -> None:
    assert "X-B3-ParentSpanId" not in _received(trace=None).headers()
