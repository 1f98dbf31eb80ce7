"""A graceful stop costs nothing: exit 0, and whoever comes next processes no record again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from support.kafka import Broker
from support.log_oracle import LogOracle
from support.services import wait_until
from support.system import System
from support.traffic import Traffic

STOP_SECONDS = 10


@pytest.mark.timeout(120)
def test_after_sigterm_in_mid_stream_nothing_is_processed_again(kafka: Broker, tmp_path: Path) -> None:
    system = System(kafka, tmp_path).create_topics()
    oracle, traffic = LogOracle(system), Traffic(9, int(time.time() * 1000))
    with system.worker() as worker:
        worker.until_ready()
        system.produce(traffic.take(2_000))
        assert worker.terminate(STOP_SECONDS) == 0  # in the middle of them
    verdict = oracle.judge()
    assert verdict.violations == []
    assert verdict.repeats == 0

    with system.worker() as worker:
        wait_until(oracle.drained, seconds=60, what="the rest is processed", every=0.3)
        assert worker.terminate(STOP_SECONDS) == 0
    verdict = oracle.finish()
    assert verdict.violations == []
    assert verdict.repeats == 0
    assert oracle.routed_twice() == 0

    with system.worker() as worker:
        wait_until(lambda: worker.counted("intent_commits_total"), seconds=60, what="it is at work")
        wait_until(oracle.drained, seconds=60, what="it has seen the last ticks", every=0.3)
        assert 'intent_records_applied_total{entity="intake"}' not in worker.metrics()
        assert worker.counted("intent_signals_duplicate_total") == 0
        assert worker.terminate(STOP_SECONDS) == 0
    verdict = oracle.finish()
    assert verdict.violations == []
    assert verdict.repeats == 0
