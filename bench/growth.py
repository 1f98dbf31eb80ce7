"""The core alone, in a process of its own: `python -m bench.growth accounts N | memory N | history N`.

accounts: N small accounts restored; the same work on a thousand of them: apply, evaluate, encode.
memory:   N accounts as traffic leaves them: restored, then decoded.
history:  one account that gets N acts over 90 days: what the last of them cost.
"""

from __future__ import annotations

import ctypes
import gc
import json
import random
import sys
import time

from bench.clones import TENANT, clones, domain_of, lived, small
from bench.core import policy
from bench.market import START
from bench.meter import peak_rss_mb
from schemas.home import domain_home
from schemas.signal import AccountProfile, Act, Tick
from streams.pipeline import Pipeline

TOUCHED = 1_000
ROUNDS = 20
DAY = 86_400_000
CATEGORIES = ("docs", "product", "blog", "security", "pricing")


def fresh() -> Pipeline:
    """An empty partition."""
    return Pipeline(policy(), processor_version="bench")


def view(number: int, serial: int, at: int) -> Act:
    """One page seen by the known person of a small account."""
    domain = domain_of(number)
    return Act(
        event_id=f"e{serial}", at=at, received=at, type="page_view", contact_id="ada", email=f"ada@{domain}",
        email_domain=domain, session_id=f"s{at // DAY}", url=f"https://www.example/{serial % 40}",
        page_category=CATEGORIES[serial % len(CATEGORIES)],
    )  # fmt: skip


def tick(at: int) -> Tick:
    """Time moves on."""
    return Tick(event_id=f"t{at}", at=at, received=at, partition=0, partitions=1)


def accounts(count: int) -> dict[str, float]:
    """Microseconds an event, an evaluation and a written key, with so many accounts beside those that are touched."""
    before = peak_rss_mb()
    pipeline = fresh()
    began = time.process_time()
    for key, value in clones(small(fresh()), count):
        pipeline.store.restore(key, value)
    pipeline.resume()
    restored = time.process_time() - began
    numbers = random.Random(7).sample(range(count), TOUCHED)
    applied = evaluated = 0.0
    at = max(START + DAY, pipeline.store.meta.last_tick)  # an earlier tick would be passed over
    for turn in range(ROUNDS):
        at += 60_000
        records = [
            (domain_home(TENANT, domain_of(n)), view(n, turn * TOUCHED + i, at))
            for i, n in enumerate(numbers)
        ]
        began = time.process_time()
        for home, record in records:
            pipeline.apply(home, record)
        applied += time.process_time() - began
        began = time.process_time()
        pipeline.apply("", tick(at + 5_000))
        pipeline.take_emitted()
        evaluated += time.process_time() - began
    began = time.process_time()
    keys = len(pipeline.store.snapshot_dirty())
    encoded = time.process_time() - began
    return {
        "accounts": count,
        "apply_us_per_event": round(applied / ROUNDS / TOUCHED * 1e6, 2),
        "evaluate_us_per_account": round(evaluated / ROUNDS / TOUCHED * 1e6, 2),
        "encode_us_per_key": round(encoded / keys * 1e6, 2),
        "restore_us_per_account": round(restored / count * 1e6, 2),
        "rss_mb": round(peak_rss_mb() - before),
    }


def memory(count: int) -> dict[str, float]:
    """Megabytes of accounts with four people and some sixty acts each."""
    templates, pipeline = lived(), fresh()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what making the templates took must not be used again unseen
    before, keys, size = _rss_mb(), 0, 0
    for key, value in clones(templates, count):
        pipeline.store.restore(key, value)
        keys, size = keys + 1, size + len(value)
    restored = _rss_mb() - before
    for home in list(pipeline.store.homes()):
        pipeline.store.account(home)
    return {
        "accounts": count,
        "keys": keys,
        "value_mb": round(size / 1048576, 1),
        "restored_mb": round(restored, 1),
        "decoded_mb": round(_rss_mb() - before, 1),
    }


def history(count: int) -> dict[str, float]:
    """What an act and an evaluation cost when an account has seen so many acts in 90 days."""
    pipeline, home = fresh(), domain_home(TENANT, domain_of(0))
    pipeline.apply("", tick(START - 1))
    pipeline.apply(
        home,
        AccountProfile(
            event_id="a", at=START, received=START, account_domain=domain_of(0), name="C", employees=400
        ),
    )
    last, step, applied, evaluated = min(count, 200), 90 * DAY // count, 0.0, 0.0
    for serial in range(count):
        at = START + serial * step
        record = view(0, serial, at)
        began = time.process_time()
        pipeline.apply(home, record)
        ended = time.process_time()
        if serial >= count - last:
            applied += ended - began
            pipeline.apply("", tick(at + 1))
            evaluated += time.process_time() - ended
        elif serial % 50 == 0:
            pipeline.apply("", tick(at + 1))
        pipeline.take_emitted()
    return {
        "acts": count,
        "apply_us_per_event": round(applied / last * 1e6, 2),
        "evaluate_us": round(evaluated / last * 1e6, 1),
    }


def _rss_mb() -> float:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096 / 1048576


def main() -> None:
    """One measurement."""
    kind, count = sys.argv[1], int(sys.argv[2])
    print(json.dumps({"accounts": accounts, "memory": memory, "history": history}[kind](count)))


if __name__ == "__main__":
    main()
