"""`intent properties`: the surge test's false alarms and power, exact and measured, beside what is published.

Exit codes: 0 kept, 1 a published figure is not kept or the measurement contradicts the sum, 2 usage.
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
    PLACES,
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
_ODD_BY_CHANCE = 1  # of 19 intervals of 99 %: more are hardly chance (p < 0.02)


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
    """The surge test's false alarms per account-week where nobody wants anything, and its power.

    Null markets of 0.25 to 4 person-days a week, Poisson and bursty, tested weekly after a whole baseline. The exact
    figures are sums over every baseline and window; the measured ones come from simulated accounts.
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
    _fail(cells, powers)


def _fail(cells: list[FalseAlarms], powers: list[Power]) -> None:
    figures: list[FalseAlarms | Power] = [*cells, *powers]
    broken = sum(not one.kept for one in figures)
    odd = sum(not one.agrees for one in figures)
    if broken:
        raise Failed(f"{broken} published figures are not kept")
    if odd > _ODD_BY_CHANCE:
        raise Failed(f"{odd} of {len(figures)} measurements contradict the exact figures")


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
                "rate": cell.rate, "traffic": cell.traffic, "with_delta": cell.with_delta, "exact": cell.exact,
                "published": cell.published, "kept": cell.kept, "tests": cell.tests, "alarms": cell.alarms,
                "share": cell.share, "interval": cell.interval, "agrees": cell.agrees,
            }
            for cell in cells
        ],
        "power": [
            {
                "true_window": one.true_window, "exact": one.exact, "published": one.published, "kept": one.kept,
                "trials": one.trials, "found": one.found, "share": one.share, "interval": one.interval,
                "agrees": one.agrees,
            }
            for one in powers
        ],
    }  # fmt: skip


def _print(cells: list[FalseAlarms], powers: list[Power], accounts: int, weeks: int) -> None:
    console = Console(width=110)
    title = (
        f"False alarms per account-week, nobody wants anything; measured: {accounts} accounts x {weeks} weeks"
    )
    table = _table(title, ("person-days/week", "delta", "traffic"))
    for cell in cells:
        delta = "policy's" if cell.with_delta else "none"
        table.add_row(f"{cell.rate:g}", delta, cell.traffic, *_figures(cell, 2, _ceiling(cell)))
    console.print(table)
    table = _table("\nPower at one person-day a week", ("true person-days",))
    for one in powers:
        table.add_row(str(one.true_window), *_figures(one, 1, _floor(one)))
    console.print(table)


def _table(title: str, first: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in (*first, "exact", "published", "", "measured", "99 % interval"):
        table.add_column(column, justify="right" if column not in ("traffic", "") else "left")
    return table


def _figures(figure: FalseAlarms | Power, places: int, verdict: str) -> list[str]:
    low, high = figure.interval
    published = figure.published
    return [
        f"{100 * figure.exact:.{places}f} %",
        "-" if published is None else f"{100 * published:.{places}f} %",
        "" if published is None else verdict,
        f"{100 * figure.share:.{places}f} %",
        f"{100 * low:.{places}f} to {100 * high:.{places}f}"
        + ("" if figure.agrees else "  not the exact figure"),
    ]


def _ceiling(cell: FalseAlarms) -> str:
    if not cell.kept:
        return "ABOVE"
    return "equal" if round(cell.exact, PLACES) == cell.published else "below"


def _floor(one: Power) -> str:
    if not one.kept:
        return "BELOW"
    return "equal" if round(one.exact, 2) == one.published else "above"
