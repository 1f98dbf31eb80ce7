"""Two runs over one log: one with all state in memory, one that keeps a few homes and the rest in RocksDB."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from agents.runtime.changelog import Marker, Position, Tag
from agents.runtime.local import LocalStore, LocalStores
from schemas.signal import SignalRecord, decode_signal, encode_signal
from streams.outcome import Emit
from streams.pipeline import Pipeline
from streams.policy import Policy
from streams.replay import Replay


def opened(directory: Path) -> LocalStore:
    """An empty store of one partition."""
    return asyncio.run(LocalStores(directory, "twins").open(0, ""))


class Twins:
    """Feeds both runs, commits both at seeded moments, and compares what they say and what they would store."""

    def __init__(self, policy: Policy, directory: Path, homes: int, seed: int, share: float = 0.2) -> None:
        self.memory, self.held = Replay(policy), Replay(policy)
        self.store = opened(directory)
        self.held.pipeline.store.attach(self.store, homes)
        for replay in (self.memory, self.held):
            replay.pipeline.publishes = True
        self.most_kept = 0  # homes in memory right after a commit
        self.left = 0  # how often a home left memory and came back
        self._homes = homes
        self._chance = random.Random(seed)
        self._share = share
        self._in_flight: dict[bytes, bytes | None] | None = None
        self._commits = 0

    def feed(self, home: str, record: SignalRecord) -> list[Emit]:
        """One record of the log to both; what both said. Some records begin a commit, some later ones end it."""
        wire = encode_signal(record)
        one = list(self.memory.feed(home, decode_signal(wire)))
        two = list(self.held.feed(home, decode_signal(wire)))
        assert one == two
        if self._chance.random() < self._share:
            self.commit()
        return one

    def finish(self) -> list[Emit]:
        """The last scores of both; all is stored."""
        self._settle()
        one, two = list(self.memory.finish()), list(self.held.finish())
        assert one == two
        self.commit()
        self._settle()
        return one

    def restart(self) -> None:
        """The one with the store begins anew with what is in it."""
        self._settle()
        self.commit()
        self._settle()
        fresh = Pipeline(self.held.pipeline.base_policy)
        fresh.store.attach(self.store, self._homes)
        for key, value in self.store.items():
            fresh.store.restore(key, value)
        fresh.resume()
        assert fresh.store.resident == 0
        self.held.pipeline = fresh

    def commit(self) -> None:
        """End the commit that is in flight, or begin one."""
        if self._in_flight is not None:
            self._settle()
            return
        one, two = (replay.pipeline.store.snapshot_dirty() for replay in (self.memory, self.held))
        assert one == two
        self._in_flight = dict(two)

    def _settle(self) -> None:
        if self._in_flight is None:
            return
        self._commits += 1
        marker = Marker(Tag(1, self._commits), self._commits)
        self.store.write(self._in_flight, Position(self._commits, marker, b"12345678"))
        self._in_flight = None
        pipeline = self.held.pipeline
        before = pipeline.store.resident
        pipeline.settle()
        self.left += before - pipeline.store.resident
        self.most_kept = max(self.most_kept, pipeline.store.resident)
        assert len(pipeline.memory) <= len(pipeline.store._resident)
