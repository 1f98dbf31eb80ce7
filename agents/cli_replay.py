"""`intent replay` and `intent explain`: recorded events through the same decisions; no broker, no clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from agents.cli_options import Failed, Options, Rejected, output_option, pass_options
from agents.environment import SettingsErrors
from agents.explain_log import explained
from agents.explain_text import show
from agents.explain_view import explained_by_view
from agents.replay_files import Entry, Mixture, read_entries, refuse_mixture
from agents.replay_run import Tally, line_of, replayed, subject_line
from agents.settings import load
from schemas.dead_letter import DeadLetter
from streams.policy import Policy, PolicyErrors, parse_policy, reference_policy

EVENTS = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
POLICY = click.Path(exists=True, dir_okay=False, path_type=Path)
_FLUSH = 1 << 16

policy_option = click.option(
    "--policy",
    "policy_file",
    type=POLICY,
    help="A policy file; default: INTENT_POLICY, else the reference.",
)


@click.command()
@click.argument("files", nargs=-1, required=True, type=EVENTS)
@policy_option
@click.option(
    "--output", type=click.Choice(["json", "text"]), default="json", show_default=True,
    help="Every output record as a line of JSON, or a line for people.",
)  # fmt: skip
@pass_options
def replay(options: Options, files: tuple[Path, ...], policy_file: Path | None, output: str) -> None:
    """Run recorded events through the same decisions and print every record that comes out.

    FILES hold lines {"topic", "key", "value"}, plain or gzip; `-` is standard input. Raw input gets its ticks from
    received_at; a file of intent.signals.v1 is the log itself, with its own. The same files give the same bytes.
    """
    policy, tally = load_policy(policy_file), Tally()
    _refuse_mixture(files)
    try:
        with closing(read_entries(files, options.progress)) as entries:
            _print(entries, policy, output, tally)
    except Mixture as error:
        raise click.UsageError(str(error)) from error
    if tally.rejected:
        raise Rejected(tally.rejection())


def _print(entries: Iterator[Entry | DeadLetter], policy: Policy, output: str, tally: Tally) -> None:
    stream = click.get_binary_stream("stdout")
    waiting = bytearray()
    for printed in replayed(entries, policy):
        tally.add(printed)
        if output == "json" or isinstance(printed, DeadLetter):
            waiting += line_of(printed)
        else:
            waiting += subject_line(printed).encode() + b"\n"
        if len(waiting) >= _FLUSH:
            stream.write(waiting)
            waiting.clear()
    stream.write(waiting)
    stream.flush()


@click.command()
@click.argument("names", metavar="ACCOUNT", nargs=-1, required=True)
@click.option(
    "--events",
    "events",
    type=EVENTS,
    multiple=True,
    help="Recorded events instead of the view.",
)
@policy_option
@click.option(
    "--at",
    "times",
    multiple=True,
    metavar="TIME",
    help="As of this time (RFC 3339).",
)
@output_option
@pass_options
def explain(
    options: Options, names: tuple[str, ...], events: tuple[Path, ...], policy_file: Path | None,
    times: tuple[str, ...], output: str,
) -> None:  # fmt: skip
    """Why ACCOUNT (account id, domain or home) scores what it does: gates, people, surge, every line.

    Without --events the view answers, as of the last score. With them the account is shown as of each --at, or as of
    the final tick; a time sees exactly the records received before it.
    """
    account, files = _split(names, events)
    moments = [moment(text) for text in times]
    if not files:
        _no_file_options(times, policy_file)
        _show([_from_view(account)], output)
        return
    policy, rejected = load_policy(policy_file), list[DeadLetter]()
    _refuse_mixture(files)
    try:
        with closing(read_entries(files, options.progress)) as entries:
            blocks = explained(entries, policy, account, moments, rejected)
    except Mixture as error:
        raise click.UsageError(str(error)) from error
    _show(blocks, output)
    if rejected:
        tally = Tally()
        for letter in rejected:
            tally.add(letter)
        raise Rejected(tally.rejection())


def _split(names: tuple[str, ...], events: tuple[Path, ...]) -> tuple[str, tuple[Path, ...]]:
    """The account, and the files that follow `--events` without an option of their own."""
    if len(names) == 1:
        return names[0], events
    if not events:
        raise click.UsageError("one ACCOUNT at a time")
    rest = [Path(name) for name in names]
    account = next((name for name in names if not Path(name).is_file()), None)
    if account is None:
        raise click.UsageError("which of them is the ACCOUNT?")
    rest.remove(Path(account))
    missing = [str(path) for path in rest if not path.is_file() and str(path) != "-"]
    if missing:
        raise click.UsageError(f"no such file: {', '.join(missing)}")
    return account, (*events, *rest)


def _no_file_options(times: tuple[str, ...], policy_file: Path | None) -> None:
    if times:
        raise click.UsageError("--at needs --events: the view knows only the last score")
    if policy_file is not None:
        raise click.UsageError("--policy needs --events: the view was written under its own policy")


def _from_view(account: str) -> dict[str, Any]:
    try:
        url = load().redis_url
    except SettingsErrors as errors:
        raise click.UsageError(str(errors)) from errors
    return explained_by_view(url, account)


def _show(blocks: list[dict[str, Any]], output: str) -> None:
    if output == "json":
        for block in blocks:
            click.echo(json.dumps(block, ensure_ascii=False, separators=(",", ":")))
        return
    console = Console(file=click.get_text_stream("stdout"), soft_wrap=False)
    for number, block in enumerate(blocks):
        if number:
            console.rule()
        show(console, block)


def moment(text: str, option: str = "--at") -> int:
    """A time of the command line in ms UTC; without an offset it is UTC. Raises BadParameter."""
    try:
        parsed = datetime.fromisoformat(text.strip().upper().replace("Z", "+00:00"))
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no time like 2026-03-19T23:00:00Z", param_hint=option
        ) from error
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    delta = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return delta.days * 86_400_000 + delta.seconds * 1_000 + delta.microseconds // 1_000


def load_policy(file: Path | None) -> Policy:
    """The policy of a file, else of INTENT_POLICY, else the reference. A refused one ends the command with exit 1."""
    try:
        if file is None:
            named = load().policy_path
            file = Path(named) if named else None
        return reference_policy() if file is None else parse_policy(file.read_bytes())
    except SettingsErrors as errors:
        raise click.UsageError(str(errors)) from errors
    except PolicyErrors as errors:
        _refuse(f"{file}: {errors}")
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror or error}") from error


def _refuse(message: str) -> NoReturn:
    raise Failed(message)


def _refuse_mixture(files: tuple[Path, ...]) -> None:
    try:
        refuse_mixture(files)
    except Mixture as error:
        raise click.UsageError(str(error)) from error
