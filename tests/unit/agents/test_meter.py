"""Families are kept as agents/metrics.py lists them: closed labels, known series at zero."""

from __future__ import annotations

from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agents import metrics
from agents.health import Health
from agents.measure import MeteredProcessor, MeteredRuntime, show_unanswered
from agents.meter import Meter
from agents.runtime.observer import Observer
from agents.runtime.processor import Output
from agents.tally import count_outputs, count_steps, stream_of


def samples(meter: Meter, family: metrics.Family) -> dict[tuple[str, ...], float]:
    """The series of a family by label values, zeros left out."""
    found = {}
    for one in text_string_to_metric_families(meter.text().decode()):
        for sample in one.samples:
            if sample.name == family.name and sample.value:
                found[tuple(sample.labels[label] for label in family.labels)] = sample.value
    return found


def test_a_known_series_is_there_at_zero_before_anything_happened() -> None:
    text = Meter("worker").text().decode()

    assert 'intent_sales_ready_total{kind="opened",tier="T1"} 0.0' in text
    assert 'intent_events_total{outcome="invalid",stream="web"} 0.0' in text


def test_what_lies_outside_a_closed_label_is_other() -> None:
    meter = Meter("worker")

    meter.add(metrics.BOTS, "ann@acme.com made me")

    assert samples(meter, metrics.BOTS) == {("other",): 1}


def test_a_process_exports_only_its_own_parts() -> None:
    with pytest.raises(KeyError):
        Meter("collector").add(metrics.DUPLICATES)


def test_counts_of_a_pipeline_become_families() -> None:
    meter = Meter("worker")
    counts: Counter[tuple[str, ...]] = Counter(
        {
            ("duplicate",): 3,
            ("accepted", "page_view"): 5,
            ("late", "click"): 1,
            ("decision", "sales_ready", "opened", "T1"): 2,
            ("decision", "watch", "near_miss", ""): 4,
            ("refused", "intent.web.v1", "bad_time", "validate"): 6,
            ("routed", "intent.web.v1", "act"): 7,
        }
    )

    count_steps(meter, counts)

    assert counts == Counter()
    assert samples(meter, metrics.DUPLICATES) == {(): 3}
    assert samples(meter, metrics.SIGNALS) == {("page_view", "accepted"): 5, ("click", "late"): 1}
    assert samples(meter, metrics.SALES_READY) == {("opened", "T1"): 2}
    assert samples(meter, metrics.NOTICES) == {("watch", "near_miss"): 4}
    assert samples(meter, metrics.DEAD_LETTERS) == {("intent.web.v1", "validate", "bad_time"): 6}
    assert samples(meter, metrics.EVENTS) == {("web", "accepted"): 7, ("web", "invalid"): 6}
    assert samples(meter, metrics.UNKNOWN_COUNTS) == {}


def test_what_sales_did_is_counted_and_measured() -> None:
    meter = Meter("worker")
    counts = Counter(
        {
            ("first_touch", "T1", "late", "7200"): 2, ("amount", "closed_won", "EUR"): 1500,
            ("amount", "closed_won", "XAU"): 1000, ("reason", "no_budget", "readiness"): 3,
        }
    )  # fmt: skip

    count_steps(meter, counts)

    assert samples(meter, metrics.FIRST_TOUCHES) == {("T1", "late"): 2}
    assert 'intent_first_touch_seconds_sum{tier="T1"} 14400.0' in meter.text().decode()
    assert samples(meter, metrics.AMOUNTS) == {("closed_won", "EUR"): 1.5, ("closed_won", "other"): 1}
    assert samples(meter, metrics.REASONS) == {("no_budget", "readiness"): 3}
    assert samples(meter, metrics.UNKNOWN_COUNTS) == {}


def test_unanswered_alerts_are_shown_by_their_age() -> None:
    meter, now, hour = Meter("worker"), 1_000_000_000, 3600

    show_unanswered(meter, [(now - age * hour) * 1000 for age in (1, 4, 5, 200)], now)
    assert samples(meter, metrics.UNANSWERED) == {("4h",): 2, ("1d",): 1, ("older",): 1}

    show_unanswered(meter, [], now)
    assert samples(meter, metrics.UNANSWERED) == {}


def test_a_count_that_no_family_knows_is_seen_as_a_defect() -> None:
    meter = Meter("worker")

    count_steps(meter, Counter({("novelty", "x"): 2}))

    assert samples(meter, metrics.UNKNOWN_COUNTS) == {(): 2}


def test_outputs_are_counted_without_their_prefix_and_openings_measured() -> None:
    meter = Meter("worker")
    opened = (
        b'{"type":"intent.sales_ready.opened.v1","time":"2026-11-02T10:00:00.000Z",'
        b'"data":{"decision":{"tier":"FAST"},"buying_group":{"engaged_people":3},"surge":{"p":0.001}}}'
    )
    near_miss = (
        b'{"type":"intent.watch.near_miss.v1","data":{"decision":{"gates":'
        b'[{"name":"people","passed":false},{"name":"fit","passed":true}]}}}'
    )
    outputs = [
        Output("dev.intent.sales-ready.v1", b"k", opened),
        Output("dev.intent.watch.v1", b"k", near_miss),
        Output("dev.intent.scores.v1", b"k", b"not looked at"),
        Output("dev.intent.scores.v1", b"k", None),
    ]

    count_outputs(meter, outputs, "dev.", now=1_793_613_605.0)

    assert samples(meter, metrics.OUTPUTS)[("intent.scores.v1",)] == 2
    assert samples(meter, metrics.SCORES) == {("account",): 2}
    assert samples(meter, metrics.GATE_FAILURES) == {("people",): 1}
    text = meter.text().decode()
    assert "intent_engaged_people_sum 3.0" in text
    assert "intent_fast_latency_seconds_sum 5.0" in text


def test_the_runtime_s_observer_is_implemented() -> None:
    meter, health = Meter("worker"), Health()
    observer: Observer = MeteredRuntime(meter, health, wall_clock=lambda: 1000.0)

    observer.on_ready(False)
    observer.on_recovery("scoring", 0, 10, 0.5, 2)
    observer.on_ready(True)
    observer.on_batch("scoring", 0, 100, 0.01)
    observer.on_commit(1, 5, 0.02)
    observer.on_lag("intent.signals.v1", 0, 7, stalled=False)

    assert samples(meter, metrics.RECORDS) == {("scoring",): 100}
    assert samples(meter, metrics.CONSUMER_LAG) == {("intent.signals.v1", "0"): 7}
    assert samples(meter, metrics.READY) == {(): 1}
    assert samples(meter, metrics.LAST_COMMIT) == {(): 1000}

    observer.on_ready(False)

    assert samples(meter, metrics.CONSUMER_LAG) == {}, "a revoked partition's lag is somebody else's"
    assert samples(meter, metrics.REBALANCES) == {(): 2}


class _Record:
    def __init__(self, topic: str, timestamp: int) -> None:
        self.topic, self.timestamp = topic, timestamp
        self.partition, self.offset, self.key, self.value, self.headers = 0, 0, b"", b"", ()


class _Echo:
    """A processor that counts what it is given."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, ...]] = Counter()

    def assign(self, partition: int) -> None: ...
    def restore(self, partition: int, key: bytes, value: bytes | None) -> None: ...
    def recovered(self, partition: int) -> None: ...
    def revoke(self, partition: int) -> None: ...

    def apply(self, partition: int, records: object) -> None:
        self.counts["duplicate",] += len(records)  # type: ignore[arg-type]

    def take_outputs(self) -> list[Output]:
        return [Output("intent.watch.v1", b"k", b"{}")]

    def take_dirty(self, partition: int) -> list[tuple[bytes, bytes | None]]:
        return [(b"k", None)]


def test_a_metered_processor_does_what_the_inner_one_does_and_tells() -> None:
    meter = Meter("worker")
    processor = MeteredProcessor(_Echo(), meter, wall_clock=lambda: 20.0)

    processor.apply(0, [_Record("intent.web.v1", 5_000), _Record("intent.web.v1", 4_000)])
    processor.apply(0, [_Record("intent.signals.v1", 18_000)])

    assert processor.take_outputs() == [Output("intent.watch.v1", b"k", b"{}")]
    assert processor.take_dirty(0) == [(b"k", None)]
    assert samples(meter, metrics.DUPLICATES) == {(): 3}
    assert samples(meter, metrics.LAST_EVENT) == {("web",): 5}
    assert "intent_event_lag_seconds_sum 2.0" in meter.text().decode()


def test_a_stream_is_named_by_its_topic() -> None:
    assert stream_of("intent.thirdparty.v1") == "thirdparty"
