"""Partitions that change hands: two workers, joins, leaves, kills, suspension."""

from __future__ import annotations

import dataclasses
import random
import signal
import time

import pytest
from support.counting_worker import Layout, Worker, laid_out
from support.kafka import Broker
from support.oracle import drained, judge, produce

RECORDS = 20_000


def shared(broker: Broker) -> Layout:
    """Four partitions, with work for several seconds."""
    return laid_out(broker, partitions=4, seconds_a_record=0.0004)


def finish(layout: Layout) -> None:
    """Let one quick worker drain the log, and judge the end."""
    quick = dataclasses.replace(layout, seconds_a_record=0.0, ticks=False)
    with Worker(quick) as worker:
        worker.said("ready")
        verdict = drained(quick)
        assert worker.terminate() == 0
    assert verdict.violations == []
    assert verdict.done


@pytest.mark.timeout(150)
def test_two_workers_with_one_stopped_or_killed_at_work(broker: Broker) -> None:
    layout = shared(broker)
    produce(layout, RECORDS)
    chance = random.Random(3)

    with Worker(layout) as first:
        first.said("ready")
        for end in ("stop", "kill"):
            with Worker(layout) as second:
                second.said("ready")
                time.sleep(chance.uniform(0.5, 1.5))
                if end == "kill":
                    second.kill()
                else:
                    assert second.terminate() == 0
            assert judge(layout).violations == []
        assert first.process.poll() is None
        first.said("ready")
        assert first.terminate() == 0
    assert judge(layout).violations == []
    finish(layout)


@pytest.mark.timeout(120)
def test_workers_that_join_while_others_recover(kafka: Broker) -> None:
    layout = shared(kafka)
    produce(layout, RECORDS)
    with Worker(layout) as first:
        first.said("ready")
        time.sleep(2)
        first.terminate()

    with Worker(layout) as one, Worker(layout) as two, Worker(layout) as three:
        for worker in (one, two, three):
            worker.said("ready")
        time.sleep(1)
        two.kill()
        assert judge(layout).violations == []
        time.sleep(0.5)
        assert three.terminate() == 0
        assert one.process.poll() is None
        assert one.terminate() == 0
    finish(layout)


@pytest.mark.timeout(120)
def test_a_worker_that_was_suspended_ends_itself_and_harms_nothing(kafka: Broker) -> None:
    layout = shared(kafka)
    produce(layout, RECORDS)

    with Worker(layout) as zombie, Worker(layout) as other:
        zombie.said("ready")
        other.said("ready")
        time.sleep(1)
        zombie.process.send_signal(signal.SIGSTOP)
        time.sleep(9)  # the session ends after 6 s
        other.said("ready")
        zombie.process.send_signal(signal.SIGCONT)
        assert zombie.process.wait(20) == 70
        assert judge(layout).violations == []
    finish(layout)
