"""The signal log in several partitions, in one process: what scoring writes is delivered later, in any interleaving."""

from __future__ import annotations

import random
from collections.abc import Iterable

from support.scenarios import Changelog

from schemas.signal import SIGNALS_TOPIC, PolicyChange, SignalRecord, Tick, decode_signal, encode_signal
from streams.outcome import Emit
from streams.partitioner import partition_of
from streams.people import groups_of, person_of
from streams.pipeline import Pipeline
from streams.placement import is_account
from streams.policy import Policy
from streams.scoring import Assessment


class Cluster:
    """Partitions with what each has still to read; `rng` decides who reads next."""

    def __init__(self, policy: Policy, partitions: int, rng: random.Random) -> None:
        self.pipelines = [Pipeline(policy) for _ in range(partitions)]
        self.logs: list[list[tuple[str, SignalRecord]]] = [[] for _ in range(partitions)]
        self.outputs: list[Emit] = []
        self._read = [0] * partitions
        self._changelogs = [Changelog() for _ in range(partitions)]
        self._policy = policy
        self._rng = rng

    def send(self, home: str, record: SignalRecord) -> None:
        """Append to the log, as bytes would stand there."""
        copy = decode_signal(encode_signal(record))
        if isinstance(record, PolicyChange):
            for log in self.logs:
                log.append((home, copy))
            return
        self.logs[partition_of(home.encode(), len(self.logs))].append((home, copy))

    def step(self) -> bool:
        """One partition reads one record; False when all have read everything."""
        waiting = [n for n, log in enumerate(self.logs) if self._read[n] < len(log)]
        if not waiting:
            return False
        number = self._rng.choice(waiting)
        home, record = self.logs[number][self._read[number]]
        self._read[number] += 1
        self.pipelines[number].apply(home, record)
        for emit in self.pipelines[number].take_emitted():
            if emit.topic == SIGNALS_TOPIC:
                self.send(emit.key, emit.value)
            else:
                self.outputs.append(emit)
        return True

    def drain(self) -> None:
        """Read on until nobody writes any more. A log that does not end is a defect."""
        for _ in range(100_000):
            if not self.step():
                return
        raise AssertionError("scoring keeps writing to its own log")

    def tick(self, at: int) -> None:
        """A tick for every partition; read when its turn comes."""
        for number, log in enumerate(self.logs):
            log.append(
                (
                    "",
                    Tick(
                        event_id=f"tick:{at}", at=at, received=at, partition=number, partitions=len(self.logs)
                    ),
                )
            )

    def restart(self, number: int) -> None:
        """Commit a partition, forget it, and restore it."""
        self._changelogs[number].commit(self.pipelines[number].store)
        self.pipelines[number] = self._changelogs[number].restored(self._policy)

    def run(
        self,
        records: Iterable[tuple[str, SignalRecord]],
        lag: float = 0.5,
        restarts: float = 0.0,
        drain: bool = True,
    ) -> None:
        """Send records while partitions read at their own pace, then let all of them catch up."""
        for home, record in records:
            self.send(home, record)
            while self._rng.random() > lag and self.step():
                if self._rng.random() < restarts:
                    self.restart(self._rng.randrange(len(self.pipelines)))
        if drain:
            self.drain()

    def placements(self) -> dict[str, list[tuple[str, str]]]:
        """Where each page visit and act counts: event id -> (home, person), once for each place it counts at."""
        found: dict[str, list[tuple[str, str]]] = {}
        for pipeline in self.pipelines:
            for home in list(pipeline.store.homes()):
                account = pipeline.store.account(home)
                ledgers = pipeline.store.ledgers(home)
                assert account is not None
                for root, identities in groups_of(account, ledgers).items():
                    activity = person_of(account, ledgers, root, identities).activity
                    for item in (*activity.visits, *activity.facts):
                        found.setdefault(item.id, []).append((home, root))
        return found

    def assessments(self, at: int) -> dict[str, Assessment]:
        """Every account as of a moment."""
        found = {}
        for pipeline in self.pipelines:
            for home in list(pipeline.store.homes()):
                account = pipeline.store.account(home)
                assert account is not None
                if is_account(home) and not account.forward[2]:
                    assessment = pipeline.assessment(home, at)
                    assert assessment is not None
                    found[home] = assessment
        return found
