"""kill -9 of `intent worker` in mid-stream on Apache Kafka: nothing lost, nothing twice, no id with two bodies."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.kafka import Broker, unique
from support.log_oracle import LogOracle, Verdict
from support.services import wait_until
from support.system import System
from support.traffic import Traffic

POINTS = ("before_send", "after_freeze", "after_outputs", "after_state", "after_marker", "after_commit")
RECORDS = 21_000
KILLS = 10


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
    def writing(self) -> Iterator[None]:
        """A few hundred records at a time, until the block ends."""
        done = threading.Event()

        def go_on() -> None:
            while not done.is_set():
                self.write(60)
                done.wait(0.1)

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def on(kafka: Broker, directory: Path) -> System:
    """A static member, so that a restart needs no session timeout; many small commits."""
    return System(
        kafka, directory, INTENT_COMMIT_SECONDS="0.1", INTENT_TICK_SECONDS="0.25",
        INTENT_GROUP_INSTANCE_ID=unique("member"),
    ).create_topics()  # fmt: skip


def kills(
    system: System, oracle: LogOracle, feeder: Feeder, count: int, seed: int, pause: str = "", mutant: str = ""
) -> Iterator[Verdict]:
    """Start, kill at a seeded moment (in start-up, in work, inside a commit), judge; again and again."""
    chance = random.Random(seed)
    for number in range(count):
        kind = "start work commit".split()[(number + 1) % 3] if not mutant else "work"
        points = [pause] if pause else []
        if kind == "commit":
            points.append(f"{chance.choice(POINTS)}=exit:{chance.randint(3, 15)}")
        environ = {"INTENT_FAILPOINTS": ",".join(points), "INTENT_MUTANT": mutant}
        with feeder.writing(), system.worker(**environ) as worker:
            if kind == "start":
                time.sleep(chance.uniform(1.0, 5.0))
            elif kind == "commit":
                worker.wait(60)
            else:
                worker.until_ready()
                time.sleep(chance.uniform(0.3, 2.5))
            assert kind == "commit" or worker.exit_code is None, worker.tail()
            worker.kill()
        yield oracle.judge()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_ten_kills_in_mid_stream_change_nothing(kafka: Broker, tmp_path: Path) -> None:
    system = on(kafka, tmp_path)
    oracle, feeder = LogOracle(system), Feeder(system, seed=7)
    for number, verdict in enumerate(kills(system, oracle, feeder, KILLS, seed=7)):
        assert verdict.violations == [], f"kill {number}"
        assert number == 0 or verdict.processed > 0
    feeder.write(max(RECORDS - feeder.written, 500))

    with system.worker() as worker:
        wait_until(lambda: oracle.drained(), seconds=90, what="everything is processed", every=0.5)
        assert worker.terminate() == 0
    verdict = oracle.finish()
    assert verdict.violations == []
    assert feeder.written >= RECORDS
    assert verdict.sales_ready > 100
    print(feeder.written, verdict)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("mutant", "pause"),
    [("offsets_after_flush", "after_state=0.3"), ("state_after_outputs", "before_send=0.5")],
)
def test_a_wrong_order_of_the_commit_is_found(
    kafka: Broker, tmp_path: Path, mutant: str, pause: str
) -> None:
    system = on(kafka, tmp_path)
    verdicts = kills(system, LogOracle(system), Feeder(system, seed=11), 6, seed=11, pause=pause, mutant=mutant)
    assert any(verdict.violations for verdict in verdicts)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("pause", ["after_state=0.3", "before_send=0.5"])
def test_the_right_order_bears_the_same_pauses(kafka: Broker, tmp_path: Path, pause: str) -> None:
    system = on(kafka, tmp_path)
    for verdict in kills(system, LogOracle(system), Feeder(system, seed=11), 2, seed=11, pause=pause):
        assert verdict.violations == []
