"""`python -m bench core [RECORDS] [RUNS]`: the scoring core alone, plain and compiled, in turn over one log.

No broker. Each core has a process of its own and takes a thousand records when it is its turn, so that other work on
the machine falls on both. Best: the least that each thousand ever took. The digest is of every byte said and stored.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from hashlib import sha256
from statistics import mean
from typing import Any, Final

from agents import accelerate, accelerator

RECORDS: Final = 20_000
RUNS: Final = 5
TURN: Final = 1_000  # records
Times = list[list[float]]  # of each run, of each turn: CPU seconds


def child(mode: str, records: int) -> None:
    """One turn for each line of stdin; after the last turn of a run the digest."""
    accelerator.install(mode)
    from bench.core import Core, said
    from bench.data import Recorder

    tape = Recorder().extend(records).signals[:records]
    while True:
        core, outputs = Core(), list[Any]()
        gc.collect()
        gc.freeze()
        for first in range(0, records, TURN):
            if not sys.stdin.readline():
                return
            began = time.thread_time()
            for partition, key, value in tape[first : first + TURN]:
                pipeline = core.take(partition, key, value)
                if key == b"tick":
                    outputs += said(pipeline)
            print(time.thread_time() - began, flush=True)
        states = [pipeline.store.snapshot_dirty() for pipeline in core.pipelines.values()]
        print(json.dumps(sha256(repr((outputs, states)).encode()).hexdigest()[:16]), flush=True)


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
    times, digests = _alternate(modes, records, runs)
    best = {name: sum(map(min, zip(*rows, strict=True))) for name, rows in times.items()}
    tables.show(
        f"the core alone, {records:,} records, {runs} runs, CPU us an event",
        ("", "mean", "best", "times", "digest"),
        [
            (
                name, mean(map(sum, rows)) / records * 1e6, best[name] / records * 1e6,
                best["python"] / best[name], digests[name],
            )
            for name, rows in times.items()
        ],
    )  # fmt: skip
    return int(len(set(digests.values())) > 1)


def _alternate(modes: dict[str, str], records: int, runs: int) -> tuple[dict[str, Times], dict[str, str]]:
    processes = {
        name: subprocess.Popen(
            [sys.executable, "-m", "bench.cores", mode, str(records)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )
        for name, mode in modes.items()
    }  # fmt: skip
    times: dict[str, Times] = {name: [] for name in modes}
    digests: dict[str, str] = {}
    for _ in range(runs):
        for name in modes:
            times[name].append([])
        for _ in range(0, records, TURN):
            for name, process in processes.items():
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write("\n")
                times[name][-1].append(json.loads(process.stdout.readline()))
        for name, process in processes.items():
            assert process.stdout is not None
            digests[name] = json.loads(process.stdout.readline())
    for process in processes.values():
        process.communicate()
    return times, digests


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]))
