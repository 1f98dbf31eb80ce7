"""Ten thousand records that cannot be read, between good ones: each is kept with its bytes, no good one is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.kafka import Broker
from support.malformed import TOPICS, malformed
from support.services import wait_until
from support.system import System
from support.tails import Message
from support.traffic import Traffic

from schemas.signal import SIGNALS_TOPIC, encode_signal
from streams.domains import shipped_lists
from streams.intake import Intake, Refused, Routed

AT = 1_773_659_220_000
BAD, GOOD = 10_000, 2_000
LARGEST = 1_040_000  # what a broker takes by default, less the record's own overhead
DEAD_LETTERS = "intent.dlq.v1"
KEYS = (None, b"k", b"\x00\xff", b"a key")  # the client sends no record without key and value


def made_by_hypothesis(chance: random.Random) -> list[Message]:
    """Malformed records of every kind and topic, each to its own topic and to three others."""
    found: list[tuple[str, bytes | None]] = []

    @settings(
        max_examples=BAD // 4 // 50, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.lists(malformed, min_size=50, max_size=50))
    def collect(batch: list[tuple[str, bytes | None]]) -> None:
        found.extend(batch)

    collect()
    places = [(topic, value) for own, value in found for topic in (own, *chance.sample(TOPICS, 3))]
    return [(topic, chance.choice(KEYS[value is None :]), value) for topic, value in places]


def mutilated(chance: random.Random, good: list[Message]) -> list[Message]:
    """Good records with bytes flipped, cut out or doubled: some of them are still good."""

    def flip(value: bytes) -> bytes:
        at = chance.randrange(len(value))
        return value[:at] + bytes([value[at] ^ (1 << chance.randrange(8))]) + value[at + 1 :]

    def cut(value: bytes) -> bytes:
        return value[: chance.randrange(len(value))]

    def double(value: bytes) -> bytes:
        at = chance.randrange(len(value))
        return value[:at] + value[max(at - 5, 0) :]

    ways: list[Callable[[bytes], bytes]] = [flip, cut, double]
    return [(topic, key, chance.choice(ways)(value or b"x")) for topic, key, value in good]


def enormous(chance: random.Random) -> list[Message]:
    """As large as a broker takes: no JSON, a text without end, a list without end."""
    noise = chance.randbytes(LARGEST)
    text = b'{"event_id":"' + b"a" * (LARGEST - 20) + b'"}'
    array = b"[" + b"1," * (LARGEST // 2 - 2) + b"1]"
    return [(topic, None, value) for topic in TOPICS[:3] for value in (noise, text, array)]


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_ten_thousand_bad_records_are_kept_and_every_good_one_is_applied(
    embedded: Broker, tmp_path: Path
) -> None:
    chance = random.Random(5)
    good = Traffic(5, AT).take(GOOD)
    sent = [*good, *made_by_hypothesis(chance), *mutilated(chance, good[:500]), *enormous(chance)]
    chance.shuffle(sent)
    system = System(embedded, tmp_path, INTENT_TICK_SECONDS="2").create_topics()
    tails = system.tails(*TOPICS, SIGNALS_TOPIC, DEAD_LETTERS)
    with system.worker() as worker:
        system.produce(sent)
        tails.catch_up([system.topic(topic) for topic in TOPICS])
        refused, routed = _judged(system, tails.records)
        assert len(refused) >= BAD
        assert len(routed) >= GOOD

        def arrived() -> bool:
            assert worker.exit_code is None, worker.tail()
            tails.catch_up([system.topic(SIGNALS_TOPIC), system.topic(DEAD_LETTERS)])
            letters = tails.all(system.topic(DEAD_LETTERS))
            return len(letters) >= len(refused) and len(tails.all(system.topic(SIGNALS_TOPIC))) >= len(routed)

        wait_until(arrived, seconds=90, what="everything is dealt with", every=0.5)
        assert worker.terminate() == 0
    tails.catch_up()

    assert {_letter(record) for record in tails.all(system.topic(DEAD_LETTERS))} == refused
    logged = {(record.key, record.value) for record in tails.all(system.topic(SIGNALS_TOPIC))}
    assert not routed - logged


Letter = tuple[str, str, str, str, bytes | None, bytes | None]  # topic, partition, offset, reason, key, value


def _judged(
    system: System, records: dict[str, dict[int, list[object]]]
) -> tuple[set[Letter], set[tuple[bytes, bytes]]]:
    """What the pure intake says of every record that the broker holds."""
    intake = Intake(shipped_lists())
    refused: set[Letter] = set()
    routed: set[tuple[bytes, bytes]] = set()
    for topic in TOPICS:
        physical = system.topic(topic)
        for partition, found in records[physical].items():
            for r in found:
                taken = intake.take(topic, r.key, r.value, partition, r.offset, r.timestamp, {})
                if isinstance(taken, Refused):
                    reason = taken.letter.reason.value
                    refused.add((physical, str(partition), str(r.offset), reason, r.key, r.value))
                elif isinstance(taken, Routed):
                    routed.add((taken.home.encode(), encode_signal(taken.record)))
    return refused, routed


def _letter(record: object) -> Letter:
    headers = {name: value.decode() for name, value in record.headers}
    place = (headers[f"__connect.errors.{part}"] for part in ("topic", "partition", "offset"))
    return (*place, headers["intent.error.code"], record.key, record.value)
