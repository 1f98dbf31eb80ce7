"""One raw input record, as a producer would put it on its topic."""

from typing import Any, NamedTuple


class Raw(NamedTuple):
    """A record of an input topic. `at` is its received_at in ms UTC, by which a stream of them is ordered."""

    at: int
    topic: str
    key: str
    value: dict[str, Any]

    def line(self) -> dict[str, Any]:
        """The JSONL form that `intent replay` reads."""
        return {"topic": self.topic, "key": self.key, "value": self.value}
