"""`intent policy learn` as a user meets it: a replay and answers in, rates and a proposal out."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from support.answers import LAST, POLICY, STORY, disposition, forty_alerts, intent, replay_of_a_surge

from streams.policy import parse_policy


@pytest.fixture
def printed(tmp_path: Path) -> Path:
    return replay_of_a_surge(tmp_path)


@pytest.fixture
def many(tmp_path: Path, printed: Path) -> Path:
    return forty_alerts(tmp_path, printed)


def test_the_rates_and_the_proposal_are_said_with_their_evidence(many: Path):
    result = intent("policy", "learn", many, "--policy", POLICY)

    assert result.exit_code == 0
    assert "40 alerts, 40 answered" in result.stdout
    assert "multipliers.source.paid: 0.8 becomes 0.4 (0 of 30 alerts accepted" in result.stdout
    assert "multipliers.source.organic_search" not in result.stdout  # ten answers are too few


def test_a_proposal_is_a_policy_that_explain_and_check_take(tmp_path: Path, many: Path):
    file = tmp_path / "proposal.toml"
    intent("policy", "learn", many, "--policy", POLICY, "--propose", file)

    found = parse_policy(file.read_bytes())
    assert found.multipliers.source["paid"] == 400
    assert found.version == parse_policy(POLICY.read_bytes()).version + 1
    assert found.approval.approvers == ()
    page = intent("policy", "explain", file, "--previous", POLICY).stdout
    assert "multipliers.source.paid: 0.8 becomes 0.4" in page
    assert "Approved by: nobody yet." in page
    assert "| a search engine | 10 of 10 (100 %) | 72 and 100 % |" in page


def test_the_rates_are_a_record_that_a_replay_takes_and_that_changes_no_weight(tmp_path: Path, many: Path):
    file = tmp_path / "rates.jsonl"
    assert intent("policy", "learn", many, "--policy", POLICY, "--rates", file).exit_code == 0
    line = json.loads(file.read_text())
    line["value"] |= {"occurred_at": "2025-12-01T00:00:00Z"}  # before the story
    file.write_text(json.dumps(line) + "\n")
    rated = intent("replay", file, STORY, "--policy", POLICY)

    assert rated.exit_code == 0
    plain = intent("replay", STORY, "--policy", POLICY)
    before, after = opened_of(plain), opened_of(rated)
    assert before["data"]["decision"] == after["data"]["decision"]
    assert before["data"]["attribution"]["source_accept_rate"] is None
    assert after["data"]["attribution"]["last_source"] == "organic_search"
    assert after["data"]["attribution"]["source_accept_rate"] == {
        "value": 1000,
        "n": 10,
        "interval": [722, 1000],
    }


def opened_of(result: Result) -> dict[str, Any]:
    lines = map(json.loads, result.stdout.splitlines())
    return next(
        line["value"] for line in lines if line["value"].get("type", "").endswith("sales_ready.opened.v1")
    )


def test_the_same_files_write_the_same_record(tmp_path: Path, many: Path):
    for name in ("one", "two"):
        intent("policy", "learn", many, many, "--policy", POLICY, "--rates", tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_as_json_every_kind_is_there_with_campaigns_for_whoever_buys_ads(many: Path):
    said = json.loads(intent("policy", "learn", many, "--policy", POLICY, "--output", "json").stdout)

    assert said["overall"] == {"value": 250, "n": 40, "interval": [141, 402], "accepted": 10}
    assert said["acceptance"].keys() == {"source", "signal", "topic", "campaign", "role", "tier", "segment"}
    assert [row["path"] for row in said["proposals"]] == ["multipliers.source.paid"]


def test_the_log_teaches_too_and_a_rejection_without_a_reason_teaches_nothing(tmp_path: Path, printed: Path):
    file = tmp_path / "answers.jsonl"
    record = {
        "kind": "disposition", "event_id": "d-1", "at": 1_775_034_000_000, "received": 1_775_034_000_000,
        "sales_ready_id": "latest", "account_id": "acc-northwind-labs", "status": "accepted",
    }  # fmt: skip
    log = {"topic": "intent.signals.v1", "key": "default/northwind.example", "value": record}
    file.write_text(json.dumps(log) + "\n" + disposition(2, "latest", "rejected"))
    result = intent("policy", "learn", printed, file, "--policy", POLICY)

    assert result.exit_code == 3
    assert "1 missing_reason" in result.stderr
    assert "1 answered" in result.stdout


def test_without_answers_there_is_no_rate_to_write(tmp_path: Path, printed: Path):
    assert intent("policy", "learn", printed, "--policy", POLICY).exit_code == 0
    assert intent("policy", "learn", printed, "--policy", POLICY, "--rates", tmp_path / "r").exit_code == 1


def test_something_to_learn_from_must_be_named():
    assert intent("policy", "learn").exit_code == 2


def test_records_that_cannot_be_read_are_counted_and_the_rest_teaches(tmp_path: Path, many: Path):
    file = tmp_path / "broken.jsonl"
    file.write_text('{"topic": "intent.sales-ready.v1", "value": {"type": "x"}}\nno json\n')
    result = intent("policy", "learn", many, file, "--policy", POLICY)

    assert result.exit_code == 3
    assert "40 alerts, 40 answered" in result.stdout
    assert "1 unreadable" in result.stderr


def test_what_was_published_meanwhile_is_not_taken_back(tmp_path: Path, many: Path):
    published, rates = tmp_path / "published.jsonl", tmp_path / "rates.jsonl"
    record = {
        "event_id": "p-7", "source": "council", "type": "policy", "occurred_at": LAST,
        "policy": {**json.loads(POLICY.read_text()), "version": 7, "thresholds": {"ready": 72}},
    }  # fmt: skip
    published.write_text(json.dumps({"topic": "intent.policy.v1", "key": "policy", "value": record}) + "\n")
    intent("policy", "learn", many, published, published, "--policy", POLICY, "--rates", rates)
    written = json.loads(rates.read_text())["value"]["policy"]

    assert (written["version"], written["thresholds"]) == (8, {"ready": 72})
