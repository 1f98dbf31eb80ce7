"""`intent properties`: the surge test's false alarms and power, measured and compared with what is published.

Exit codes: 0 kept, 1 a published figure is not kept, 2 usage.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from agents.cli_options import Failed, Options, output_option, pass_options
from streams.market.properties import (
    ACCOUNTS,
    POWER_WINDOWS,
    RATES,
    WEEKS,
    FalseAlarms,
    Power,
    false_alarms,
    power,
    without_delta,
)
from streams.policy import Policy, PolicyErrors, parse_policy, reference_policy

_POLICY: Any = click.Path(exists=True, dir_okay=False, path_type=Path)
_TRAFFIC = ("poisson", "bursty")


@click.command()
@click.option(
    "--accounts", type=click.IntRange(1), default=ACCOUNTS, show_default=True, help="Of each null market."
)
@click.option("--weeks", type=click.IntRange(1), default=WEEKS, show_default=True, help="Of weekly tests.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the traffic.")
@click.option("--policy", type=_POLICY, help="Another policy than the reference.")
@output_option
@pass_options
def properties(
    options: Options, accounts: int, weeks: int, seed: int, policy: Path | None, output: str
) -> None:
    """Measure the surge test: false alarms per account-week where nobody wants anything, and power.

    Null markets of 0.25 to 4 person-days a week, Poisson and bursty, tested weekly after a whole baseline.
    """
    rules = _policy(policy)
    steps = _steps(rules, accounts, weeks, seed)
    cells: list[FalseAlarms] = []
    powers: list[Power] = []
    with Progress(console=Console(stderr=True), transient=True, disable=not options.progress) as bar:
        task = bar.add_task("testing", total=4 * len(RATES) + len(POWER_WINDOWS))
        for step in steps:
            if isinstance(step, Power):
                powers.append(step)
            else:
                cells.append(step)
            bar.advance(task)
    if output == "json":
        click.echo(json.dumps(_plain(cells, powers)))
    else:
        _print(cells, powers, accounts, weeks)
    broken = sum(not cell.kept for cell in cells) + sum(not one.kept for one in powers)
    if broken:
        raise Failed(f"{broken} published figures are not kept")


def _policy(file: Path | None) -> Policy:
    if file is None:
        return reference_policy()
    try:
        return parse_policy(file.read_bytes())
    except PolicyErrors as errors:
        raise Failed(f"not a policy:\n{errors}") from errors


def _steps(policy: Policy, accounts: int, weeks: int, seed: int) -> Iterator[FalseAlarms | Power]:
    for rules in (without_delta(policy), policy):
        for rate in RATES:
            for traffic in _TRAFFIC:
                yield false_alarms(rate, traffic, rules, seed, accounts, weeks)
    for window in POWER_WINDOWS:
        yield power(window, policy, seed)


def _plain(cells: list[FalseAlarms], powers: list[Power]) -> dict[str, Any]:
    return {
        "false_alarms": [
            {
                "rate": cell.rate, "traffic": cell.traffic, "with_delta": cell.with_delta, "tests": cell.tests,
                "alarms": cell.alarms, "share": cell.share, "interval": cell.interval, "published": cell.published,
                "kept": cell.kept,
            }
            for cell in cells
        ],
        "power": [
            {
                "true_window": one.true_window, "trials": one.trials, "found": one.found, "share": one.share,
                "interval": one.interval, "published": one.published, "kept": one.kept,
            }
            for one in powers
        ],
    }  # fmt: skip


def _print(cells: list[FalseAlarms], powers: list[Power], accounts: int, weeks: int) -> None:
    console = Console(width=110)
    title = f"False alarms per account-week: {accounts} accounts x {weeks} weeks, nobody wants anything"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("person-days/week", "delta", "traffic", "measured", "95 % interval", "published", ""):
        table.add_column(column, justify="right" if column not in ("traffic", "") else "left")
    for cell in cells:
        delta = "policy's" if cell.with_delta else "none"
        table.add_row(
            f"{cell.rate:g}", delta, cell.traffic, *_figures(cell.share, cell.interval, cell.published, 2)
        )
    console.print(table)
    table = Table(title="\nPower at one person-day a week", title_justify="left", box=None, pad_edge=False)
    for column in ("true person-days", "found", "95 % interval", "published", ""):
        table.add_column(column, justify="right" if column else "left")
    for one in powers:
        table.add_row(str(one.true_window), *_figures(one.share, one.interval, one.published, 1))
    console.print(table)


def _figures(share: float, interval: tuple[float, float], published: float | None, places: int) -> list[str]:
    low, high = interval
    said = "-" if published is None else f"{100 * published:.{places}f} %"
    verdict = "" if published is None else _verdict(interval, published)
    return [
        f"{100 * share:.{places}f} %",
        f"{100 * low:.{places}f} to {100 * high:.{places}f}",
        said,
        verdict,
    ]


def _verdict(interval: tuple[float, float], published: float) -> str:
    low, high = interval
    if low <= published <= high:
        return "equal within the interval"
    return "below" if high < published else "above"
