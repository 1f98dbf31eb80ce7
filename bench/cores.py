"""`python -m bench core [RECORDS] [RUNS]`: the scoring core alone, plain and compiled, in turn over one log.

No broker. Each core has a process of its own, which makes the same log and waits for its turn; best and median of
the runs, because other work on the machine only ever adds time. The digests are of every byte that was said and stored.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from hashlib import sha256
from statistics import median
from typing import Any, Final

from agents import accelerate, accelerator

RECORDS: Final = 20_000
RUNS: Final = 7


def child(mode: str, records: int) -> None:
    """Run once for each line of stdin."""
    accelerator.install(mode)
    from bench.core import Core, said
    from bench.data import Recorder

    tape = Recorder().extend(records).signals[:records]
    for _ in sys.stdin:
        gc.collect()
        gc.freeze()
        core, digest, ticks, outputs = Core(), sha256(), 0.0, []
        began = time.thread_time()
        for partition, key, value in tape:
            if key == b"tick":
                at = time.thread_time()
                outputs += said(core.take(partition, key, value))
                ticks += time.thread_time() - at
            else:
                core.take(partition, key, value)
        used = time.thread_time() - began
        began = time.thread_time()
        states = [pipeline.store.snapshot_dirty() for pipeline in core.pipelines.values()]
        encoding = time.thread_time() - began
        digest.update(repr((outputs, states)).encode())
        found = {"core": used, "ticks": ticks, "state": encoding}
        row = {name: seconds / records * 1e6 for name, seconds in found.items()}
        print(json.dumps({**row, "digest": digest.hexdigest()[:16]}), flush=True)


def main(arguments: list[str]) -> int:
    """The table; 1 where the two differ."""
    from bench import tables

    records = int(arguments[0]) if arguments else RECORDS
    runs = int(arguments[1]) if len(arguments) > 1 else RUNS
    modes = {"python": "off"}
    try:
        accelerate.build()
        modes["compiled"] = "require"
    except accelerate.CannotBuild as error:
        tables.note(f"plain Python alone: {error}")
    results = _alternate(modes, records, runs)
    names = ("core", "ticks", "state")
    tables.show(
        f"the core alone, {records:,} records, CPU us an event",
        ("", "best", "median", "of it ticks", "state", "digest"),
        [
            (name, best["core"], median(row["core"] for row in rows), best["ticks"], best["state"], best["digest"][:8])
            for name, rows in results.items()
            for best in [{**{part: min(row[part] for row in rows) for part in names}, "digest": rows[0]["digest"]}]
        ],
    )  # fmt: skip
    return int(len({row["digest"] for rows in results.values() for row in rows}) > 1)


def _alternate(modes: dict[str, str], records: int, runs: int) -> dict[str, list[dict[str, Any]]]:
    processes = {
        name: subprocess.Popen(
            [sys.executable, "-m", "bench.cores", mode, str(records)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, mode in modes.items()
    }
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in modes}
    for _ in range(runs):
        for name, process in processes.items():
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            results[name].append(json.loads(process.stdout.readline()))
    for process in processes.values():
        process.communicate()
    return results


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]))
