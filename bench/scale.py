"""`python -m bench scale`: what grows and what must not, how fast state comes back, how long a hand-raise takes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import latency, recovery, tables
from bench.broker import Running, started
from bench.clones import lived, small
from bench.growth import fresh
from bench.runner import Bench
from bench.spec import ROOT

ACCOUNTS = (1_000, 10_000, 100_000, 1_000_000)
ACTS = (100, 300, 1_000, 3_000)
MEMORY_ACCOUNTS = 10_000
BACKLOG = 40_000  # signals; finds the throughput of both hops
BYTES_AN_ACCOUNT = 2_500  # of a small account, restored
LIMIT_SECONDS = 900


def main() -> int:
    """All tables, and one JSON line a row."""
    rows = [*_accounts(), *_history(), *_memory()]
    with started() as broker:
        rows += _recovery(broker)
        rows += _latency(broker)
    tables.print_lines(rows)
    return 0


def recovery_alone() -> int:
    """Only how fast state comes back."""
    with started() as broker:
        tables.print_lines(_recovery(broker))
    return 0


def latency_only() -> int:
    """The last table alone."""
    with started() as broker:
        tables.print_lines(_latency(broker))
    return 0


def _grown(kind: str, count: int) -> dict[str, Any]:
    tables.note(f"{kind} {count}")
    command = [sys.executable, "-m", "bench.growth", kind, str(count)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )
    if done.returncode != 0:
        return {"measure": kind, "count": count, "failed": done.stderr.strip()[-300:]}
    return {"measure": kind, **json.loads(done.stdout)}


def _table(title: str, rows: list[dict[str, Any]], caption: str = "") -> list[dict[str, Any]]:
    whole = [row for row in rows if "failed" not in row]
    if whole:
        columns = tuple(name for name in whole[0] if name != "measure")
        tables.show(title, columns, [tuple(row[name] for name in columns) for row in whole], caption)
    for row in rows:
        if "failed" in row:
            tables.CONSOLE.print(row)
    return rows


def _accounts() -> list[dict[str, Any]]:
    free = _free_bytes()
    fitting = [count for count in ACCOUNTS if count * BYTES_AN_ACCOUNT < free * 0.7]
    rows = [_grown("accounts", count) for count in fitting]
    rows += [
        {"measure": "accounts", "count": count, "failed": "skipped: not enough memory here"}
        for count in ACCOUNTS
        if count not in fitting
    ]
    caption = (
        "The same 20,000 acts of 1,000 accounts, with so many accounts in the same partition. The core alone."
    )
    return _table("cost as accounts grow", rows, caption)


def _history() -> list[dict[str, Any]]:
    rows = [_grown("history", count) for count in ACTS]
    return _table(
        "cost as one person's acts grow", rows, "Mean of the last 200 acts, each followed by a tick."
    )


def _memory() -> list[dict[str, Any]]:
    row = _grown("memory", MEMORY_ACCOUNTS)
    return _table(
        "memory",
        [row],
        "Accounts of four people and some sixty acts; restored stays encoded until it is needed.",
    )


def _recovery(broker: Running) -> list[dict[str, Any]]:
    tables.note("recovery")
    rows = [
        *recovery.measure(broker, "small", 100_000, small(fresh())),
        *recovery.measure(broker, "lived", 10_000, lived()),
    ]
    return _table(f"recovery from the changelog, {broker.kind} broker", rows)


def _latency(broker: Running) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        bench = Bench(broker, ("ours-both",), Path(directory))
        bench.recorder.extend(BACKLOG)
        lane = bench.lanes[0]
        tables.note("throughput of both hops")
        bench.preload(lane, "throughput.", BACKLOG)
        _, result = bench.run(lane, "throughput.", BACKLOG)
        rows = latency.measure(broker, result["events_per_second"], directory)
    title = f"hand-raise to FAST record, {result['events_per_second']:,} records/s found with a backlog"
    _table(
        title, rows, "From the acknowledgement of the hand-raise to the arrival of its sales-ready record."
    )
    return [{"measure": "throughput", **result}, *rows]


def _free_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
