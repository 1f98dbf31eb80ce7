"""Keeps the metrics of one process. The families are in agents/metrics.py; nothing else may be counted."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from itertools import product
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from agents import accelerator
from agents.metrics import BUILD, FAMILIES, Family, Part

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
OTHER: Final = "other"
M = TypeVar("M", Counter, Gauge, Histogram)


class Meter:
    """The families of some parts in a registry of their own. KeyError for a family that is not among them."""

    def __init__(self, *parts: Part, registry: CollectorRegistry | None = None, revision: str = "") -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self._metrics = {
            family.name: _build(family, self.registry)
            for family in FAMILIES
            if family.part in {*parts, "any"}
        }
        self.set(BUILD, 1, version("intent-signals"), revision, accelerator.core())

    def add(self, family: Family, *labels: str, by: float = 1) -> None:
        """Count `by` more."""
        metric = self._metrics[family.name]
        assert isinstance(metric, Counter)
        _series(metric, family, labels).inc(by)

    def set(self, family: Family, value: float, *labels: str) -> None:
        """The value as it is now."""
        metric = self._metrics[family.name]
        assert isinstance(metric, Gauge)
        _series(metric, family, labels).set(value)

    def forget(self, family: Family, *labels: str) -> None:
        """End a series whose subject has left this process, such as a revoked partition's lag."""
        metric = self._metrics[family.name]
        if labels in metric._metrics:
            metric.remove(*labels)

    def observe(self, family: Family, value: float, *labels: str) -> None:
        """One more measurement."""
        metric = self._metrics[family.name]
        assert isinstance(metric, Histogram)
        _series(metric, family, labels).observe(value)

    def counter(self, family: Family) -> Counter:
        """The counter itself, for code that keeps labelled children."""
        metric = self._metrics[family.name]
        assert isinstance(metric, Counter)
        return metric

    def histogram(self, family: Family) -> Histogram:
        """The histogram itself."""
        metric = self._metrics[family.name]
        assert isinstance(metric, Histogram)
        return metric

    def text(self) -> bytes:
        """The exposition that /metrics answers with CONTENT_TYPE."""
        return generate_latest(self.registry)


def bounded(family: Family, labels: Iterable[str]) -> tuple[str, ...]:
    """The labels, with whatever lies outside a closed set as `other`."""
    return tuple(
        value if not closed or value in closed else OTHER
        for closed, value in zip(family.values.values(), labels, strict=True)
    )


def _series(metric: M, family: Family, labels: tuple[str, ...]) -> M:
    return metric.labels(*bounded(family, labels)) if family.labels else metric


def _build(family: Family, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    if family.kind == "counter":
        metric: Counter | Gauge | Histogram = Counter(
            family.name, family.meaning, family.labels, registry=registry
        )
    elif family.kind == "gauge":
        metric = Gauge(family.name, family.meaning, family.labels, registry=registry)
    else:
        metric = Histogram(
            family.name, family.meaning, family.labels, buckets=family.buckets, registry=registry
        )
    if family.labels and all(family.values.values()):
        for labels in product(*family.values.values()):
            metric.labels(*labels)  # a known series exists at 0, so that its first increase is seen as one
    return metric
