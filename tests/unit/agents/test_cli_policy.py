"""The `intent policy` commands: what they print and how they exit."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agents.cli_policy import policy
from streams.policy import parse_policy, reference_policy, reference_text

EXAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "policy" / "example.toml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(policy, [str(argument) for argument in arguments])


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    file = tmp_path / "refused.toml"
    file.write_text("polcy_id = 1\n[weights]\nfit = 0.5\nintent = 0.4\nreadiness = 0.1\n")
    return file


def test_a_good_policy_is_ok():
    result = run("check", EXAMPLE)

    assert result.exit_code == 0
    assert "ok, signalworks version 1, hash" in result.output


def test_a_refused_policy_exits_1_with_every_problem(refused: Path):
    result = run("check", refused)

    assert result.exit_code == 1
    assert "polcy_id: is not a known key: did you mean policy_id?" in result.output
    assert "fit weight 0.5 is above behaviour weight 0.4: scoring rewards who they are over" in result.output
    assert "refused, 2 problems" in result.output


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path):
    assert run("check", tmp_path / "none.toml").exit_code == 2


def test_a_check_as_json_holds_errors_and_warnings(refused: Path, tmp_path: Path):
    heavy = tmp_path / "heavy.toml"
    heavy.write_text("[weights]\nfit = 0.3\nreadiness = 0.2\n")
    bad, good = run("check", refused, "--output", "json"), run("check", heavy, "--output", "json")

    assert bad.exit_code == 1
    assert [error["path"] for error in json.loads(bad.stdout)["errors"]] == ["polcy_id", "weights.fit"]
    assert good.exit_code == 0
    assert json.loads(good.stdout)["warnings"][0]["path"] == "weights.fit"
    assert json.loads(good.stdout)["hash"] == parse_policy(heavy.read_text()).hash


def test_a_check_against_events_refuses_untagged_content(tmp_path: Path):
    events = tmp_path / "events.jsonl"
    record = {"topic": "intent.content.v1", "key": "a", "value": {"content_id": "x"}}
    events.write_text("no record\n" + (json.dumps(record) + "\n") * 50)
    result = run("check", EXAMPLE, "--events", events)

    assert result.exit_code == 1
    assert "100.0 % (limit 30 %) of 50 content records" in result.output


def test_half_a_gzip_file_is_wrong_usage(tmp_path: Path):
    events = tmp_path / "events.jsonl.gz"
    events.write_bytes(b"\x1f\x8b\x08\x00")

    assert run("check", EXAMPLE, "--events", events).exit_code == 2


def test_without_a_file_the_reference_is_shown_with_its_reasons():
    assert run("show").stdout == reference_text()


def test_what_is_shown_parses_to_the_same_policy():
    shown = parse_policy(EXAMPLE.read_bytes())

    assert parse_policy(run("show", EXAMPLE).stdout) == shown
    assert parse_policy(run("show", EXAMPLE, "--output", "json").stdout) == shown


def test_a_refused_policy_is_neither_shown_nor_explained(refused: Path):
    for command in ("show", "explain"):
        result = run(command, refused)

        assert (result.exit_code, result.stdout) == (1, "")
        assert "weights.fit" in result.stderr


def test_a_policy_is_explained_against_the_one_before():
    result = run("explain", EXAMPLE, "--previous", EXAMPLE.with_name("minimal.toml"))

    assert result.exit_code == 0
    assert "## What changed since reference, version 1" in result.stdout
    assert reference_policy().hash not in result.stdout
