"""Is this process alive, and can it do its work? Liveness never looks at Kafka; readiness does.

Told by the runtime, asked by /livez and /readyz. Clock values are seconds of a monotonic clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Report:
    """The answer to a probe: each check and what it says; `ok` when every one says ok."""

    checks: dict[str, str]

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return all(said == "ok" for said in self.checks.values())


@dataclass(slots=True)
class _Progress:
    committed: int
    lag: int
    since: float  # when `committed` last moved, or there was nothing to do


@dataclass(slots=True)
class Health:
    """What this process knows about itself.

    stall_seconds: a partition with lag whose committed offset stands still for longer has stalled.
    """

    stall_seconds: float = 30.0
    clock: Callable[[], float] = time.monotonic
    joins_group: bool = True  # False for a process that owns no partitions, such as the collector
    _kafka: bool = False
    _joined: bool = False
    _stopping: bool = False
    _recovering: set[int] = field(default_factory=set)
    _progress: dict[tuple[str, int], _Progress] = field(default_factory=dict)

    def kafka(self, reachable: bool) -> None:
        """Kafka answered, or did not. While it is away nothing can progress, so nothing stalls."""
        self._kafka = reachable
        if not reachable:
            for progress in self._progress.values():
                progress.since = self.clock()

    def assigned(self, partitions: Iterable[int]) -> None:
        """These partitions are ours and their state is being restored."""
        self._joined = True
        self._recovering.update(partitions)

    def recovered(self, partition: int) -> None:
        """The partition's state is restored."""
        self._joined = True
        self._recovering.discard(partition)

    def revoked(self, partitions: Iterable[int]) -> None:
        """These partitions are no longer ours."""
        gone = set(partitions)
        self._recovering -= gone
        for key in [key for key in self._progress if key[1] in gone]:
            del self._progress[key]

    def progress(self, topic: str, partition: int, committed: int, lag: int) -> None:
        """The committed offset of a partition and how many records lie behind it."""
        known = self._progress.get((topic, partition))
        if known is None or committed != known.committed or lag <= 0:
            self._progress[(topic, partition)] = _Progress(committed, lag, self.clock())
        else:
            known.lag = lag

    def stopping(self) -> None:
        """The process was asked to end: no more work for it."""
        self._stopping = True

    @property
    def recovering(self) -> int:
        """How many partitions are being restored."""
        return len(self._recovering)

    def stalled(self) -> list[tuple[str, int]]:
        """Partitions with lag and a committed offset that has stood still for too long."""
        if not self._kafka or self._recovering:
            return []
        limit = self.clock() - self.stall_seconds
        return sorted(key for key, one in self._progress.items() if one.lag > 0 and one.since < limit)

    def live(self) -> Report:
        """Restart me when this is not ok: answering shows that the event loop turns."""
        stalled = self.stalled()
        return Report({"loop": "ok", "progress": _said(not stalled, f"{len(stalled)} partitions stalled")})

    def ready(self) -> Report:
        """Send me work when this is ok."""
        checks = {"kafka": _said(self._kafka, "not reachable")}
        if self.joins_group:
            checks["group"] = _said(self._joined, "no partitions assigned yet")
            checks["tables"] = _said(not self._recovering, f"{len(self._recovering)} partitions recovering")
        return Report(checks | self.live().checks | {"stopping": _said(not self._stopping, "yes")})


def _said(well: bool, otherwise: str) -> str:
    return "ok" if well else otherwise
