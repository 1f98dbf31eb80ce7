"""`intent policy learn`: what sales did with the alerts, as acceptance rates and as a proposal that people sign.

Exit codes: 0 ok, 1 failed (Kafka, a file), 2 usage, 3 some records could not be read.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from agents.cli_options import Failed, Options, Rejected, output_option, pass_options
from agents.cli_replay import EVENTS, load_policy, policy_option
from agents.learn_records import POLICY_TOPIC, Classroom, publish, read_topics
from agents.replay_files import read_entries
from streams.acceptance import accept_rate
from streams.learning import KINDS, Counted, Lesson
from streams.policy import Policy
from streams.policy_writer import natural, toml_of
from streams.proposals import Proposal, Proposed, difference, proposed, rated
from streams.timeline import iso_text

_OUT = click.Path(dir_okay=False, path_type=Path, writable=True)
_PROPOSE = "Write the proposed policy: weights within their bounds, and the rates. Nobody has signed it."
_RATES = "Write the policy in force with the measured rates as a line of intent.policy.v1, ready to replay."
_PUBLISH = "Send that record to intent.policy.v1: the rates are then shown on every alert."


@click.command("learn")
@click.argument("files", nargs=-1, type=EVENTS)
@click.option("--topics", is_flag=True, help="Read the topics of the Kafka in the settings.")
@policy_option
@click.option("--propose", type=_OUT, help=_PROPOSE)
@click.option("--rates", type=_OUT, help=_RATES)
@click.option("--publish", "sends", is_flag=True, help=_PUBLISH)
@output_option
@pass_options
def learn(
    options: Options, files: tuple[Path, ...], topics: bool, policy_file: Path | None, propose: Path | None,
    rates: Path | None, sends: bool, output: str,
) -> None:  # fmt: skip
    """Count what sales accepted, by source, signal, topic, campaign and role, and propose weights.

    FILES hold recorded dispositions and the sales-ready records they answer: the input and the output of `intent
    replay`, or the signal log. The latest disposition of an alert decides. What is proposed starts from the policy
    record received last, else from --policy: what was published meanwhile is not taken back. No weight changes by
    itself: a proposal is a file for `intent policy explain`, `intent replay` and a shadow worker, and for two
    signatures.
    """
    if not files and not topics:
        raise click.UsageError("name FILES to learn from, or --topics")
    classroom = Classroom(load_policy(policy_file))
    with closing(read_entries(files, options.progress)) as entries:
        classroom.take(entries)
    if topics:
        from_kafka(lambda: read_topics(options.quiet_settings(), classroom))
    policy = classroom.policy
    lesson = classroom.learner.lesson(policy)
    found = proposed(lesson, policy)
    (_print_json if output == "json" else _print)(lesson, found)
    if propose is not None:
        _write(propose, proposal_text(found, policy))
    measured = _measured(lesson, policy) if rates or sends else None
    if measured is not None and rates is not None:
        _write(rates, json.dumps({"topic": POLICY_TOPIC, "key": "policy", "value": measured}) + "\n")
    if measured is not None and sends:
        value = json.dumps({**measured, "received_at": _now()}).encode()
        from_kafka(lambda: asyncio.run(publish(options.quiet_settings(), value)))
        click.echo(f"sent: version {policy.version + 1} of {policy.policy_id}", err=True)
    if classroom.refused:
        counts = ", ".join(f"{count} {reason}" for reason, count in classroom.refused.most_common())
        raise Rejected(f"records that could not be read: {counts}")


def proposal_text(found: Proposed, policy: Policy) -> str:
    """The proposed policy as a file: what differs from the reference, its evidence as comments."""
    lines = [f"# Proposed from {policy.policy_id} version {policy.version}, hash {policy.hash}.", "#"]
    lines += [f"# {proposal}" for proposal in found.weights] or ["# No weight would move."]
    lines += [f"# not proposed, refused: {proposal}" for proposal, _ in found.refused]
    return "\n".join(lines) + "\n\n" + toml_of(difference(found.policy))


def policy_record(policy: Policy, at: int) -> dict[str, Any]:
    """The policy as a record of intent.policy.v1; the same policy has the same event id."""
    return {
        "event_id": f"{policy.policy_id}-{policy.version}-{policy.hash[:16]}",
        "source": "intent-policy-learn",
        "type": "policy",
        "schema_version": 1,
        "occurred_at": iso_text(at),
        "policy": natural(difference(policy)),
    }


def _measured(lesson: Lesson, policy: Policy) -> dict[str, Any]:
    if not lesson.by["source"]:
        raise Failed("no alert of a known source has an answer: there is no rate to write")
    return policy_record(rated(lesson, policy), lesson.until)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failed(f"{file}: {error.strerror or error}") from error


def from_kafka(call: Any) -> None:
    """Make a call that reads or writes Kafka; what goes wrong there ends the command with a word."""
    from aiokafka.errors import KafkaError

    try:
        call()
    except LookupError as error:
        raise Failed(f"Kafka: {error.args[0]}") from error
    except (KafkaError, OSError) as error:
        raise Failed(f"Kafka: {error or type(error).__name__}") from error


def _print_json(lesson: Lesson, found: Proposed) -> None:
    rows = {
        kind: {name: _rate(counted) for name, counted in sorted(names.items())}
        for kind, names in lesson.by.items()
    }
    said = {
        "alerts": lesson.alerts,
        "unmatched": lesson.unmatched,
        "overall": _rate(lesson.overall),
        "acceptance": rows,
        "proposals": [weight_of(proposal) for proposal in found.weights],
        "refused": [{"path": ".".join(p.path), "why": why} for p, why in found.refused],
    }
    click.echo(json.dumps(said, ensure_ascii=False))


def weight_of(proposal: Proposal) -> dict[str, Any]:
    """One proposed weight with its evidence; rates in thousandths."""
    return {
        "path": ".".join(proposal.path), "kind": proposal.kind, "name": proposal.name,
        "accepted": proposal.counted.accepted, "rejected": proposal.counted.rejected, "rate": proposal.rate,
        "base": proposal.base, "factor": proposal.factor, "before": float(proposal.before),
        "after": float(proposal.after),
    }  # fmt: skip


def _rate(counted: Counted) -> dict[str, Any] | None:
    """The rate in thousandths, as the sales-ready event shows it."""
    if not counted.n:
        return None
    rate = accept_rate(*counted)
    return {"value": rate.value, "n": rate.n, "interval": rate.interval, "accepted": counted.accepted}


def _print(lesson: Lesson, found: Proposed) -> None:
    console = Console(width=120, highlight=False)
    answered = f"{lesson.alerts:,} alerts, {lesson.overall.n:,} answered"
    ignored = f", {lesson.unmatched:,} dispositions of no alert read" if lesson.unmatched else ""
    console.print(f"{answered}{ignored}")
    if not lesson.overall.n:
        return
    table = Table(box=None, pad_edge=False)
    for column in ("", "", "accepted", "of", "rate", "95 % interval"):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("all alerts", "", *_cells(lesson.overall))
    for kind in KINDS:
        ordered = sorted(lesson.by[kind].items(), key=lambda item: (-item[1].n, item[0]))
        for number, (name, counted) in enumerate(ordered):
            table.add_row("" if number else kind, name, *_cells(counted))
    console.print(table)
    console.print("\nProposed, for people to decide:" if found.weights else "\nNo weight would move.")
    for proposal in found.weights:
        console.print(f"  {proposal}", soft_wrap=True)
    for proposal, why in found.refused:
        console.print(f"  not proposed, the policy's own rules refuse it: {proposal}: {why}", soft_wrap=True)


def _cells(counted: Counted) -> list[str]:
    rate = accept_rate(*counted)
    low, high = rate.interval or (0, 1000)
    return [
        str(counted.accepted),
        str(counted.n),
        f"{rate.value / 10:.1f} %",
        f"{low / 10:.1f} to {high / 10:.1f}",
    ]
