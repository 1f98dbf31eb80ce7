"""The collector's metrics. Labels: route templates, status codes, configured sources, closed reasons."""

from dataclasses import dataclass

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

from agents import metrics
from agents.meter import Meter


@dataclass(frozen=True, slots=True)
class Meters:
    """All metrics of the HTTP edge."""

    registry: CollectorRegistry
    requests: Counter
    duration: Histogram
    size: Histogram
    received: Counter
    rejected: Counter
    bots: Counter
    withheld: Counter
    produce_errors: Counter
    produce_duration: Histogram


def build_meters(registry: CollectorRegistry = REGISTRY) -> Meters:
    """The families of agents/metrics.py once in a registry. Raises ValueError when they are there already."""
    meter = Meter("collector", registry=registry)
    return Meters(
        registry=registry,
        requests=meter.counter(metrics.REQUESTS),
        duration=meter.histogram(metrics.REQUEST_SECONDS),
        size=meter.histogram(metrics.REQUEST_BYTES),
        received=meter.counter(metrics.RECEIVED),
        rejected=meter.counter(metrics.REJECTED),
        bots=meter.counter(metrics.EDGE_BOTS),
        withheld=meter.counter(metrics.WITHHELD),
        produce_errors=meter.counter(metrics.EDGE_ERRORS),
        produce_duration=meter.histogram(metrics.EDGE_PRODUCE_SECONDS),
    )
