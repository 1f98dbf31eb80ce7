"""What processors count and send, as metrics: counter tuples by name, output records by topic and kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

import orjson

from agents import metrics
from agents.meter import Meter
from agents.runtime.processor import Output

SALES_READY: Final = "intent.sales-ready.v1"
WATCH: Final = "intent.watch.v1"
SCORES: Final = "intent.scores.v1"
_TOPIC: Final = attrgetter("topic")
_WITH_GATES: Final = frozenset({"near_miss", "early"})
# a count's name -> its family, and which parts of the tuple are the labels
_FAMILIES: Final[Mapping[str, tuple[metrics.Family, tuple[int, ...]]]] = {
    "duplicate": (metrics.DUPLICATES, ()),
    "bot": (metrics.BOTS, (1,)),
    "accepted": (metrics.SIGNALS, (1, 0)),
    "late": (metrics.SIGNALS, (1, 0)),
    "hand_raise": (metrics.HAND_RAISES, (1,)),
    "disposition": (metrics.DISPOSITIONS, (1, 2)),
    "disqualified": (metrics.DISQUALIFIED, (1,)),
    "reason": (metrics.REASONS, (1, 2)),
    "policy": (metrics.POLICIES, (1,)),
    "erase": (metrics.ERASURES, ()),
    "erased": (metrics.ERASED, (1,)),
    "contacts_dropped": (metrics.CONTACTS_DROPPED, ()),
    "unknown_dropped": (metrics.UNKNOWN_DROPPED, ()),
    "ids_dropped": (metrics.IDS_DROPPED, ()),
    "refused": (metrics.DEAD_LETTERS, (1, 3, 2)),  # name, topic, reason, step
}
_INPUT_OUTCOMES: Final = {"routed": "accepted", "future": "future", "refused": "invalid"}
KNOWN_COUNTS: Final = frozenset({"decision", "first_touch", "amount", *_FAMILIES, *_INPUT_OUTCOMES})


def count_steps(meter: Meter, counts: Counter[tuple[str, ...]]) -> None:
    """Add what a processor counted since the last call, and empty its counter. Tuples begin with a name."""
    for (name, *labels), number in counts.items():
        if name == "decision":
            _count_decision(meter, labels, number)
        elif name == "first_touch":
            _count_touch(meter, labels, number)
        elif name == "amount":
            meter.add(metrics.AMOUNTS, *labels, by=number / 1000)
        elif name in _INPUT_OUTCOMES and stream_of(labels[0]) in metrics.STREAMS:
            meter.add(metrics.EVENTS, stream_of(labels[0]), _INPUT_OUTCOMES[name], by=number)
        if name in _FAMILIES:
            family, order = _FAMILIES[name]
            meter.add(family, *((name, *labels)[place] for place in order), by=number)
        elif name not in KNOWN_COUNTS:
            meter.add(metrics.UNKNOWN_COUNTS, by=number)
    counts.clear()


def count_outputs(meter: Meter, outputs: Sequence[Output], topic_prefix: str, now: float) -> None:
    """Count records by topic, and measure the few that say something went to sales. `now` in Unix seconds."""
    by_topic: Counter[str] = Counter()
    for physical, number in Counter(map(_TOPIC, outputs)).items():
        by_topic[physical.removeprefix(topic_prefix)] = number
    for topic, number in by_topic.items():
        meter.add(metrics.OUTPUTS, topic, by=number)
    meter.add(metrics.SCORES, "account", by=by_topic[SCORES])
    if by_topic[SALES_READY] or by_topic[WATCH]:
        for output in outputs:
            if output.value and output.topic.removeprefix(topic_prefix) in {SALES_READY, WATCH}:
                _measure(meter, orjson.loads(output.value), now)


def stream_of(topic: str) -> str:
    """The label of an input topic: `intent.web.v1` is `web`."""
    return topic.removeprefix("intent.").rpartition(".v")[0]


def _count_decision(meter: Meter, labels: list[str], number: int) -> None:
    topic, kind, tier = labels
    if topic == "sales_ready":
        meter.add(metrics.SALES_READY, kind, tier or "none", by=number)
    else:
        meter.add(metrics.NOTICES, topic, kind, by=number)


def _count_touch(meter: Meter, labels: list[str], number: int) -> None:
    tier, kept, seconds = labels
    meter.add(metrics.FIRST_TOUCHES, tier, kept, by=number)
    for _ in range(number):
        meter.observe(metrics.FIRST_TOUCH, float(seconds), tier)


def _measure(meter: Meter, event: Mapping[str, Any], now: float) -> None:
    kind = str(event.get("type", "")).split(".")[-2:][0]
    data: Mapping[str, Any] = event.get("data") or {}
    decision: Mapping[str, Any] = data.get("decision") or {}
    if kind in _WITH_GATES:
        for gate in decision.get("gates") or []:
            if not gate.get("passed", True):
                meter.add(metrics.GATE_FAILURES, str(gate.get("name")))
    elif kind == "opened":
        _measure_opening(meter, data)
        if decision.get("tier") == "FAST":
            decided_for = datetime.fromisoformat(str(event["time"])).timestamp()
            meter.observe(metrics.FAST_LATENCY, max(0.0, now - decided_for))


def _measure_opening(meter: Meter, data: Mapping[str, Any]) -> None:
    people = (data.get("buying_group") or {}).get("engaged_people")
    p = (data.get("surge") or {}).get("p")
    if people is not None:
        meter.observe(metrics.ENGAGED_PEOPLE, people)
    if p is not None:
        meter.observe(metrics.SURGE_P, p)
