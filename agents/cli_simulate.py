"""`intent simulate`: a whole market over many days, to a file or to the topics, with its ground truth.

Exit codes: 0 ok, 1 failed (a file cannot be written, Kafka is away), 2 usage.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from agents.cli_options import Failed, Options, output_option, pass_options
from streams.market import Raw, Season
from streams.market.judge import Judge, Report
from streams.timeline import DAY

if TYPE_CHECKING:
    from agents.settings import Settings

_FILES_START: Final = "2026-01-05"  # the same file whenever it is made
_COMPRESSION: Final = 1
_IN_FLIGHT: Final = 2_000  # records sent and not yet acknowledged
Sink = Callable[[Raw], None]


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=120, show_default=True, help="How long.")
@click.option(
    "--accounts", type=click.IntRange(1, 1_000_000), default=200, show_default=True, help="How many."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed is another market.")
@click.option(
    "--start", type=click.DateTime(["%Y-%m-%d"]), help=f"First day (UTC); {_FILES_START}, or so that it ends today with --topics."
)  # fmt: skip
@click.option(
    "--out", metavar="FILE", help="JSONL of raw records; - is stdout (the default), .gz is compressed."
)
@click.option("--topics", is_flag=True, help="To the input topics of the Kafka in the settings.")
@click.option("--truth", metavar="FILE", help="The ground truth: JSONL, one line an account.")
@click.option("--score", is_flag=True, help="Replay it too: precision and recall by archetype.")
@click.option(
    "--policy", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="For --score; the sample's by default."
)  # fmt: skip
@output_option
@pass_options
def simulate(
    options: Options, days: int, accounts: int, seed: int, start: datetime | None, out: str | None, topics: bool,
    truth: str | None, score: bool, policy: Path | None, output: str,
) -> None:  # fmt: skip
    """Write sample traffic with its ground truth.

    The same options write the same bytes. With --score alone nothing is written but the report.
    """
    if topics and out is not None:
        raise click.UsageError("--out and --topics exclude each other")
    if policy is not None and not score:
        raise click.UsageError("--policy is for --score")
    season = Season(days, accounts, seed, _first_ms(start, days, topics))
    judge = Judge()
    counted = 0
    try:
        with ExitStack() as stack:
            sinks: list[Sink] = []
            if topics:
                sinks.append(stack.enter_context(_kafka_sink(options.settings())))
            elif out is not None or not score:
                sinks.append(stack.enter_context(_file_sink(out or "-")))
            if score:
                sinks.append(stack.enter_context(_scoring_sink(judge, policy)))
            for raw in stack.enter_context(_watched(season, options.progress)):
                for sink in sinks:
                    sink(raw)
                counted += 1
        if truth is not None:
            _write_truth(truth, season)
    except OSError as error:
        raise Failed(f"{error.filename or out or truth}: {error.strerror or error}") from error
    if score:
        _show(judge.report(season.truths(), days), output, to_stderr=out == "-")
    elif out not in (None, "-") or topics:
        click.echo(f"{counted:,} records of {accounts:,} accounts over {days} days", err=True)


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


@contextmanager
def _file_sink(name: str) -> Iterator[Sink]:
    """Lines to a file, by its name compressed; - is stdout."""
    with ExitStack() as stack:
        file: IO[bytes]
        if name == "-":
            file = sys.stdout.buffer
        else:
            file = stack.enter_context(Path(name).open("wb"))
            if name.endswith(".gz"):
                packed = gzip.GzipFile("", "wb", _COMPRESSION, file, mtime=0)
                file = stack.enter_context(io.BufferedWriter(packed))  # type: ignore[arg-type]
        write = file.write
        yield lambda raw: (write(orjson.dumps(raw.line()) + b"\n"), None)[1]
        file.flush()


def _write_truth(name: str, season: Season) -> None:
    with Path(name).open("w") as file:
        file.writelines(json.dumps(truth.line()) + "\n" for truth in season.truths())


@contextmanager
def _scoring_sink(judge: Judge, policy: Path | None) -> Iterator[Sink]:
    """Records through the same spine as the worker's, in process, and what comes out to the judge."""
    from agents.replay_files import Entry
    from agents.replay_run import RawRun
    from agents.sample import sample_policy
    from schemas.dead_letter import DeadLetter
    from streams.policy import PolicyErrors, parse_policy

    try:
        run = RawRun(parse_policy(policy.read_bytes() if policy is not None else sample_policy()))
    except PolicyErrors as errors:
        raise Failed(f"not a policy:\n{errors}") from errors
    offset = 0

    def judged(outputs: Iterator[Any]) -> None:
        for printed in outputs:
            if isinstance(printed, DeadLetter):
                raise Failed(f"a simulated record was refused: {printed.reason} {printed.detail}")
            judge.take(printed.topic, printed.value)

    def sink(raw: Raw) -> None:
        nonlocal offset
        offset += 1
        judged(run.take(Entry(raw.topic, raw.key.encode(), orjson.dumps(raw.value), offset)))

    yield sink
    judged(run.replay.close())


@contextmanager
def _kafka_sink(settings: Settings) -> Iterator[Sink]:
    """Records to the input topics, acknowledged by all replicas before it ends."""
    from aiokafka import AIOKafkaProducer
    from aiokafka.errors import KafkaError

    loop = asyncio.new_event_loop()
    waiting: list[asyncio.Future[Any]] = []

    async def started() -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            acks="all", linger_ms=20, max_batch_size=262_144, **settings.kafka.client_kwargs()
        )
        try:
            await producer.start()
        except KafkaError:
            await producer.stop()
            raise
        return producer

    async def settle() -> None:
        done, waiting[:] = waiting[:], []
        await asyncio.gather(*done)

    def sink(raw: Raw) -> None:
        topic = settings.topic_prefix + raw.topic
        sent = producer.send(topic, orjson.dumps(raw.value), key=raw.key.encode(), timestamp_ms=raw.at)
        waiting.append(loop.run_until_complete(sent))
        if len(waiting) >= _IN_FLIGHT:
            loop.run_until_complete(settle())

    try:
        producer = loop.run_until_complete(started())
        try:
            yield sink
            loop.run_until_complete(settle())
        finally:
            loop.run_until_complete(producer.stop())
    except KafkaError as error:
        raise Failed(f"Kafka: {type(error).__name__}: {error}") from error
    finally:
        loop.close()


def _show(report: Report, output: str, to_stderr: bool) -> None:
    if output == "json":
        click.echo(orjson.dumps(report_plain(report)).decode(), err=to_stderr)
        return
    console = Console(stderr=to_stderr, width=None if sys.stdout.isatty() else 110)
    console.print(report_table(report))
    console.print(
        f"precision {_percent(report.precision)} ({report.true_alerts} of {report.alerts} alerts)   "
        f"recall {_percent(report.recall)} ({report.found} of {report.buyers} accounts that bought)   "
        f"false alerts {report.false_alerts_per_account_week or 0:.5f} per account-week",
        highlight=False,
    )


def report_plain(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    import msgspec

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
