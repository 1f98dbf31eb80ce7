"""The runtime and its processors, measured: callbacks of the one, counts and outputs of the others."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter

from agents import metrics
from agents.health import Health
from agents.meter import Meter
from agents.runtime.processor import OnDemand, Output, Processor, Record
from agents.tally import count_outputs, count_steps, stream_of

_TIMESTAMP = attrgetter("timestamp")


class MeteredRuntime:
    """The runtime's Observer: tells the meter and the health. Label values are our own topics and jobs."""

    def __init__(self, meter: Meter, health: Health, wall_clock: Callable[[], float] = time.time) -> None:
        self._meter = meter
        self._health = health
        self._now = wall_clock
        self._lags: set[tuple[str, int]] = set()
        self._ready: bool | None = None

    def on_batch(self, job: str, partition: int, records: int, seconds: float) -> None:
        """A batch was applied."""
        self._meter.add(metrics.RECORDS, job, by=records)
        self._meter.observe(metrics.STEP_SECONDS, seconds, job)

    def on_commit(self, partitions: int, state_keys: int, seconds: float) -> None:
        """A commit ended well."""
        self._meter.add(metrics.COMMITS)
        self._meter.add(metrics.COMMIT_KEYS, by=state_keys)
        self._meter.observe(metrics.COMMIT_SECONDS, seconds)
        self._meter.set(metrics.LAST_COMMIT, self._now())

    def on_recovery(self, job: str, partition: int, keys: int, seconds: float, dropped: int) -> None:
        """A partition was restored."""
        self._meter.add(metrics.RECOVERED, job, by=keys)
        self._meter.add(metrics.DROPPED_TAIL, job, by=dropped)
        self._meter.observe(metrics.RECOVERY_SECONDS, seconds, job)

    def on_old_tail(self, job: str, partition: int, age_seconds: float) -> None:
        """A half commit was older than the changelog keeps replaced values."""
        self._meter.add(metrics.OLD_TAILS, job)

    def on_ready(self, ready: bool) -> None:
        """All assigned partitions are restored, or a rebalance is under way."""
        if not ready:
            self._forget_lags()
            if self._ready is not False:
                self._meter.add(metrics.REBALANCES)
        self._ready = ready
        self._health.restored(ready)
        self._meter.set(metrics.READY, int(ready))
        self._meter.set(metrics.RECOVERING, int(not ready))

    def on_lag(self, topic: str, partition: int, records: int, stalled: bool) -> None:
        """How far a partition is behind, and whether it stands still."""
        self._lags.add((topic, partition))
        self._meter.set(metrics.CONSUMER_LAG, records, topic, str(partition))
        self._health.stalled(topic, partition, stalled)
        self._meter.set(metrics.STALLED, len(self._health.stalls))

    def on_gap(self, topic: str, partition: int, real: bool) -> None:
        """The consumer skipped records."""
        self._meter.add(metrics.GAPS, topic, "lost" if real else "refetched")

    def _forget_lags(self) -> None:
        for topic, partition in self._lags:
            self._meter.forget(metrics.CONSUMER_LAG, topic, str(partition))
        self._lags.clear()
        self._meter.set(metrics.STALLED, 0)


class MeteredProcessor:
    """A processor as it is, with its counts, outputs and lags told to the meter."""

    def __init__(
        self,
        inner: Processor,
        meter: Meter,
        topic_prefix: str = "",
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.inner = inner
        self._meter = meter
        self._prefix = topic_prefix
        self._now = wall_clock
        self.assign = inner.assign
        self.restore = inner.restore
        self.recovered = inner.recovered
        self.revoke = inner.revoke
        self.take_dirty = inner.take_dirty
        if isinstance(inner, OnDemand):
            self.attach, self.settled = inner.attach, inner.settled

    def apply(self, partition: int, records: Sequence[Record]) -> None:
        """The inner apply; then what it counted, and how old its newest records were."""
        self.inner.apply(partition, records)
        counts = getattr(self.inner, "counts", None)
        if counts:
            count_steps(self._meter, counts)
        if records:
            newest = max(map(_TIMESTAMP, records)) / 1000
            self._note_time(stream_of(records[0].topic.removeprefix(self._prefix)), newest)

    def take_outputs(self) -> list[Output]:
        """The inner outputs, counted."""
        outputs = self.inner.take_outputs()
        if outputs:
            count_outputs(self._meter, outputs, self._prefix, self._now())
        return outputs

    def _note_time(self, stream: str, newest: float) -> None:
        if stream in metrics.STREAMS:
            self._meter.set(metrics.LAST_EVENT, newest, stream)
        elif newest > 0:
            self._meter.observe(metrics.EVENT_LAG, max(0.0, self._now() - newest))


def show_unanswered(meter: Meter, opened_at: Iterable[int], now: float) -> None:
    """How many alerts wait for a word of sales, by the age (ms opened, now in Unix seconds) that they are within."""
    limits = (4 * 3600, 86_400, 3 * 86_400, 7 * 86_400)
    ages = Counter(bisect_left(limits, now - at / 1000) for at in opened_at)
    for place, age in enumerate(metrics.AGES):
        meter.set(metrics.UNANSWERED, ages.get(place, 0), age)


def show_accounts(meter: Meter, by_state: Mapping[str, int]) -> None:
    """How many accounts are in each state now; a state that is not named has none."""
    for state in metrics.STATES:
        meter.set(metrics.ACCOUNTS, by_state.get(state, 0), state)
