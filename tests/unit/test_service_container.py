"""Durations in the form in which the engine reports them."""

import pytest

from components._service_container import go_duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1s"), (59, "59s"), (60, "1m0s"), (90, "1m30s"), (3600, "1h0m0s"), (3661, "1h1m1s")],
)
def test_a_duration_reads_as_go_prints_it(seconds: int, text: str) -> None:
    assert go_duration(seconds) == text
