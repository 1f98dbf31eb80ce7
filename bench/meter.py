"""What one run used, from the first record to the last."""

from __future__ import annotations

import json
import resource
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def cpu_seconds() -> float:
    """User and system time of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_rss_mb() -> float:
    """The most memory this process ever held; getrusage would answer for the parent it was forked from."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # not Linux


@dataclass
class Stopwatch:
    """Start it at the first record; starting again changes nothing."""

    started: float = 0.0
    cpu_started: float = 0.0
    seconds: float = 0.0
    cpu: float = 0.0
    peak_rss_mb: float = 0.0
    core: float = 0.0  # CPU seconds of it in the scoring core, where an engine can tell
    running: bool = field(default=False)

    def start(self) -> None:
        """The first record is about to be worked on."""
        if not self.running:
            self.running = True
            self.started, self.cpu_started = time.perf_counter(), cpu_seconds()

    def stop(self) -> None:
        """The last record is done, durable engines: committed."""
        self.seconds = time.perf_counter() - self.started
        self.cpu = cpu_seconds() - self.cpu_started
        self.peak_rss_mb = peak_rss_mb()

    def report(self, engine: str, events: int, digest: str, **more: Any) -> str:
        """The line an engine prints."""
        return json.dumps(
            {
                "engine": engine,
                "events": events,
                "events_per_second": round(events / self.seconds),
                "events_per_cpu_second": round(events / self.cpu),
                "cpu_us_per_event": round(self.cpu / events * 1e6, 2),
                "peak_rss_mb": round(self.peak_rss_mb),
                "state_digest": digest,
                "seconds": round(self.seconds, 3),
                **more,
            }
        )
