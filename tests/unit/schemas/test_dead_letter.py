import msgspec
import pytest

from schemas.dead_letter import DeadLetter, Reason, Step, original_bytes


def a_letter(value: bytes | None) -> DeadLetter:
    return DeadLetter(
        reason=Reason.UNLISTED_VALUE,
        step=Step.VALIDATE,
        topic="intent.web.v1",
        partition=3,
        offset=42,
        key=b"k",
        value=value,
        detail="$.form_kind",
    )


def test_headers_are_those_of_kafka_connect_with_numbers_as_decimal_text() -> None:
    headers = dict(a_letter(b"{}").headers(app_id="intent", failed_at_ms=1_773_659_220_000, attempts=2))

    assert headers == {
        "__connect.errors.topic": b"intent.web.v1",
        "__connect.errors.partition": b"3",
        "__connect.errors.offset": b"42",
        "__connect.errors.connector.name": b"intent",
        "__connect.errors.task.id": b"validate/3",
        "__connect.errors.stage": b"validate",
        "__connect.errors.class.name": b"streams.intake.Intake",
        "__connect.errors.exception.class.name": b"schemas.dead_letter.DeadLetter",
        "__connect.errors.exception.message": b"$.form_kind",
        "intent.error.code": b"unlisted_value",
        "intent.attempts": b"2",
        "intent.first-failed-at": b"1773659220000",
    }


def test_original_headers_stay_and_are_not_overwritten() -> None:
    original = (("traceparent", b"00-1"), ("__connect.errors.topic", b"elsewhere"))

    headers = a_letter(b"{}").headers(app_id="intent", failed_at_ms=0, original=original)

    assert headers[:2] == original
    assert [name for name, _ in headers].count("__connect.errors.topic") == 1


@pytest.mark.parametrize("value", [b"", b"{}", "ü".encode(), b"\xff\x00", bytes(range(256))])
def test_a_printed_dead_letter_gives_the_bytes_back(value: bytes) -> None:
    record = a_letter(value).record()
    printed = msgspec.json.decode(msgspec.json.encode(record))

    assert original_bytes(record) == value
    assert len({"original", "original_base64"} & printed.keys()) == 1


def test_null_is_printed_as_empty_text() -> None:
    assert a_letter(None).record().original == ""
