"""The spine without a broker: over raw records with ticks where replay time says, or over the log as it stands."""

from collections.abc import Callable, Iterator
from typing import Final

from schemas.signal import SIGNALS_TOPIC, PolicyChange, SignalRecord, Tick
from streams.outcome import Emit
from streams.partitioner import partition_of
from streams.pipeline import Pipeline
from streams.placement import is_account
from streams.policy import Policy
from streams.timeline import MINUTE, minute_after, minute_at_or_after

SCORES: Final = "intent.scores.v1"
END: Final = 1 << 62  # ms; later than every moment
Recorder = Callable[[str, SignalRecord], None]
Watcher = Callable[[int, Pipeline, int], None]  # partition, its pipeline, ms up to which it is complete


def unobserved(partition: int, pipeline: Pipeline, until: int) -> None:
    """The watcher of a run that nobody asks anything."""


class Replay:
    """One run over raw records: `feed` each, then `finish`. Time is the running maximum of received_at.

    `record` is called with every record of the signal log in the order applied: input, ticks and what scoring wrote.
    """

    def __init__(self, policy: Policy, processor_version: str = "0", record: Recorder | None = None) -> None:
        self.pipeline = Pipeline(policy, processor_version=processor_version)
        self.pipeline.publishes = False
        self.now = -1  # the running maximum of received_at, ms
        self._pending_tick = -1
        self._record = record

    def feed(self, home: str, record: SignalRecord) -> Iterator[Emit]:
        """Apply one record of the signal log after the ticks that come before it; yields what is sent."""
        self.now = max(self.now, record.received)
        yield from self.advance(self.now)
        self._apply(home, record)
        yield from self._deliver()
        if self.pipeline.pending:
            self._pending_tick = minute_after(self.now)

    def advance(self, until: int) -> Iterator[Emit]:
        """Run every tick up to and including `until` at which something is pending or due."""
        while True:
            due = self.pipeline.next_due()
            candidates = [
                t for t in (self._pending_tick, minute_at_or_after(due) if due >= 0 else -1) if t >= 0
            ]
            if not candidates or min(candidates) > until:
                return
            yield from self._tick(max(min(candidates), self.pipeline.store.meta.last_tick + 1))

    def close(self) -> Iterator[Emit]:
        """The final tick, one minute after the last record."""
        if self.now >= 0:
            last = minute_after(self.now)
            yield from self.advance(last)
            yield from self._tick(last)

    def finish(self) -> Iterator[Emit]:
        """The final tick and each account's last score."""
        yield from self.close()
        yield from last_scores(self.pipeline)

    def _tick(self, at: int) -> Iterator[Emit]:
        self._pending_tick = -1
        self._apply("", Tick(event_id=f"tick:{at}", at=at, received=at))
        yield from self._deliver()
        if self.pipeline.pending:
            self._pending_tick = at + MINUTE

    def _apply(self, home: str, record: SignalRecord) -> None:
        if self._record is not None:
            self._record(home, record)
        self.pipeline.apply(home, record)

    def _deliver(self) -> Iterator[Emit]:
        """Deliver what the partition wrote to the log at once, and pass on the rest."""
        queue = self.pipeline.take_emitted()
        while queue:
            following: list[Emit] = []
            for emit in queue:
                if emit.topic == SIGNALS_TOPIC:
                    self._apply(emit.key, emit.value)
                    following += self.pipeline.take_emitted()
                elif emit.topic != SCORES:
                    yield emit
            queue = following


class LogReplay:
    """One run over a recorded signal log: its ticks are the only ones, what scoring wrote to it is in it already.

    Partitions are independent. A record whose partition nobody says waits for the first tick, which says how many
    there are; its key then tells its place.
    """

    def __init__(self, policy: Policy, processor_version: str = "0", watch: Watcher = unobserved) -> None:
        self.pipelines: dict[int, Pipeline] = {}
        self.now = -1  # the latest tick, ms
        self._policy = policy
        self._version = processor_version
        self._watch = watch
        self._partitions = 0  # 0: not known yet
        self._waiting: list[tuple[str, SignalRecord]] = []

    def feed(self, home: str, record: SignalRecord, partition: int | None = None) -> Iterator[Emit]:
        """Apply one record; yields what is sent."""
        if isinstance(record, Tick):
            self.now = max(self.now, record.at)
            if partition is None:
                partition = record.partition
                yield from self._settle(max(record.partitions, 1))
        if partition is not None:
            yield from self._apply(partition, home, record)
        elif self._partitions:
            yield from self._route(home, record)
        else:
            self._waiting.append((home, record))

    def finish(self) -> Iterator[Emit]:
        """Each account's last score, by partition and home."""
        yield from self._settle(1)
        for number, pipeline in sorted(self.pipelines.items()):
            self._watch(number, pipeline, END)
            yield from last_scores(pipeline)

    def _settle(self, partitions: int) -> Iterator[Emit]:
        if self._partitions:
            return
        self._partitions = partitions
        waiting, self._waiting = self._waiting, []
        for home, record in waiting:
            yield from self._route(home, record)

    def _route(self, home: str, record: SignalRecord) -> Iterator[Emit]:
        """By key; a policy goes to every partition, where all but the first copy change nothing."""
        if isinstance(record, PolicyChange):
            for number in range(self._partitions):
                yield from self._apply(number, home, record)
            return
        yield from self._apply(partition_of(home.encode(), self._partitions), home, record)

    def _apply(self, number: int, home: str, record: SignalRecord) -> Iterator[Emit]:
        pipeline = self.pipelines.get(number)
        if pipeline is None:
            pipeline = self.pipelines[number] = Pipeline(self._policy, processor_version=self._version)
            pipeline.publishes = False
        self._watch(number, pipeline, record.at - 1 if isinstance(record, Tick) else record.received)
        pipeline.apply(home, record)
        for emit in pipeline.take_emitted():
            if emit.topic not in (SIGNALS_TOPIC, SCORES):
                yield emit


def last_scores(pipeline: Pipeline) -> Iterator[Emit]:
    """The score of every account as of the last tick."""
    at = pipeline.store.meta.last_tick
    for home in sorted(pipeline.store.homes()):
        account = pipeline.store.account(home)
        if account is not None and is_account(home) and (account.profile or pipeline.store.ledgers(home)):
            pipeline.publish_score(account, at)
    yield from pipeline.take_emitted()
