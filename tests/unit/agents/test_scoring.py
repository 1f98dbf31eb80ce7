"""What the scoring agent does with records of the signal log that are none, and with a state it cannot read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from support.raw import routed

from agents.outputs import OutputEncoder
from agents.runtime.fatal import RuntimeFault
from agents.scoring import ScoringProcessor
from schemas.signal import encode_signal
from streams.policy import reference_policy


@dataclass
class Logged:
    value: bytes
    key: bytes = b"default/acme.example"
    topic: str = "intent.signals.v1"
    partition: int = 0
    offset: int = 7
    timestamp: int = 1_773_659_220_000
    headers: tuple[tuple[str, bytes], ...] = ()


class BrokenDisk:
    """State on a disk that no longer reads."""

    def load(self, prefix: bytes) -> list[bytes]:
        raise RuntimeFault("local store cannot be read")

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        return iter(())


def scoring() -> ScoringProcessor:
    processor = ScoringProcessor(reference_policy(), OutputEncoder("intent"), "1", 4)
    processor.assign(0)
    return processor


@pytest.mark.parametrize(
    "value",
    [b'{"a":' * 20_000, b'{"kind":"tick","x":' + b"[" * 20_000 + b"]" * 20_000 + b"}", b"\xff\x00", b""],
    ids=["objects without end", "an unknown member without end", "no text", "nothing"],
)
def test_a_record_of_the_log_that_cannot_be_read_is_set_aside(value: bytes) -> None:
    processor = scoring()
    processor.recovered(0)

    processor.apply(0, [Logged(value)])

    (letter,) = processor.take_outputs()
    assert (letter.topic, letter.value) == ("intent.dlq.v1", value)
    assert dict(letter.headers)["intent.error.code"] == b"bad_signal"


def test_a_state_that_cannot_be_read_sets_no_record_aside() -> None:
    processor = scoring()
    processor.attach(0, BrokenDisk())
    processor.recovered(0)
    found = routed(contact_id="c-1", account_domain="acme.example")

    with pytest.raises(RuntimeFault):
        processor.apply(0, [Logged(encode_signal(found.record), key=found.home.encode())])

    assert processor.take_outputs() == []
