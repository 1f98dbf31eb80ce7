"""`intent report` as a marketer and a sales leader meet it: a replay and the answers in, the week out."""

import json
from pathlib import Path

import pytest
from support.answers import LAST, POLICY, STORY, disposition, forty_alerts, intent, replay_of_a_surge


@pytest.fixture
def printed(tmp_path: Path) -> Path:
    return replay_of_a_surge(tmp_path)


@pytest.fixture
def many(tmp_path: Path, printed: Path) -> Path:
    return forty_alerts(tmp_path, printed)


def test_the_week_is_said_with_acceptance_first_and_what_to_change(many: Path):
    result = intent("report", many, "--policy", POLICY, "--days", 30)

    assert result.exit_code == 0
    assert result.stdout.index("acceptance             25.0 % (10 of 40; likely 14 to 40 %)") < 200
    assert "sales-qualified        0.0 % (0 of 40); 9.8 % is usual" in result.stdout
    assert "rejected: no_need (intent)" in result.stdout
    assert "source  paid" in result.stdout
    assert "multipliers.source.paid: 0.8 becomes 0.4 (0 of 30 alerts accepted" in result.stdout


def test_as_json_the_rejections_carry_their_whole_explanation(many: Path):
    said = json.loads(intent("report", many, "--policy", POLICY, "--days", 30, "--output", "json").stdout)

    assert said["acceptance"] == {"accepted": 10, "rejected": 30}
    assert len(said["rejections"]) == 10
    assert all(one["explanation"]["score"]["residual"] == 0 for one in said["rejections"])
    assert [one["path"] for one in said["proposals"]] == ["multipliers.source.paid"]
    assert said["backtest"] is None


def test_the_week_ends_where_it_is_told(many: Path):
    said = json.loads(
        intent("report", many, "--policy", POLICY, "--until", "2025-01-08", "--output", "json").stdout
    )

    assert (said["since"], said["until"]) == ("2025-01-01T00:00:00.000Z", "2025-01-08T00:00:00.000Z")
    assert (said["opened"], said["read"]["alerts"]) == ({}, 40)


def test_a_replay_counts_its_notices_too(tmp_path: Path, printed: Path):
    answers = tmp_path / "answers.jsonl"
    answers.write_text(disposition(1, "latest", "accepted"))
    result = intent("report", printed, answers, "--policy", POLICY, "--days", 30)

    assert "1 early notices, 1 near misses" in result.stdout
    assert "alerts                 1 (T1 1)" in result.stdout


def test_a_backtest_says_what_the_proposed_weights_would_have_changed(many: Path):
    asked = ("report", many, "--policy", POLICY, "--days", 30, "--backtest", STORY)

    assert "1 accounts with an alert become 1: 0 new, 0 gone" in intent(*asked).stdout
    said = json.loads(intent(*asked, "--output", "json").stdout)["backtest"]
    assert (said["before"], said["after"], said["gone_accepted"]) == (1, 1, [])


def test_a_record_that_is_none_of_ours_is_said_plainly(tmp_path: Path):
    file = tmp_path / "odd.jsonl"
    value = {
        "id": "x", "type": "intent.sales_ready.opened.v1", "time": LAST, "subject": "a",
        "data": {
            "explanation": {"intent": {"lines": []}}, "attribution": {"last_source": None}, "brief": {"campaigns": []},
            "decision": {"tier": "T1"}, "buying_group": {"people": []}, "routing": {"segment": None},
        },
    }  # fmt: skip
    file.write_text(json.dumps({"topic": "intent.sales-ready.v1", "key": "k", "value": value}) + "\n")
    result = intent("report", file, "--policy", POLICY)

    assert result.exit_code == 1
    assert "is not one of ours" in result.stderr


@pytest.mark.parametrize(
    ("topic", "wrong"),
    [
        ("intent.sales-ready.v1", {"type": "x"}),
        ("intent.sales-ready.v1", {"time": "later"}),
        ("intent.watch.v1", {"type": "x"}),
        ("intent.watch.v1", {"time": "later"}),
        ("intent.watch.v1", {"time": 7}),
        ("intent.watch.v1", {"id": ["x"]}),
    ],
)
def test_a_record_without_our_type_time_or_id_is_counted_as_unreadable(
    tmp_path: Path, topic: str, wrong: dict[str, object]
):
    file = tmp_path / "odd.jsonl"
    value = {"id": "x", "type": "intent.watch.early.v1", "time": LAST, "subject": "a", "data": {}, **wrong}
    file.write_text(json.dumps({"topic": topic, "key": "k", "value": value}) + "\n")
    result = intent("report", file, "--policy", POLICY)

    assert result.exit_code == 3
    assert "records that could not be read: 1 unreadable" in result.stderr


def test_without_anything_to_read_the_usage_is_said():
    assert intent("report").exit_code == 2


def test_with_nothing_in_it_the_report_says_so(tmp_path: Path):
    file = tmp_path / "none.jsonl"
    file.write_text("")
    result = intent("report", file, "--policy", POLICY)

    assert result.exit_code == 0
    assert result.stdout == "No alert, notice or answer was read.\n"


def test_events_of_a_backtest_that_cannot_be_read_are_told(tmp_path: Path, many: Path):
    odd = tmp_path / "odd.jsonl"
    odd.write_text(STORY.read_text() + "{\n")
    result = intent("report", many, "--policy", POLICY, "--days", 30, "--backtest", odd)

    assert result.exit_code == 3
    assert "events of the backtest that could not be read: 1" in result.stderr


def test_without_a_proposal_there_is_nothing_to_backtest(printed: Path):
    result = intent("report", printed, "--policy", POLICY, "--backtest", STORY)

    assert "No weight would move." in result.stdout
    assert result.stdout.endswith("There is nothing to backtest.\n")
