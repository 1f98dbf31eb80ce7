"""The spine without a broker: records in file order, ticks where replay time says, deliveries at once."""

from collections.abc import Iterator
from typing import Final

from schemas.signal import SIGNALS_TOPIC, SignalRecord, Tick
from streams.outcome import Emit
from streams.pipeline import Pipeline
from streams.placement import is_account
from streams.policy import Policy
from streams.timeline import MINUTE, minute_after, minute_at_or_after

SCORES: Final = "intent.scores.v1"


class Replay:
    """One run over raw records: `feed` each, then `finish`. Time is the running maximum of received_at."""

    def __init__(self, policy: Policy, processor_version: str = "0") -> None:
        self.pipeline = Pipeline(policy, processor_version=processor_version)
        self.now = -1  # the running maximum of received_at, ms
        self._pending_tick = -1

    def feed(self, home: str, record: SignalRecord) -> Iterator[Emit]:
        """Apply one record of the signal log after the ticks that come before it; yields what is sent."""
        self.now = max(self.now, record.received)
        yield from self.advance(self.now)
        self.pipeline.apply(home, record)
        yield from self._deliver()
        if self.pipeline.pending:
            self._pending_tick = minute_after(self.now)

    def advance(self, until: int) -> Iterator[Emit]:
        """Run every tick up to and including `until` at which something is pending or due."""
        while True:
            due = self.pipeline.next_due()
            candidates = [t for t in (self._pending_tick, minute_at_or_after(due) if due >= 0 else -1) if t >= 0]
            if not candidates or min(candidates) > until:
                return
            yield from self._tick(max(min(candidates), self.pipeline.store.meta.last_tick + 1))

    def finish(self) -> Iterator[Emit]:
        """The final tick, one minute after the last record, and each account's last score."""
        if self.now >= 0:
            last = minute_after(self.now)
            yield from self.advance(last)
            yield from self._tick(last)
        yield from self._scores()

    def _tick(self, at: int) -> Iterator[Emit]:
        self._pending_tick = -1
        self.pipeline.apply("", Tick(event_id=f"tick:{at}", at=at, received=at))
        yield from self._deliver()
        if self.pipeline.pending:
            self._pending_tick = at + MINUTE

    def _deliver(self) -> Iterator[Emit]:
        """Deliver what the partition wrote to the log at once, and pass on the rest."""
        queue = self.pipeline.take_emitted()
        while queue:
            following: list[Emit] = []
            for emit in queue:
                if emit.topic == SIGNALS_TOPIC:
                    self.pipeline.apply(emit.key, emit.value)
                    following += self.pipeline.take_emitted()
                elif emit.topic != SCORES:
                    yield emit
            queue = following

    def _scores(self) -> Iterator[Emit]:
        pipeline = self.pipeline
        at = pipeline.store.meta.last_tick
        for home in sorted(pipeline.store.homes()):
            account = pipeline.store.account(home)
            if account is not None and is_account(home) and (account.profile or pipeline.store.ledgers(home)):
                pipeline.publish_score(account, at)
        yield from pipeline.take_emitted()
