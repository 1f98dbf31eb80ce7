"""The command line: its names, its exit codes, and that it imports nothing it does not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from agents import cli as command_line
from agents.cli_options import Failed, Options, Rejected, pass_options


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agents.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def test_help_names_every_command_and_imports_none() -> None:
    result = CliRunner().invoke(command_line.cli, ["--help"])

    assert result.exit_code == 0
    assert [name for name in command_line.COMMANDS if f"  {name} " not in result.output] == []


def test_every_command_that_is_listed_exists() -> None:
    missing = []
    for name in command_line.COMMANDS:
        result = CliRunner().invoke(command_line.cli, [name, "--help"])
        if result.exit_code:
            missing.append(f"{name}: {result.output}")

    assert missing == []


def test_version_is_said_as_text_and_as_json() -> None:
    text = CliRunner().invoke(command_line.cli, ["version"])
    data = CliRunner().invoke(command_line.cli, ["version", "--output", "json"])

    assert text.output.startswith("intent-signals ")
    assert json.loads(data.output)["version"] in text.output


def test_version_loads_neither_faust_nor_kafka_nor_http() -> None:
    source = (
        "import sys; sys.argv = ['intent', 'version']; from agents import cli\n"
        "try:\n    cli.main()\nexcept SystemExit: pass\n"
        "print([m for m in ('faust', 'aiokafka', 'aiohttp', 'redis', 'rich', 'streams') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["version", "--nonsense"], ["--log-level", "loud", "version"]]
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(command_line.cli, arguments).exit_code == 2


def test_wrong_settings_are_exit_code_2_with_every_problem(tmp_path: Path) -> None:
    done = run("topics", "check", env={"INTENT_PORT": "x", "INTENT_TICK_SECONDS": "x", "PATH": "/bin"})

    assert done.returncode == 2
    assert "INTENT_PORT" in done.stderr
    assert "INTENT_TICK_SECONDS" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_cannot_be_done_is_exit_code_1_without_a_traceback() -> None:
    done = run("topics", "check", env={"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "PATH": "/bin"})

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stdout == "", "stdout is for data"


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("agents.nowhere:x", "`intent x` is not part of this installation (agents.nowhere is missing)"),
        ("calfkit_mesh_is_not_here:x", "not part of this installation"),
    ],
)
def test_a_missing_command_module_is_said_plainly(where: str, said: str) -> None:
    with pytest.raises(Failed, match="intent x") as caught:
        command_line.LazyCommand("x", where, "").real()

    assert said in caught.value.message


def test_a_missing_extra_is_named() -> None:
    said = command_line.what_is_missing("up", "agents.cli_run", "burner_redis")

    assert "extra `embedded`" in said


@pytest.mark.parametrize(("error", "code"), [(Failed("no"), 1), (Rejected("some"), 3)])
def test_exit_codes_tell_failed_from_partly_rejected(error: click.ClickException, code: int) -> None:
    @click.command()
    def fails() -> None:
        raise error

    assert CliRunner().invoke(fails).exit_code == code


@pytest.mark.usefixtures("restored_logging")
def test_options_before_the_command_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTENT_LOG_LEVEL", "error")
    seen = []

    @click.command()
    @pass_options
    def look(options: Options) -> None:
        seen.append(options.settings().log_level)

    CliRunner().invoke(look, obj=Options(log_level="warning"))
    CliRunner().invoke(look, obj=Options())

    assert seen == ["warning", "error"]


def test_a_state_directory_that_cannot_be_written_stops_the_worker_before_it_starts(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(
        "worker",
        env={
            **os.environ, "INTENT_STATE_STORE": "rocksdb", "INTENT_STATE_DIR": str(tmp_path / "file" / "state"),
            "INTENT_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        },
    )  # fmt: skip

    assert done.returncode == 1
    assert "INTENT_STATE_DIR: Not a directory" in done.stderr
