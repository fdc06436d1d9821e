"""Where spans go, and what happens when they can't."""

import asyncio
import time
from collections import Counter

import pytest
from prometheus_client import CollectorRegistry

from app.conftest import Collector, free_port
from service import zipkin
from service.settings import SettingError
from service.zipkin import Reporter, ZipkinSettings


@pytest.mark.parametrize("value", ["", "false", "False"])
def test_it_is_off_unless_asked_for(value: str) -> None:
    assert zipkin.from_environ({}) is None
    assert zipkin.from_environ({"ZIPKIN_ENABLED": value}) is None


def test_the_server_is_where_the_original_has_it_unless_told_otherwise() -> None:
    assert zipkin.from_environ({"ZIPKIN_ENABLED": "true"}) == ZipkinSettings(
        host="zipkin", port=9411
    )
    environ = {"ZIPKIN_ENABLED": "True", "ZIPKIN_HOST": "traces", "ZIPKIN_PORT": "80"}
    assert zipkin.from_environ(environ) == ZipkinSettings(host="traces", port=80)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ZIPKIN_ENABLED", "Yes"), ("ZIPKIN_HOST", "http://zipkin"), ("ZIPKIN_PORT", "0")],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{name} is '{value}'"):
        zipkin.from_environ({"ZIPKIN_ENABLED": "true", name: value})


class _Reported:
    """A reporter that was given some spans, started, and stopped at once."""

    def __init__(self, spans: int, host: str, port: int) -> None:
        registry = CollectorRegistry()
        reporter = Reporter("demo", ZipkinSettings(host=host, port=port), registry=registry)
        begin = time.monotonic()
        for number in range(spans):
            reporter.add({"id": f"{number:016x}"})
        self.adding_seconds = time.monotonic() - begin
        begin = time.monotonic()
        asyncio.run(self._run_once(reporter))
        self.seconds = time.monotonic() - begin
        self.fates = {
            fate: registry.get_sample_value("zipkin_spans_total", {"fate": fate})
            for fate in ("reported", "lost")
        }

    @staticmethod
    async def _run_once(reporter: Reporter) -> None:
        async with reporter.running():
            pass


def test_what_waits_at_the_end_is_sent_in_batches(collector: Collector) -> None:
    reported = _Reported(450, "127.0.0.1", collector.port)
    assert Counter(collector.requests) == {("/api/v2/spans", "application/json"): 3}
    assert [span["id"] for span in collector.spans] == [f"{number:016x}" for number in range(450)]
    assert reported.fates == {"reported": 450, "lost": 0}
    assert reported.seconds < 1


def test_nothing_is_sent_where_nothing_waits(collector: Collector) -> None:
    _Reported(0, "127.0.0.1", collector.port)
    assert collector.requests == []


def test_the_newest_are_lost_and_counted_while_too_many_wait(collector: Collector) -> None:
    reported = _Reported(2500, "127.0.0.1", collector.port)
    assert collector.spans[-1]["id"] == f"{1999:016x}"
    assert reported.fates == {"reported": 2000, "lost": 500}
    assert reported.adding_seconds < 0.1


def test_a_server_that_refuses_a_batch_is_not_asked_again_at_once(collector: Collector) -> None:
    collector.status = 500
    assert _Reported(450, "127.0.0.1", collector.port).fates == {"reported": 0, "lost": 200}
    assert len(collector.requests) == 1


def test_a_server_that_hangs_delays_the_end_by_a_second_at_most(collector: Collector) -> None:
    collector.seconds = 1.9
    assert 0.9 < _Reported(1, "127.0.0.1", collector.port).seconds < 1.5


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid", "a" * 100])
def test_a_server_that_is_not_there_costs_the_spans_alone(host: str) -> None:
    assert _Reported(1, host, free_port()).fates == {"reported": 0, "lost": 1}
