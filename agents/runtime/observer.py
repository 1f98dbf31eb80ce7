"""What the runtime tells whoever measures it; every method may be called often and must be quick."""

from typing import Protocol


class Observer(Protocol):
    """Callbacks on the event loop. Seconds are wall clock, records are counts."""

    def on_batch(self, job: str, partition: int, records: int, seconds: float) -> None:
        """A batch was applied."""

    def on_commit(self, partitions: int, state_keys: int, seconds: float) -> None:
        """A commit ended: partitions moved, state keys written."""

    def on_recovery(self, job: str, partition: int, keys: int, seconds: float, dropped: int) -> None:
        """A partition was restored; `dropped` records of a half commit were set aside."""

    def on_old_tail(self, job: str, partition: int, age_seconds: float) -> None:
        """A dropped half commit was older than the changelog keeps replaced values."""

    def on_ready(self, ready: bool) -> None:
        """True: all assigned partitions are restored. False: a rebalance is under way."""

    def on_lag(self, topic: str, partition: int, records: int, stalled: bool) -> None:
        """Records not yet committed; `stalled`: behind, and no commit moved it for the stall time."""

    def on_gap(self, topic: str, partition: int, real: bool) -> None:
        """The consumer skipped records; False: they were fetched again, True: the broker lost them."""


class Silent:
    """The observer of who does not look."""

    def on_batch(self, job: str, partition: int, records: int, seconds: float) -> None: ...
    def on_commit(self, partitions: int, state_keys: int, seconds: float) -> None: ...
    def on_recovery(self, job: str, partition: int, keys: int, seconds: float, dropped: int) -> None: ...
    def on_old_tail(self, job: str, partition: int, age_seconds: float) -> None: ...
    def on_ready(self, ready: bool) -> None: ...
    def on_lag(self, topic: str, partition: int, records: int, stalled: bool) -> None: ...
    def on_gap(self, topic: str, partition: int, real: bool) -> None: ...
