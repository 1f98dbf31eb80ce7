"""The promise under kill -9: state exactly once, outputs at least once with the same bytes."""

from __future__ import annotations

import pytest
from support.counting_worker import Layout, Worker, laid_out
from support.kafka import Broker, unique
from support.oracle import drained, produce
from support.runs import kills

RECORDS = 20_000


def slow(layout_of: Broker, **settings: object) -> Layout:
    """A job that has work left at each kill; a static member on Kafka, so that restarts are quick."""
    instance = None if layout_of.embedded else unique("instance")
    return laid_out(layout_of, seconds_a_record=0.0004, instance=instance, **settings)


@pytest.mark.timeout(180)
def test_ten_kills_on_apache_kafka_lose_nothing_and_double_nothing(kafka: Broker) -> None:
    layout = slow(kafka)
    produce(layout, RECORDS)

    for number, verdict in enumerate(kills(layout, 10, seed=7)):
        assert verdict.violations == [], f"kill {number}"
        produce(layout, 1_000, first=RECORDS + number * 1_000)

    quick = Layout(**{**layout.__dict__, "seconds_a_record": 0.0, "ticks": False})
    with Worker(quick) as worker:
        worker.said("ready")
        verdict = drained(quick)
        assert worker.terminate() == 0
    assert verdict.violations == []
    assert verdict.done
    print(f"{verdict.records} records, {verdict.outputs} outputs, {verdict.repeats} repeats")


@pytest.mark.timeout(120)
def test_kills_on_the_embedded_broker_lose_nothing_and_double_nothing(embedded: Broker) -> None:
    layout = slow(embedded)
    produce(layout, RECORDS)

    for verdict in kills(layout, 2, seed=11):
        assert verdict.violations == []

    quick = Layout(**{**layout.__dict__, "seconds_a_record": 0.0, "ticks": False})
    with Worker(quick) as worker:
        worker.said("ready")
        verdict = drained(quick)
        assert worker.terminate() == 0
    assert verdict.violations == []
    assert verdict.done


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("mutant", "pauses"),
    [
        ("offsets_after_flush", "after_state=0.05"),
        ("state_after_outputs", "before_send=0.5"),
    ],
)
def test_a_wrong_order_of_the_commit_is_found(kafka: Broker, mutant: str, pauses: str) -> None:
    layout = slow(kafka)
    produce(layout, RECORDS)

    verdicts = kills(layout, 6, seed=7, pauses=pauses, mutant=mutant)
    assert any(verdict.violations for verdict in verdicts)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("pauses", ["after_state=0.05", "before_send=0.5"])
def test_the_right_order_bears_the_same_pauses(kafka: Broker, pauses: str) -> None:
    layout = slow(kafka)
    produce(layout, RECORDS)

    for verdict in kills(layout, 2, seed=7, pauses=pauses):
        assert verdict.violations == []
