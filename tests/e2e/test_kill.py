"""kill -9 of `intent worker` in mid-stream on Apache Kafka: nothing lost, nothing twice, no id with two bodies."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.kafka import Broker, unique
from support.log_oracle import LogOracle
from support.services import wait_until
from support.system import System
from support.traffic import Traffic

POINTS = (
    "before_send",
    "after_freeze",
    "after_outputs",
    "after_state",
    "after_marker",
    "after_local",
    "after_commit",
)
RECORDS = 20_000
KILLS = 10
#: Wrong orders of the commit, each with the pause that gives it time to do harm; the right order bears both.
PAUSES = {"offsets_after_flush": "after_state=0.3", "state_after_outputs": "before_send=0.5"}


class Feeder:
    """Writes traffic while workers live and die."""

    def __init__(self, system: System, seed: int) -> None:
        self._system = system
        self._traffic = Traffic(seed, int(time.time() * 1000), span=RECORDS)
        self.written = 0

    def write(self, count: int) -> None:
        """Some records, acknowledged."""
        messages = self._traffic.take(count)
        self._system.produce(messages)
        self.written += len(messages)

    @contextmanager
    def writing(self, most: int) -> Iterator[None]:
        """A few records at a time until the block ends, or so many are written."""
        done, until = threading.Event(), self.written + most

        def go_on() -> None:
            while not done.is_set() and self.written < until:
                self.write(50)
                done.wait(0.08)

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def on(kafka: Broker, directory: Path, **environ: str) -> System:
    """A static member, so that a restart needs no session timeout; many small commits."""
    return System(
        kafka, directory, INTENT_COMMIT_SECONDS="0.1", INTENT_TICK_SECONDS="0.25",
        INTENT_GROUP_INSTANCE_ID=unique("member"), **environ,
    ).create_topics()  # fmt: skip


def kills(
    system: System, feeder: Feeder, count: int, seed: int, pauses: Sequence[str], mutant: str = ""
) -> Iterator[None]:
    """Start, kill at a seeded moment (in work, inside a commit, in start-up), again and again."""
    chance = random.Random(seed)
    for number in range(count):
        kind = ("work", "commit", "start")[number % 3] if not mutant else "work"
        points = [pauses[number % len(pauses)]]
        if kind == "commit":
            points.append(f"{chance.choice(POINTS)}=exit:{chance.randint(3, 15)}")
        environ = {"INTENT_FAILPOINTS": ",".join(filter(None, points)), "INTENT_MUTANT": mutant}
        with feeder.writing(RECORDS // KILLS), system.worker(**environ) as worker:
            if kind == "start":
                time.sleep(chance.uniform(1.0, 5.0))
            elif kind == "commit":
                worker.wait(60)
            else:
                wait_until(lambda: worker.counted("intent_commits_total") > 2, seconds=60, what="commits")
                time.sleep(chance.uniform(0.0, 1.5))
            assert kind == "commit" or worker.exit_code is None, worker.tail()
            worker.kill()
        yield


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_ten_kills_in_mid_stream_change_nothing(kafka: Broker, tmp_path: Path) -> None:
    system = on(kafka, tmp_path)
    oracle, feeder = LogOracle(system), Feeder(system, seed=7)
    for number, _ in enumerate(kills(system, feeder, KILLS, seed=7, pauses=["", *PAUSES.values(), ""])):
        assert oracle.judge().violations == [], f"kill {number}"
    feeder.write(max(RECORDS - feeder.written, 500))

    with system.worker() as worker:
        wait_until(oracle.drained, seconds=90, what="everything is processed", every=0.5)
        assert worker.terminate() == 0
    verdict = oracle.finish()
    assert verdict.violations == []
    assert feeder.written >= RECORDS
    assert verdict.sales_ready > 100
    print(feeder.written, verdict)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_kills_with_most_of_the_state_on_disk_change_nothing(kafka: Broker, tmp_path: Path) -> None:
    system = on(
        kafka, tmp_path, INTENT_STATE_STORE="rocksdb", INTENT_STATE_DIR=str(tmp_path / "state"),
        INTENT_STATE_CACHE_HOMES="3",
    )  # fmt: skip
    oracle, feeder = LogOracle(system), Feeder(system, seed=3)
    for number, _ in enumerate(kills(system, feeder, 5, seed=3, pauses=["", "after_marker=0.3"])):
        assert oracle.judge().violations == [], f"kill {number}"
    feeder.write(1_000)

    with system.worker() as worker:
        wait_until(oracle.drained, seconds=90, what="everything is processed", every=0.5)
        assert worker.terminate() == 0
    verdict = oracle.finish()
    assert verdict.violations == []
    assert verdict.sales_ready > 10
    print(feeder.written, verdict)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("mutant", PAUSES)
def test_a_wrong_order_of_the_commit_is_found(kafka: Broker, tmp_path: Path, mutant: str) -> None:
    system = on(kafka, tmp_path)
    oracle, feeder = LogOracle(system), Feeder(system, seed=11)
    rounds = kills(system, feeder, 30, seed=11, pauses=[PAUSES[mutant]], mutant=mutant)  # until one is seen
    assert any(oracle.judge().violations for _ in rounds)
