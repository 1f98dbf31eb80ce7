"""`intent policy`: check a policy file, show what it amounts to, explain it as a page people sign, learn from answers.

Exit codes: 0 ok, 1 the policy is refused, 2 usage (a file that is not there).
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from agents.cli_learn import learn
from streams.policy import Policy, PolicyErrors, parse_policy, reference_policy, reference_text, render_policy
from streams.policy_lint import warnings
from streams.policy_page import policy_page
from streams.policy_quality import observe, thin_ground
from streams.policy_reader import Problem
from streams.policy_writer import natural, toml_of

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("policy")
def policy() -> None:
    """The policy: the shared definition of "qualified"."""


@policy.command("check")
@click.argument("file", type=FILE)
@click.option(
    "--events", type=FILE, multiple=True, help="Input records (JSONL): is the content tagged, the ICP known?"
)
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def check(file: Path, events: tuple[Path, ...], output: str) -> None:
    """Check FILE; every problem at once, each with its key and the reason."""
    parsed, problems, advice = None, [], []
    try:
        parsed = parse_policy(file.read_bytes())
        problems = thin_ground(observe(_records(events), parsed), parsed)
        advice = warnings(parsed)
    except PolicyErrors as errors:
        problems = errors.problems
    if output == "json":
        click.echo(json.dumps(_report(parsed, problems, advice)))
    else:
        _print(file, parsed, problems, advice)
    if problems:
        raise SystemExit(1)


@policy.command("show")
@click.argument("file", type=FILE, required=False)
@click.option("--output", type=click.Choice(["toml", "json"]), default="toml", show_default=True)
def show(file: Path | None, output: str) -> None:
    """Print the whole policy that FILE amounts to; the reference policy without FILE."""
    if file is None and output == "toml":
        click.echo(reference_text(), nl=False)
        return
    shown = _parsed(file)
    document = render_policy(shown)
    if output == "json":
        click.echo(json.dumps({**natural(document), "_hash": shown.hash}))
        return
    click.echo(f"# {shown.policy_id}, version {shown.version}, hash {shown.hash}\n")
    click.echo(toml_of(document), nl=False)


@policy.command("explain")
@click.argument("file", type=FILE, required=False)
@click.option("--previous", type=FILE, help="The version before: the page says what changed.")
def explain(file: Path | None, previous: Path | None) -> None:
    """Render FILE as the plain-language page that marketing and sales sign."""
    shown = _parsed(file)
    click.echo(policy_page(shown, _parsed(previous) if previous else None), nl=False)


policy.add_command(learn)


def _parsed(file: Path | None) -> Policy:
    """The policy of a file; its problems to stderr and exit 1."""
    if file is None:
        return reference_policy()
    try:
        return parse_policy(file.read_bytes())
    except PolicyErrors as errors:
        for problem in errors.problems:
            click.echo(f"{file}: {problem}", err=True)
        raise SystemExit(1) from None


def _records(files: tuple[Path, ...]) -> Iterator[dict[str, Any]]:
    """The JSONL records of files, gzip by content; lines that are none are passed over."""
    for file in files:
        for line in _content(file).splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record


def _content(file: Path) -> bytes:
    data = file.read_bytes()
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise click.BadParameter(f"{file} is no whole gzip file: {error}") from None


def _report(parsed: Policy | None, problems: list[Problem], advice: list[Problem]) -> dict[str, Any]:
    known = {"policy_id": parsed.policy_id, "version": parsed.version, "hash": parsed.hash} if parsed else {}
    return {
        "ok": not problems,
        **known,
        "errors": [problem._asdict() for problem in problems],
        "warnings": [problem._asdict() for problem in advice],
    }


def _print(file: Path, parsed: Policy | None, problems: list[Problem], advice: list[Problem]) -> None:
    for problem in problems:
        click.echo(f"{file}: {problem}")
    for problem in advice:
        click.echo(f"{file}: warning: {problem}")
    if problems:
        click.echo(f"{file}: refused, {len(problems)} problem{'' if len(problems) == 1 else 's'}")
    elif parsed:
        click.echo(f"{file}: ok, {parsed.policy_id} version {parsed.version}, hash {parsed.hash}")
