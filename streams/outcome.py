"""What a step may say: a record to emit, or a count for the metrics. The closed set of outcomes."""

from typing import Any, NamedTuple

import msgspec

from schemas.signal import SIGNALS_TOPIC


class Emit(NamedTuple):
    """One output record: a schema struct that the edge encodes, None for a tombstone."""

    topic: str
    key: str
    record: Any

    @property
    def value(self) -> Any:
        """The record as plain data; one of the signal log as it is."""
        return self.record if self.topic == SIGNALS_TOPIC else msgspec.to_builtins(self.record)


class Count(NamedTuple):
    """Something happened that only a metric remembers: family and bounded label values."""

    name: str
    labels: tuple[str, ...] = ()
