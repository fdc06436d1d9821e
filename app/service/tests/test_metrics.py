"""Metrics under the names that dashboards ask for."""

import prometheus_client
from prometheus_client import CollectorRegistry

from service.metrics import NamedCounter


def _exposed(registry: CollectorRegistry) -> list[str]:
    return prometheus_client.generate_latest(registry).decode().splitlines()


def test_a_counter_keeps_its_name_and_starts_at_zero() -> None:
    registry = CollectorRegistry()
    NamedCounter("post_count", "Posts", registry=registry)
    assert "post_count 0.0" in _exposed(registry)


def test_a_counter_counts_each_combination_of_labels() -> None:
    registry = CollectorRegistry()
    counter = NamedCounter("requests", "Requests", ("path", "status"), registry=registry)
    counter.increment("/", "200")
    counter.increment("/", "200")
    counter.increment('/"\n', "404")
    exposed = _exposed(registry)
    assert 'requests{path="/",status="200"} 2.0' in exposed
    assert 'requests{path="/\\"\\n",status="404"} 1.0' in exposed
