"""The weekly report as people read it: figures first, then what was given back, then what to change."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table

from agents.backtest import Backtest
from streams.acceptance import accept_rate
from streams.learning import Counted, Lesson
from streams.proposals import Proposed
from streams.report import LIFTED, SQL_BENCHMARK, Report, Share, median

_ROWS: Final = 5  # of a kind of lift, and of content
_WORDS: Final = {"near_miss": "near misses", "early": "early notices"}


def show(found: Report, lesson: Lesson, proposal: Proposed, tried: Backtest | None) -> None:
    """Print it."""
    console = Console(width=120, highlight=False)
    if not (lesson.alerts or lesson.unmatched or found.said):
        console.print("No alert, notice or answer was read.")
        return
    console.print(f"{found.since[:16]} to {found.until[:16]} UTC", style="bold")
    for name, text in _figures(found):
        console.print(f"  {name:22} {text}", soft_wrap=True)
    _rejections(console, found)
    _lift(console, found, lesson)
    _content(console, found)
    console.print("\nProposed, for people to decide:" if proposal.weights else "\nNo weight would move.")
    for one in proposal.weights:
        console.print(f"  {one}", soft_wrap=True)
    if tried is not None:
        console.print(f"  backtest: {_outcome(tried)}", soft_wrap=True)


def _figures(found: Report) -> list[tuple[str, str]]:
    alerts = sum(found.opened.values())
    tiers = ", ".join(f"{tier} {count}" for tier, count in found.opened.items())
    others = ", ".join(f"{count} {_WORDS.get(kind, kind)}" for kind, count in found.said.items())
    minutes = found.first_touch_minutes
    middle, last = median(minutes), minutes[-1] if minutes else None
    touch = (
        "nobody was touched"
        if middle is None
        else f"{_long(middle)} in the middle, {_long(last or 0)} at most"
    )
    money = ", ".join(f"{_money(amount)} {currency}" for currency, amount in found.pipeline_milli.items())
    each = (
        ", ".join(f"{_money(amount // alerts)} {c}" for c, amount in found.pipeline_milli.items())
        if alerts
        else ""
    )
    return [
        ("acceptance", _rate(found.acceptance)),
        ("alerts", f"{alerts}{f' ({tiers})' if tiers else ''}"),
        ("beside them", others or "nothing"),
        ("first touch", touch),
        ("in time", _share(found.in_time)),
        ("reason known", _share(found.known_reasons)),
        ("sales-qualified", f"{_share(found.sql)}; {SQL_BENCHMARK / 10:g} % is usual"),
        ("pipeline", f"{money}, {each} an alert" if money else "none named"),
    ]


def _rejections(console: Console, found: Report) -> None:
    if not found.rejections:
        return
    console.print("\nGiven back, the latest first:")
    for one in found.rejections:
        wrong = f"{one.reason or 'no reason'}{f' ({one.dimension})' if one.dimension else ''}"
        score = " · ".join(f"{name} {one.scores[name] / 1000:.1f}" for name in ("S", "F", "I", "R"))
        console.print(
            f"  {one.at[:10]}  {one.account}  {one.tier}  {one.status}: {wrong}  {score}", soft_wrap=True
        )
        console.print(f"              {one.headline}", soft_wrap=True)


def _lift(console: Console, found: Report, lesson: Lesson) -> None:
    if not found.lift:
        return
    console.print(f"\nAccepted more or less often than all ({_rate(lesson.overall)} of everything read):")
    table = Table(box=None, pad_edge=False)
    for column in ("", "", "of", "lift"):
        table.add_column(column, justify="right" if column else "left")
    for kind in LIFTED:
        rows = [one for one in found.lift if one.kind == kind][:_ROWS]
        for number, one in enumerate(rows):
            table.add_row("" if number else f"  {kind}", one.name, str(one.n), f"{one.lift / 1000:.2f} x")
    console.print(table)


def _content(console: Console, found: Report) -> None:
    if found.content:
        console.print("\nContent of accounts that were won and lost:")
    for one in found.content[:_ROWS]:
        console.print(f"  {one.content_id}: {one.won} won, {one.lost} lost", soft_wrap=True)


def _outcome(tried: Backtest) -> str:
    gone = len(tried.gone_accepted), len(tried.gone_rejected), len(tried.gone_unanswered)
    return (
        f"{tried.before} accounts with an alert become {tried.after}: {len(tried.new)} new, {sum(gone)} gone "
        f"({gone[0]} that sales accepted, {gone[1]} that it gave back, {gone[2]} without an answer)"
    )


def _rate(counted: Counted) -> str:
    if not counted.n:
        return "no answer yet"
    rate = accept_rate(*counted)
    low, high = rate.interval or (0, 1000)
    return f"{rate.value / 10:.1f} % ({counted.accepted} of {counted.n}; likely {low / 10:.0f} to {high / 10:.0f} %)"


def _share(share: Share) -> str:
    return f"{(share.thousandths or 0) / 10:.1f} % ({share.part} of {share.of})" if share.of else "none yet"


def _long(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes / 60:.1f} h" if minutes < 2880 else f"{minutes / 1440:.1f} days"


def _money(milli: int) -> str:
    return f"{milli // 1000:,}"
