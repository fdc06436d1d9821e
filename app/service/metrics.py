"""Prometheus metrics: one registry per service, so that several can share a process."""

import threading
from collections.abc import Iterable, Iterator

import prometheus_client
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

# Each counter and histogram would otherwise carry a second series with its time of birth.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class NamedCounter(Collector):
    """A counter that is exposed under exactly the name given.

    The client library appends ``_total`` to every counter. Dashboards made for the original
    services ask for ``post_count``, so the series keeps that name; its type is then 'untyped',
    which Prometheus treats alike.
    """

    def __init__(
        self,
        name: str,
        documentation: str,
        label_names: Iterable[str] = (),
        *,
        registry: CollectorRegistry,
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._label_names = tuple(label_names)
        self._lock = threading.Lock()
        # Without labels there is one series, and it is there from the start.
        self._values: dict[tuple[str, ...], float] = {} if self._label_names else {(): 0.0}
        registry.register(self)

    def increment(self, *label_values: str) -> None:
        """Add one to the series with these label values."""
        with self._lock:
            self._values[label_values] = self._values.get(label_values, 0.0) + 1

    def collect(self) -> Iterator[Metric]:
        """Yield the series as they are now."""
        with self._lock:
            values = dict(self._values)
        metric = Metric(self._name, self._documentation, "unknown")
        for label_values, value in sorted(values.items()):
            labels = dict(zip(self._label_names, label_values, strict=True))
            metric.add_sample(self._name, labels, value)
        yield metric


def registry() -> CollectorRegistry:
    """Return a registry that already watches the process itself."""
    new = CollectorRegistry()
    prometheus_client.ProcessCollector(registry=new)
    prometheus_client.GCCollector(registry=new)
    return new


def respond(request: Request, source: CollectorRegistry) -> Response:
    """Return the metrics in the format that the scraper asks for."""
    encode, content_type = prometheus_client.exposition.choose_encoder(
        request.headers.get("accept", "")
    )
    return Response(encode(source), headers={"Content-Type": content_type})
