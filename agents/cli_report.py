"""`intent report`: the week for the people who share the definition, from records and answers (scoring.md section 10).

Exit codes: 0 ok, 1 failed (Kafka, a file), 2 usage, 3 some records could not be read.
"""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from agents.backtest import Backtest, backtest
from agents.cli_learn import from_kafka, weight_of
from agents.cli_options import Failed, Options, Rejected, output_option, pass_options
from agents.cli_replay import EVENTS, load_policy, moment, policy_option
from agents.learn_records import Classroom, read_topics
from agents.replay_files import Mixture, read_entries
from agents.report_text import show
from schemas.codec import Refusal
from streams.learning import Lesson
from streams.proposals import Proposed, proposed
from streams.report import Report
from streams.report import report as weekly
from streams.timeline import DAY

_FILES_HELP: Final = "Recorded events: what the proposed weights would have changed."


@click.command()
@click.argument("files", nargs=-1, type=EVENTS)
@click.option("--topics", is_flag=True, help="Read the topics of the Kafka in the settings.")
@click.option("--backtest", "events", type=EVENTS, multiple=True, help=_FILES_HELP)
@click.option("--days", type=click.IntRange(1, 3650), default=7, show_default=True, help="How long.")
@click.option("--until", metavar="TIME", help="The end (RFC 3339); default: the last record that was read.")
@policy_option
@output_option
@pass_options
def report(
    options: Options, files: tuple[Path, ...], topics: bool, events: tuple[Path, ...], days: int,
    until: str | None, policy_file: Path | None, output: str,
) -> None:  # fmt: skip
    """What sales got in a week, how fast it answered, what it gave back and why, what came of it, what to change.

    FILES hold sales-ready and watch records and the dispositions that answer them: the output and the input of
    `intent replay`, or dumps of the topics. Nothing changes by a report: proposed weights are for `intent policy
    learn --propose`, a shadow worker and two signatures; --backtest replays recorded events under both policies.
    """
    if not files and not topics:
        raise click.UsageError("name FILES to report on, or --topics")
    end = None if until is None else moment(until, "--until")
    classroom = Classroom(load_policy(policy_file), keep_records=True)
    with closing(read_entries(files, options.progress)) as entries:
        classroom.take(entries)
    if topics:
        from_kafka(lambda: read_topics(options.quiet_settings(), classroom))
    found, lesson, proposal = _found(classroom, end, days)
    tried = _tried(classroom, proposal, events, options.progress) if events and proposal.weights else None
    if output == "json":
        click.echo(json.dumps(_plain(found, lesson, proposal, tried), ensure_ascii=False))
    else:
        show(found, lesson, proposal, tried)
        if events and tried is None:
            click.echo("There is nothing to backtest.")
    if tried is not None and tried.rejected:
        raise Rejected(f"events of the backtest that could not be read: {tried.rejected}")
    if classroom.refused:
        counts = ", ".join(f"{count} {reason}" for reason, count in classroom.refused.most_common())
        raise Rejected(f"records that could not be read: {counts}")


def _found(classroom: Classroom, end: int | None, days: int) -> tuple[Report, Lesson, Proposed]:
    policy = classroom.policy
    lesson = classroom.learner.lesson(policy)
    if end is None:
        last = max([record["time"] for record in classroom.records.values()], default="")
        end = max(moment(last) if last else 0, lesson.until) + 1
    alerts, _ = classroom.learner.alerts()
    try:
        found = weekly(alerts, classroom.records, lesson, max(end - days * DAY, 0), end, policy)
    except (Refusal, KeyError, TypeError, AttributeError) as error:
        raise Failed("a sales-ready record is not one of ours: a block is missing or no record") from error
    return found, lesson, proposed(lesson, policy)


def _tried(classroom: Classroom, proposal: Proposed, events: tuple[Path, ...], progress: bool) -> Backtest:
    alerts, _ = classroom.learner.alerts()
    try:
        return backtest(lambda: read_entries(events, progress), classroom.policy, proposal.policy, alerts)
    except Mixture as error:
        raise click.UsageError(str(error)) from error


def _plain(found: Report, lesson: Lesson, proposal: Proposed, tried: Backtest | None) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(found)
    said["acceptance"] = found.acceptance._asdict()
    said["read"] = {"alerts": lesson.alerts, "answered": lesson.overall.n, "unmatched": lesson.unmatched}
    said["proposals"] = [weight_of(one) for one in proposal.weights]
    said["backtest"] = None if tried is None else msgspec.to_builtins(tried)
    return said
