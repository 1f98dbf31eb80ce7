"""Is every partition getting on? Lag and stalls, from this worker's own view."""

import time
from collections.abc import Callable

from faust.types import TP

from agents.runtime.fatal import die
from agents.runtime.host import Host


class Progress:
    """Lag a partition; stalled when it is behind and no commit has moved it for `stall_seconds`."""

    def __init__(self, host: Host, stall_seconds: float, exit_when_stalled: bool) -> None:
        self._host = host
        self._stall_seconds = stall_seconds
        self._exit = exit_when_stalled
        self._moved: dict[TP, tuple[int, float]] = {}  # committed offset and when it was first seen
        self.lag: dict[TP, int] = {}
        self.stalled: set[TP] = set()

    def look(self, highwater: Callable[[TP], int | None]) -> None:
        """Compare commits with the ends that the latest fetches named; ends a stalled process if asked to."""
        now, host = time.monotonic(), self._host
        self.lag, self.stalled = {}, set()
        for tp, applied in host.applied.items():
            committed = host.committed.get(tp, applied)
            offset, since = self._moved.get(tp, (-1, now))
            if offset != committed:
                since = now
            lag = max((highwater(tp) or 0) - committed, 0)
            if lag == 0:
                since = now
            self._moved[tp] = (committed, since)
            self.lag[tp] = lag
            if now - since > self._stall_seconds:
                self.stalled.add(tp)
            host.observer.on_lag(tp.topic, tp.partition, lag, tp in self.stalled)
        self._moved = {tp: moved for tp, moved in self._moved.items() if tp in host.applied}
        if self.stalled and self._exit:
            die(f"no progress for {self._stall_seconds:.0f} s: {sorted(self.stalled)}")
