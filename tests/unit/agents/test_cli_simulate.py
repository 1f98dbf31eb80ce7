"""`intent simulate` and `intent properties` as a user calls them."""

import gzip
import json
from pathlib import Path

from click.testing import CliRunner

from agents.cli_options import Options
from agents.cli_properties import properties
from agents.cli_simulate import simulate

SMALL = ["--days", "12", "--accounts", "12"]


def _run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(simulate, list(arguments), obj=Options())
    return done.exit_code, done.stdout, done.stderr


def test_stdout_is_the_default_and_every_line_is_a_raw_record() -> None:
    code, out, _ = _run(*SMALL)
    records = [json.loads(line) for line in out.splitlines()]

    assert code == 0
    assert len(records) > 50
    assert all(set(record) == {"topic", "key", "value"} for record in records)
    assert all(record["value"]["event_id"] for record in records)


def test_a_file_and_its_compressed_form_hold_the_same_and_repeat_byte_by_byte(tmp_path: Path) -> None:
    plain, packed, again = (tmp_path / name for name in ("a.jsonl", "a.jsonl.gz", "b.jsonl.gz"))
    codes = [_run(*SMALL, "--out", str(file))[0] for file in (plain, packed, again)]

    assert codes == [0, 0, 0]
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert packed.read_bytes()[10:] == again.read_bytes()[10:]


def test_the_truth_has_one_line_an_account(tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    code, _, _ = _run(*SMALL, "--out", str(tmp_path / "a.jsonl"), "--truth", str(truth))
    lines = [json.loads(line) for line in truth.read_text().splitlines()]

    assert code == 0
    assert len(lines) == 12
    assert all({"account", "archetype", "expected"} <= set(line) for line in lines)


def test_score_reports_precision_and_recall_and_writes_no_records() -> None:
    code, out, _ = _run(*SMALL, "--score", "--output", "json")
    report = json.loads(out)

    assert code == 0
    assert sum(row["accounts"] for row in report["rows"]) == 12
    assert {"precision", "recall", "false_alerts_per_account_week"} <= set(report)


def test_score_as_text_is_a_table() -> None:
    code, out, _ = _run(*SMALL, "--score")

    assert code == 0
    assert "archetype" in out
    assert "precision" in out


def test_records_on_stdout_leave_the_report_to_stderr() -> None:
    _, out, err = _run(*SMALL, "--score", "--out", "-")

    assert "precision" in err
    assert all(line.startswith("{") for line in out.splitlines())


def test_a_file_that_cannot_be_written_is_a_failure_with_its_name(tmp_path: Path) -> None:
    code, _, err = _run(*SMALL, "--out", str(tmp_path / "nowhere" / "a.jsonl"))

    assert code == 1
    assert "a.jsonl" in err


def test_options_that_exclude_each_other_are_a_usage_error(tmp_path: Path) -> None:
    policy = tmp_path / "p.toml"
    policy.write_text("")

    assert _run(*SMALL, "--out", "-", "--topics")[0] == 2
    assert _run(*SMALL, "--policy", str(policy))[0] == 2
    assert _run("--days", "0")[0] == 2


def test_a_policy_that_is_none_is_a_failure(tmp_path: Path) -> None:
    policy = tmp_path / "p.toml"
    policy.write_text("[fit]\ngate = 'high'\n")

    assert _run(*SMALL, "--score", "--policy", str(policy))[0] == 1


def test_properties_prints_the_table_and_keeps_what_is_published() -> None:
    done = CliRunner().invoke(properties, ["--accounts", "20", "--weeks", "13"], obj=Options())

    assert done.exit_code == 0
    assert "False alarms per account-week" in done.stdout
    assert "Power" in done.stdout


def test_properties_as_json_has_every_cell() -> None:
    done = CliRunner().invoke(
        properties, ["--accounts", "10", "--weeks", "13", "--output", "json"], obj=Options()
    )
    said = json.loads(done.stdout)

    assert done.exit_code == 0
    assert len(said["false_alarms"]) == 16
    assert [one["true_window"] for one in said["power"]] == [6, 8, 12]
