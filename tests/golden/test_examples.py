"""Golden messages: each file under schemas/examples is a test; adding a file adds one."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from schemas.codec import INPUT_TYPES
from schemas.dead_letter import Reason
from schemas.generate import FOLDER, RECORDS, schema_of, schema_path, schema_text
from schemas.signal import SignalRecord, encode_signal
from schemas.topics import BY_NAME
from streams.domains import shipped_lists
from streams.intake import TAXONOMY_TOPIC, Intake, Learned, Refused, Routed

EXAMPLES = FOLDER.parent / "examples"
TOPIC_OF = {BY_NAME[topic].record: topic for topic in INPUT_TYPES}
GOOD = sorted(EXAMPLES.glob("*/v1/*.json"))
BAD = sorted(EXAMPLES.glob("*/invalid/*.json"))
INTAKE = Intake(shipped_lists())


def _name(path: Path) -> str:
    return f"{record_of(path)}/{path.stem}"


def record_of(path: Path) -> str:
    return path.parent.parent.name


def taken(path: Path) -> Routed | Learned | Refused:
    topic = TOPIC_OF[record_of(path)]
    if topic == TAXONOMY_TOPIC:
        return INTAKE.learn(None, path.read_bytes(), 0, 7, None)
    return INTAKE.take(topic, None, path.read_bytes(), 0, 7, None, {})


def schema_errors(record: str, value: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(schema_of(record)).iter_errors(value)]


@pytest.mark.parametrize("record", sorted(RECORDS))
def test_every_record_has_a_good_and_a_bad_example(record: str) -> None:
    assert any(record_of(path) == record for path in GOOD)
    assert any(record_of(path) == record for path in BAD)


@pytest.mark.parametrize("record", sorted(RECORDS))
def test_committed_schemas_match_the_types(record: str) -> None:
    """When this fails: python -m schemas.generate, and look at what the change means to readers."""
    assert schema_path(record).read_text() == schema_text(record)


def test_no_schema_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {schema_path(record).name for record in RECORDS}


@pytest.mark.parametrize("record", sorted(RECORDS))
def test_schemas_are_schemas(record: str) -> None:
    Draft202012Validator.check_schema(schema_of(record))


@pytest.mark.parametrize("path", GOOD, ids=_name)
def test_good_examples_fit_their_published_schema(path: Path) -> None:
    assert schema_errors(record_of(path), msgspec.json.decode(path.read_bytes())) == []


@pytest.mark.parametrize("path", [p for p in GOOD if record_of(p) in TOPIC_OF], ids=_name)
def test_good_input_is_taken(path: Path) -> None:
    outcome = taken(path)

    assert not isinstance(outcome, Refused), outcome
    if isinstance(outcome, Routed):
        assert schema_errors("signal", msgspec.json.decode(encode_signal(outcome.record))) == []


@pytest.mark.parametrize("path", [p for p in BAD if record_of(p) in TOPIC_OF], ids=_name)
def test_bad_input_is_refused_for_the_reason_in_its_name(path: Path) -> None:
    outcome = taken(path)

    assert isinstance(outcome, Refused)
    assert outcome.letter.reason == Reason(path.stem.partition("--")[0])
    assert outcome.letter.value == path.read_bytes()


@pytest.mark.parametrize("path", [p for p in GOOD if record_of(p) not in TOPIC_OF], ids=_name)
def test_good_records_of_ours_survive_a_round_trip(path: Path) -> None:
    record = msgspec.json.decode(path.read_bytes(), type=RECORDS[record_of(path)])
    again = msgspec.json.decode(msgspec.json.encode(record), type=RECORDS[record_of(path)])

    assert again == record


@pytest.mark.parametrize("path", [p for p in BAD if record_of(p) not in TOPIC_OF], ids=_name)
def test_bad_records_of_ours_fit_neither_type_nor_schema(path: Path) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(path.read_bytes(), type=RECORDS[record_of(path)])
    assert schema_errors(record_of(path), msgspec.json.decode(path.read_bytes())) != []


def test_the_signal_union_is_what_is_published() -> None:
    assert RECORDS["signal"] == SignalRecord
