"""What a step may say: a record to emit, or a count for the metrics. The closed set of outcomes."""

from typing import Any, NamedTuple


class Emit(NamedTuple):
    """One output record. `value` is plain data or a schema struct; the edge encodes it."""

    topic: str
    key: str
    value: Any


class Count(NamedTuple):
    """Something happened that only a metric remembers: family and bounded label values."""

    name: str
    labels: tuple[str, ...] = ()
