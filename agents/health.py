"""Is this process alive, and can it do its work? Liveness never looks at Kafka; readiness does.

Told by the runtime and by `agents.ops.watch_kafka`, asked by /livez and /readyz.
"""

from __future__ import annotations

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
class Health:
    """What this process knows about itself."""

    joins_group: bool = True  # False for a process that owns no partitions, such as the collector
    _kafka: bool | None = None
    _restored: bool = False
    _stopping: bool = False
    _stalled: set[tuple[str, int]] = field(default_factory=set)

    def kafka(self, reachable: bool) -> bool:
        """Kafka answered, or did not; returns whether that is news. What it held up has not stalled."""
        news = self._kafka is not reachable
        self._kafka = reachable
        if not reachable:
            self._stalled.clear()
        return news

    def restored(self, all_partitions: bool) -> None:
        """Whether every assigned partition has its state; not while a rebalance is under way."""
        self._restored = all_partitions
        if not all_partitions:
            self._stalled.clear()

    def stalled(self, topic: str, partition: int, stalled: bool) -> None:
        """Whether a partition is behind while no commit moves it."""
        if stalled and self._kafka:
            self._stalled.add((topic, partition))
        else:
            self._stalled.discard((topic, partition))

    def stopping(self) -> None:
        """The process was asked to end: no more work for it."""
        self._stopping = True

    @property
    def stalls(self) -> list[str]:
        """The stalled partitions as topic/partition."""
        return sorted(f"{topic}/{partition}" for topic, partition in self._stalled)

    def live(self) -> Report:
        """Restart me when this is not ok. An answer at all shows that the event loop turns."""
        return Report(
            {"loop": "ok", "progress": _said(not self._stalled, f"stalled: {', '.join(self.stalls)}")}
        )

    def ready(self) -> Report:
        """Send me work when this is ok."""
        checks = {"kafka": _said(bool(self._kafka), "not reachable")}
        if self.joins_group:
            checks["tables"] = _said(self._restored, "no partitions yet, or their state is being restored")
        return Report(checks | self.live().checks | {"stopping": _said(not self._stopping, "yes")})


def _said(well: bool, otherwise: str) -> str:
    return "ok" if well else otherwise
