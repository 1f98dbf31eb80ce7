"""`intent replay` and `intent explain` as a user meets them: files, pipes, exit codes, refusals."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agents.cli import cli
from agents.replay_run import subject_line
from schemas.signal import Tick, decode_signal, encode_signal
from streams.outcome import Emit

SCENARIOS = Path(__file__).parents[2] / "golden" / "scenarios"
POLICY = SCENARIOS / "policy.json"
STORY = SCENARIOS / "05-three-person-surge" / "events.jsonl"
ACCOUNT = "acc-northwind-labs"
GOOD = {
    "topic": "intent.web.v1",
    "key": "k",
    "value": {
        "event_id": "e-1", "source": "site", "type": "page_view", "occurred_at": "2026-03-16T10:00:00Z",
        "received_at": "2026-03-16T10:00:01Z", "contact_id": "c-1", "email": "a@acme.example",
        "url": "https://x.example/pricing", "page_category": "pricing", "session_id": "s",
    },
}  # fmt: skip


def intent(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin)


def printed(result: Result, topic: str = "") -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return [line for line in lines if not topic or line["topic"] == topic]


def lines_of(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def test_the_same_file_gives_the_same_bytes_plain_packed_and_piped(tmp_path: Path):
    packed = tmp_path / "events"
    packed.write_bytes(gzip.compress(STORY.read_bytes()))

    plain = intent("replay", STORY, "--policy", POLICY, "--output", "json")

    assert plain.exit_code == 0
    assert intent("replay", packed, "--policy", POLICY).stdout == plain.stdout
    assert intent("replay", "-", "--policy", POLICY, stdin=STORY.read_bytes()).stdout == plain.stdout
    assert intent("replay", "-", "--policy", POLICY, stdin=packed.read_bytes()).stdout == plain.stdout


def test_files_are_read_one_behind_the_other(tmp_path: Path):
    text = STORY.read_bytes().splitlines(keepends=True)
    (tmp_path / "a").write_bytes(b"".join(text[:10]))
    (tmp_path / "b").write_bytes(b"".join(text[10:]))

    assert (
        intent("replay", tmp_path / "a", tmp_path / "b", "--policy", POLICY).stdout
        == intent("replay", STORY, "--policy", POLICY).stdout
    )


def test_each_accounts_last_score_stands_at_the_end():
    lines = printed(intent("replay", STORY, "--policy", POLICY))

    assert [line["topic"] for line in lines].count("intent.scores.v1") == 1
    assert lines[-1]["topic"] == "intent.scores.v1"
    assert (lines[-1]["key"], lines[-1]["value"]["S"]) == ("demo/northwind-labs.example", 79385)


def test_a_refused_record_comes_out_with_its_place_and_its_bytes():
    bad = {**GOOD, "value": {"event_id": "e-2", "source": "site", "type": "page_view"}}
    raw = (
        lines_of(GOOD)
        + b'{"topic": "intent.web.v1", "key": "k", "value":  {"event_id" : 1}}\n'
        + lines_of(bad)
    )

    result = intent("replay", "-", stdin=raw)
    letters = printed(result, "intent.dlq.v1")

    assert result.exit_code == 3
    assert [letter["value"]["offset"] for letter in letters] == [1, 2]
    assert letters[0]["value"]["original"] == '{"event_id" : 1}'
    assert letters[0]["key"] == "k"
    assert set(letters[0]["value"]) == {"reason", "step", "topic", "partition", "offset", "original"}
    assert letters[1]["value"]["reason"] == "missing_field"
    assert "2 records rejected" in result.stderr


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", "invalid_json"),
        (b'{"topic": "intent.web.v1"', "invalid_json"),
        (b"[1, 2]", "not_an_object"),
        (b'{"key": "k", "value": {}}', "missing_field"),
        (b'{"topic": "intent.web.v1", "key": "k"}', "missing_field"),
        (b'{"topic": 7, "key": "k", "value": {}}', "wrong_type"),
        (b'{"topic": "intent.web.v1", "key": "k", "value": null}', "empty_value"),
        (b'{"topic": "intent.web.v1", "key": "k", "value": "text"}', "not_an_object"),
        (b'{"topic": "nobodys.topic", "key": "k", "value": {}}', "unknown_topic"),
    ],
)
def test_a_line_that_is_no_record_is_a_dead_letter_and_the_next_one_counts(line: bytes, reason: str):
    result = intent("replay", "-", stdin=line + b"\n" + lines_of(GOOD))

    assert result.exit_code == 3
    assert [letter["value"]["reason"] for letter in printed(result, "intent.dlq.v1")] == [reason]
    assert len(printed(result, "intent.scores.v1")) == 1


def test_a_refused_line_is_named_by_the_number_an_editor_shows():
    result = intent("replay", "-", stdin=lines_of(GOOD) + b"not json\n")

    assert "line 2: invalid_json" in result.stderr


def test_bytes_that_are_no_text_come_out_as_base64():
    line = b'{"topic": "intent.web.v1", "key": "k", "value": {"event_id": "\xff"}}'

    (letter,) = printed(intent("replay", "-", stdin=line + b"\n"), "intent.dlq.v1")

    assert base64.b64decode(letter["value"]["original_base64"]) in line
    assert "original" not in letter["value"]


def test_a_record_without_a_key_and_blank_lines_are_fine():
    raw = b"\n" + lines_of({name: GOOD[name] for name in ("topic", "value")}) + b"\r\n\n"

    assert intent("replay", "-", stdin=raw).exit_code == 0


def test_nothing_in_nothing_out():
    result = intent("replay", "-", stdin=b"")

    assert (result.exit_code, result.stdout) == (0, "")


def a_tick(at: str, **more: Any) -> dict[str, Any]:
    moment = int(__import__("datetime").datetime.fromisoformat(at).timestamp() * 1000)
    tick = Tick(event_id=f"tick:{moment}", at=moment, received=moment, **more)
    return {"topic": "intent.signals.v1", "key": "tick", "value": json.loads(encode_signal(tick))}


ACT = {
    "topic": "intent.signals.v1",
    "key": "default/acme.example",
    "value": {
        "kind": "act", "event_id": "e-1", "source": "site", "at": 1773655200000, "received": 1773655201000,
        "type": "page_view", "contact_id": "c-1", "email": "a@acme.example", "email_domain": "acme.example",
        "email_kind": "business", "session_id": "s", "url": "u", "page_category": "pricing",
    },
}  # fmt: skip


def test_a_mixture_of_raw_records_and_the_log_is_refused(tmp_path: Path):
    file = tmp_path / "both.jsonl"
    file.write_bytes(lines_of(GOOD, ACT))

    of_file = intent("replay", file)
    of_pipe = intent("replay", "-", stdin=lines_of(ACT, GOOD))

    assert (of_file.exit_code, of_file.stdout, of_pipe.exit_code) == (2, "", 2)
    assert "one or the other" in of_file.stderr


def test_the_log_makes_no_ticks_of_its_own():
    ticked = intent("replay", "-", stdin=lines_of(ACT, a_tick("2026-03-16T10:05:00Z")))
    last = printed(ticked, "intent.scores.v1")[0]["value"]

    assert last["time"] == "2026-03-16T10:05:00.000Z"


def test_a_log_of_several_partitions_is_so_many_pipelines():
    others = {
        **ACT,
        "key": "default/other.example",
        "value": {**ACT["value"], "email_domain": "other.example"},
    }
    ticks = [a_tick(f"2026-03-16T10:0{n}:00Z", partition=n, partitions=4) for n in range(4)]
    tagged = [{**ACT, "partition": 2}, {**others, "partition": 1}, *ticks]

    by_key = intent("replay", "-", stdin=lines_of(ACT, others, *ticks))
    by_line = intent("replay", "-", stdin=lines_of(*tagged))
    times = {line["key"]: line["value"]["time"] for line in printed(by_line, "intent.scores.v1")}

    assert times == {
        "default/acme.example": "2026-03-16T10:02:00.000Z",
        "default/other.example": "2026-03-16T10:01:00.000Z",
    }
    assert len(printed(by_key, "intent.scores.v1")) == 2


def test_a_broken_record_of_the_log_is_a_dead_letter():
    broken = {**ACT, "value": {"kind": "act"}}

    result = intent("replay", "-", stdin=lines_of(broken, ACT, a_tick("2026-03-16T10:05:00Z")))

    assert result.exit_code == 3
    assert [letter["value"]["reason"] for letter in printed(result, "intent.dlq.v1")] == ["bad_signal"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay",),
        ("replay", "no-such-file.jsonl"),
        ("replay", STORY, "--policy", "no-such-policy.toml"),
        ("explain",),
        ("explain", ACCOUNT, "--at", "2026-03-19T23:00:00Z"),
        ("explain", ACCOUNT, "--events", STORY, "--at", "yesterday"),
        ("explain", ACCOUNT, "another", "--events", STORY),
    ],
)
def test_wrong_usage_ends_with_2(arguments: tuple[object, ...]):
    assert intent(*arguments).exit_code == 2


def test_broken_gzip_ends_with_1(tmp_path: Path):
    (tmp_path / "broken").write_bytes(gzip.compress(STORY.read_bytes())[:-50])

    result = intent("replay", tmp_path / "broken")

    assert result.exit_code == 1
    assert "broken gzip" in result.stderr


def explained(*arguments: object) -> list[dict[str, Any]]:
    result = intent("explain", ACCOUNT, "--events", STORY, "--policy", POLICY, *arguments, "--output", "json")
    assert result.exit_code == 0, result.stderr
    return printed(result)


def test_moments_come_out_in_the_order_asked():
    times = ["2026-03-19T23:00:00.000Z", "2026-03-18T00:00:00.000Z", "2026-03-18T12:00:00.000Z"]
    options = [option for time in times for option in ("--at", time)]

    assert [block["at"] for block in explained(*options)] == times


def test_without_a_moment_it_is_the_final_tick():
    (block,) = explained()

    assert (block["S"], block["state"]) == (79385, "open")
    assert block["at"] == printed(intent("replay", STORY, "--policy", POLICY))[-1]["value"]["time"]


def test_an_account_goes_by_id_domain_or_home():
    found = [
        intent("explain", name, "--events", STORY, "--policy", POLICY, "--output", "json").stdout
        for name in (ACCOUNT, "Northwind-Labs.example", "demo/northwind-labs.example")
    ]

    assert len(set(found)) == 1


def test_a_moment_before_the_account_was_known_shows_nothing_of_it():
    early, late = explained("--at", "2025-01-01T00:00:00Z", "--at", "2026-03-19T23:00:00Z")

    assert (early["I"], early["R"], early["persons"], early["state"]) == (0, 0, {}, "idle")
    assert late["S"] == 79385


@pytest.mark.parametrize("arguments", [("nobody",), (ACCOUNT, "--at", "2020-01-01T00:00:00Z")])
def test_an_account_that_nobody_knows_ends_with_1(arguments: tuple[str, ...]):
    result = intent("explain", *arguments, "--events", STORY, "--policy", POLICY)

    assert result.exit_code == 1
    assert "nothing is known of" in result.stderr


def test_lines_add_up_and_gates_say_their_distance():
    (block,) = explained("--at", "2026-03-18T00:00:00Z")

    for dimension, key in (("fit", "F"), ("intent", "I"), ("readiness", "R"), ("score", "S")):
        assert sum(line["points"] for line in block["lines"] if line["dimension"] == dimension) == block[key]
    assert {gate["name"]: gate["passed"] for gate in block["gate_details"]} == block["gates"]
    assert {person["person"] for person in block["people_list"]} >= set(block["persons"])


def test_the_report_for_people_names_gates_people_and_lines():
    text = intent("explain", ACCOUNT, "--events", STORY, "--policy", POLICY).stdout

    assert all(
        word in text for word in ("self_directed", "79.385", "champion", "weight:intent", "cap:person")
    )


def test_several_event_files_may_follow_one_option(tmp_path: Path):
    text = STORY.read_bytes().splitlines(keepends=True)
    (tmp_path / "a").write_bytes(b"".join(text[:10]))
    (tmp_path / "b").write_bytes(b"".join(text[10:]))

    files = ("--events", tmp_path / "a", tmp_path / "b")
    split = intent("explain", ACCOUNT, "--policy", POLICY, "--output", "json", *files)

    assert printed(split)[0]["S"] == 79385


def test_a_recorded_act_reads_back_as_it_was():
    assert json.loads(encode_signal(decode_signal(json.dumps(ACT["value"]).encode()))) == ACT["value"]


def test_a_line_for_people_names_a_score_only_where_there_is_one() -> None:
    reminder = Emit("intent.sla.v1", "default/a.example", {"time": "t", "type": "intent.sla.warn.v1"})
    score = Emit("intent.scores.v1", "default/a.example", {"time": "t", "S": 12_500})

    assert subject_line(reminder).split() == ["t", "intent.sla.v1", "default/a.example", "intent.sla.warn.v1"]
    assert subject_line(score).endswith("S 12.500")
