"""A rejected record: its original bytes, one reason from a closed set, the step that refused it, its place.

In Kafka a dead letter is the original value, untouched, under the original key; everything else is in headers
named as Kafka Connect names them, so that existing tools read them. `record()` is the same as one JSON value.
"""

import base64
from enum import StrEnum
from typing import Final

import msgspec

DEAD_LETTER_TOPIC: Final = "intent.dlq.v1"


class Reason(StrEnum):
    """Why a record was refused: the metric label, the header and the `reason` of the record. Closed."""

    EMPTY_VALUE = "empty_value"  # null, or no byte at all
    INVALID_JSON = "invalid_json"  # not JSON, or not UTF-8
    NOT_AN_OBJECT = "not_an_object"
    TOO_DEEP = "too_deep"  # nested beyond what a decoder may follow
    TOO_LARGE = "too_large"
    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_VERSION = "unknown_version"
    MISSING_FIELD = "missing_field"
    MISSING_IDENTITY = "missing_identity"  # nothing says whom or which company it is about
    MISSING_REASON = "missing_reason"  # a rejection has to say why
    MISSING_NOTE = "missing_note"  # the reason `other` has to say what
    WRONG_TYPE = "wrong_type"
    UNLISTED_VALUE = "unlisted_value"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"
    BAD_TIME = "bad_time"
    BAD_EMAIL = "bad_email"  # and no other identity beside it
    BAD_DOMAIN = "bad_domain"  # and no other identity beside it
    BAD_TENANT = "bad_tenant"
    BAD_POLICY = "bad_policy"
    BAD_SIGNAL = "bad_signal"  # a record of the signal log that scoring cannot read
    FAILED = "failed"  # a step raised what it should not have


class Step(StrEnum):
    """Where a record was refused."""

    COLLECT = "collect"
    DECODE = "decode"
    VALIDATE = "validate"
    DEDUPE = "dedupe"
    SCORE = "score"
    PRODUCE = "produce"


DECODE_REASONS: Final = frozenset(
    {
        Reason.EMPTY_VALUE,
        Reason.INVALID_JSON,
        Reason.NOT_AN_OBJECT,
        Reason.TOO_DEEP,
        Reason.TOO_LARGE,
        Reason.UNKNOWN_TOPIC,
    }
)


class DeadLetterRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A dead letter as `intent replay` prints it: one of `original` and `original_base64` is set."""

    reason: Reason
    step: Step
    topic: str
    partition: int
    offset: int
    original: str | None = None  # the bytes, where they are UTF-8 text
    original_base64: str | None = None
    detail: str = ""  # the field and what was expected of it; never a value of the record


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A refused record on its way to `intent.dlq.v1`. `value` and `key` are the original bytes or None."""

    reason: Reason
    step: Step
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int | None = None
    detail: str = ""

    def record(self) -> DeadLetterRecord:
        """The dead letter as one JSON-able value. A null value is shown as empty text."""
        original, encoded = readable(self.value)
        return DeadLetterRecord(
            reason=self.reason,
            step=self.step,
            topic=self.topic,
            partition=self.partition,
            offset=self.offset,
            original=original,
            original_base64=encoded,
            detail=self.detail,
        )

    def headers(
        self,
        *,
        app_id: str,
        failed_at_ms: int,
        attempts: int = 1,
        original: tuple[tuple[str, bytes], ...] = (),
        topic: str = "",
    ) -> tuple[tuple[str, bytes], ...]:
        """Kafka headers: the original ones unchanged, then Connect's names and ours; an existing one is kept.

        `topic` is the physical name where it differs from the logical one. All values are UTF-8 text.
        """
        values = {
            "__connect.errors.topic": topic or self.topic,
            "__connect.errors.partition": str(self.partition),
            "__connect.errors.offset": str(self.offset),
            "__connect.errors.connector.name": app_id,
            "__connect.errors.task.id": f"{self.step}/{self.partition}",
            "__connect.errors.stage": self.step.value,
            "__connect.errors.class.name": "streams.intake.Intake",
            "__connect.errors.exception.class.name": "schemas.dead_letter.DeadLetter",
            "__connect.errors.exception.message": self.detail or self.reason.value,
            "intent.error.code": self.reason.value,
            "intent.attempts": str(attempts),
            "intent.first-failed-at": str(failed_at_ms),
        }
        held = {name for name, _ in original}
        return original + tuple((name, text.encode()) for name, text in values.items() if name not in held)


def readable(value: bytes | None) -> tuple[str | None, str | None]:
    """Bytes as (text, None) where they are UTF-8, else as (None, base64)."""
    if value is None:
        return "", None
    try:
        return value.decode(), None
    except UnicodeDecodeError:
        return None, base64.b64encode(value).decode()


def original_bytes(record: DeadLetterRecord) -> bytes:
    """The original value of a printed dead letter, the inverse of `record()`; null has become empty."""
    if record.original_base64 is not None:
        return base64.b64decode(record.original_base64)
    return (record.original or "").encode()
