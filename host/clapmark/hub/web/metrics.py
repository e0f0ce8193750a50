"""Prometheus metrics of one hub process. None names a talk or a person."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """What is counted."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "clapmark_hub_requests", "Requests by kind and status", ("kind", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "clapmark_hub_request_seconds", "Time to answer", ("kind",), buckets=_SECONDS, registry=self.registry
        )
        self.refused = Counter(
            "clapmark_hub_refused", "Pushes that were refused, by reason", ("reason",), registry=self.registry
        )
        self.marks = Counter("clapmark_hub_marks", "Marks stored, by effect", ("effect",), registry=self.registry)
        self.ready = Gauge("clapmark_hub_ready", "1 if the database answers", registry=self.registry)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return bytes(generate_latest(self.registry))
