"""`intent simulate`: a whole market over many days, to a file or to the topics, with its ground truth.

Exit codes: 0 ok, 1 failed (a file cannot be written, Kafka is away), 2 usage.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from agents.cli_options import Failed, Options, output_option, pass_options
from agents.simulate_sinks import Sink, file_sink, kafka_sink, scoring_sink
from streams.market import Raw, Season
from streams.market.judge import Judge, Report
from streams.timeline import DAY

_FILES_START: Final = "2026-01-05"  # the same file whenever it is made
_START_HELP: Final = f"First day (UTC). By default {_FILES_START}; with --topics so that it ends today."
_OUT_HELP: Final = "Raw records as JSONL; - is stdout (the default), .gz is compressed."
_POLICY: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=120, show_default=True, help="How long.")
@click.option(
    "--accounts", type=click.IntRange(1, 1_000_000), default=200, show_default=True, help="How many."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed is another market.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help=_START_HELP)
@click.option("--out", metavar="FILE", help=_OUT_HELP)
@click.option("--topics", is_flag=True, help="To the input topics of the Kafka in the settings.")
@click.option("--truth", metavar="FILE", help="The ground truth as JSONL, one line an account.")
@click.option("--score", is_flag=True, help="Replay it too: precision and recall by archetype.")
@click.option("--policy", type=_POLICY, help="For --score; the sample's own by default.")
@output_option
@pass_options
def simulate(
    options: Options,
    days: int,
    accounts: int,
    seed: int,
    start: datetime | None,
    out: str | None,
    topics: bool,
    truth: str | None,
    score: bool,
    policy: Path | None,
    output: str,
) -> None:
    """Write sample traffic with its ground truth.

    The same options write the same bytes. With --score alone nothing is written but the report.
    """
    if topics and out is not None:
        raise click.UsageError("--out and --topics exclude each other")
    if policy is not None and not score:
        raise click.UsageError("--policy is for --score")
    season = Season(days, accounts, seed, _first_ms(start, days, topics))
    judge = Judge() if score else None
    with _files_or_failed():
        with ExitStack() as stack:
            sinks = [stack.enter_context(sink) for sink in _sinks(options, topics, out, judge, policy)]
            counted = _pour(stack.enter_context(_watched(season, options.progress)), sinks)
        if truth is not None:
            _write_truth(truth, season)
    if judge is not None:
        _show(judge.report(season.truths(), days), output, to_stderr=out == "-")
    elif topics or out not in (None, "-"):
        click.echo(f"{counted:,} records of {accounts:,} accounts over {days} days", err=True)


@contextmanager
def _files_or_failed() -> Iterator[None]:
    """A file that cannot be written is a failure with its name; a reader that went away is none of ours."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failed(f"{error.filename or 'output'}: {error.strerror or error}") from error


def _sinks(
    options: Options, topics: bool, out: str | None, judge: Judge | None, policy: Path | None
) -> Iterator[AbstractContextManager[Sink]]:
    """Where the records go; stdout when nothing else was asked for."""
    if topics:
        yield kafka_sink(options.settings())
    elif out is not None or judge is None:
        yield file_sink(out or "-")
    if judge is not None:
        yield scoring_sink(judge, policy)


def _pour(records: Iterator[Raw], sinks: list[Sink]) -> int:
    counted = 0
    for raw in records:
        for sink in sinks:
            sink(raw)
        counted += 1
    return counted


def _first_ms(start: datetime | None, days: int, topics: bool) -> int:
    if start is None:
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = today - timedelta(days=days) if topics else datetime.fromisoformat(_FILES_START)
    return int(start.replace(tzinfo=UTC).timestamp() * 1000)


@contextmanager
def _watched(season: Season, progress: bool) -> Iterator[Iterator[Raw]]:
    """The season's records, with a progress bar by day on a terminal."""
    if not progress:
        yield season.records()
        return
    console = Console(stderr=True)
    columns = (TextColumn("[progress.description]{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("simulating", total=season.days)

        def watched() -> Iterator[Raw]:
            first, shown = None, 0
            for number, raw in enumerate(season.records()):
                first = raw.at // DAY if first is None else first
                if raw.at // DAY - first > shown:
                    shown = raw.at // DAY - first
                    bar.update(task, completed=shown, description=f"simulating  {number:,} records")
                yield raw

        yield watched()


def _write_truth(name: str, season: Season) -> None:
    with Path(name).open("w") as file:
        file.writelines(json.dumps(truth.line()) + "\n" for truth in season.truths())


def _show(report: Report, output: str, to_stderr: bool) -> None:
    if output == "json":
        click.echo(orjson.dumps(report_plain(report)).decode(), err=to_stderr)
        return
    console = Console(stderr=to_stderr, soft_wrap=True)
    console.print(report_table(report))
    console.print(
        f"precision {_percent(report.precision)} ({report.true_alerts} of {report.alerts} alerts)   "
        f"recall {_percent(report.recall)} ({report.found} of {report.buyers} accounts that bought)   "
        f"false alerts {report.false_alerts_per_account_week or 0:.5f} per account-week",
        highlight=False,
    )


def report_plain(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    plain: dict[str, Any] = msgspec.to_builtins(report)
    return plain


def report_table(report: Report) -> Table:
    """One row an archetype."""
    table = Table(box=None, pad_edge=False)
    for column in ("archetype", "expected", "accounts", "right", "fired", "alerts", "false", "first tier"):
        table.add_column(
            column, justify="left" if column in ("archetype", "expected", "first tier") else "right"
        )
    for row in report.rows:
        tiers = ", ".join(f"{tier} {count}" for tier, count in sorted(row.tiers.items()))
        numbers = (row.accounts, row.right, row.fired, row.alerts, row.false_alerts)
        table.add_row(row.archetype, row.expected, *map(str, numbers), tiers)
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
