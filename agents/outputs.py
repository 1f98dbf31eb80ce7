"""Decided records to Kafka records: JSON, CloudEvents header, physical topic name. The one place that does."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from agents.runtime.processor import Output
from schemas.cloud_event import CONTENT_TYPE
from schemas.dead_letter import DEAD_LETTER_TOPIC, DeadLetter
from schemas.signal import SIGNALS_TOPIC, encode_signal
from schemas.topics import REGISTRY
from streams.outcome import Emit

_CLOUD_EVENT: Final = (("content-type", CONTENT_TYPE),)
_PLAIN: Final = (("content-type", b"application/json"),)
_EVENTS: Final = frozenset(topic.name for topic in REGISTRY if topic.cloud_event)
_ENCODER: Final = msgspec.json.Encoder()


def encode_value(value: Any) -> bytes:
    """One output value as JSON bytes; the same value gives the same bytes."""
    return _ENCODER.encode(value)


class OutputEncoder:
    """Turns what the pure core emits into what the runtime produces."""

    def __init__(self, app_id: str, topic_prefix: str = "", shadow: str = "") -> None:
        self._app_id = app_id
        self._prefix = topic_prefix
        self._shadow = f"intent.shadow.{shadow}.v1" if shadow else ""

    def physical(self, topic: str) -> str:
        """The name a logical topic has in this deployment."""
        return self._prefix + topic

    def emits(self, emits: Iterable[Emit]) -> list[Output]:
        """Encode what one partition emitted, in order."""
        return [self._emit(emit) for emit in emits if not (self._shadow and emit.topic == SIGNALS_TOPIC)]

    def _emit(self, emit: Emit) -> Output:
        key = emit.key.encode()
        if emit.topic == SIGNALS_TOPIC:
            return Output(self.physical(SIGNALS_TOPIC), key, encode_signal(emit.record))
        headers = _CLOUD_EVENT if emit.topic in _EVENTS else _PLAIN
        value = None if emit.record is None else encode_value(emit.record)
        return Output(self.physical(self._shadow or emit.topic), key, value, headers)

    def dead_letter(self, letter: DeadLetter, headers: Iterable[tuple[str, bytes]] = ()) -> Output:
        """A refused record with its original bytes under its original key."""
        kept = letter.headers(
            app_id=self._app_id,
            failed_at_ms=letter.timestamp_ms or 0,
            original=tuple(headers),
            topic=self.physical(letter.topic),
        )
        return Output(self.physical(DEAD_LETTER_TOPIC), letter.key, letter.value, kept)
