"""The console of `intent up`: cards, lines, a running line of counts, and what held the bad leads.

On a terminal with colours and frames, else as plain text, or as JSON lines.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TextIO

from rich.console import Console as RichConsole
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agents import cards
from agents.bad_leads import HeldLead, held_leads
from agents.cards import Card, Note
from streams.gates import tenths
from streams.market import Truth

COUNTS_EVERY: Final = 5.0  # seconds
SUMMARY_AFTER: Final = 60.0  # seconds
_WIDTH: Final = 118
_COUNTED: Final = (
    ("accounts", "accounts scored"), ("opened", "sales-ready"), ("updated", "updates"), ("early", "early notices"),
    ("near_miss", "near misses"), ("review", "in review"), ("redirected", "redirected"), ("dead", "dead letters"),
)  # fmt: skip
_REVIEW_KINDS: Final = {"held": "review", "redirected": "redirected"}
Records = AsyncIterator[tuple[str, str, Any]]


class Console:
    """Shows one run. `output` is text or json; `truths` may grow while it runs."""

    def __init__(
        self, output: str = "text", file: TextIO | None = None, terminal: bool | None = None
    ) -> None:
        self._file = file or sys.stdout
        self._json = output == "json"
        colours = self._file.isatty() if terminal is None else terminal
        self._rich = RichConsole(file=self._file, force_terminal=True) if colours and not self._json else None
        if self._rich is not None:
            self._rich.width = min(self._rich.width, _WIDTH)
        self._live: Live | None = None  # the last line of a terminal, while following
        self.counts: Counter[str] = Counter()
        self.tiers: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        self._scores: dict[str, Mapping[str, Any]] = {}
        self._reviews: dict[str, str] = {}
        self._fired: set[str] = set()

    def places(self, **where: str) -> None:
        """Say where things are: page, metrics, API, Kafka, in the order given."""
        if self._json:
            self._line({"places": where})
            return
        width = max(map(len, where), default=0)
        for name, address in where.items():
            self._print(f"{name:<{width}}  {address}", "bold" if name == "page" else "")

    def say(self, text: str) -> None:
        """One sentence of progress; not part of the JSON output."""
        if not self._json:
            self._print(text, "dim")

    async def follow(
        self, records: Records, truths: Sequence[Truth] = (), events_in: Callable[[], int] | None = None,
        counts_every: float = COUNTS_EVERY, summary_after: float = SUMMARY_AFTER,
    ) -> None:  # fmt: skip
        """Show records as they come until they end, and the counts and the summary at their times."""
        clock = asyncio.create_task(self._keep_time(truths, events_in, counts_every, summary_after))
        if self._rich is not None:
            self._live = Live(console=self._rich, auto_refresh=False, transient=True)
            self._live.start()
        try:
            async for topic, key, value in records:
                if isinstance(value, Mapping):
                    self.take(topic, key, value, truths)
        finally:
            clock.cancel()
            await asyncio.gather(clock, return_exceptions=True)
            if self._live is not None:
                self._live.stop()
                self._live = None

    async def _keep_time(
        self, truths: Sequence[Truth], events_in: Callable[[], int] | None, every: float, summary_after: float
    ) -> None:
        elapsed, told = 0.0, False
        while True:
            await asyncio.sleep(every)
            elapsed += every
            self.show_counts(events_in() if events_in is not None else None)
            if truths and not told and elapsed >= summary_after:
                told = True
                self.show_bad_leads(truths)

    def take(self, topic: str, key: str, value: Mapping[str, Any], truths: Iterable[Truth] = ()) -> None:
        """Count one output record and show it."""
        subject = str(value.get("subject") or "")
        kind = cards.kind_of(value)
        if topic == cards.SCORES:
            self._score(key, value)
            return
        self._count(topic, kind, value)
        if self._json:
            self._line({"topic": topic, "key": key, "value": value})
            return
        name = self._name(subject, truths)
        if topic == cards.SALES_READY and kind in ("opened", "updated"):
            self._card(cards.card(value, name))
        elif topic == cards.SALES_READY:
            self._note(Note(kind, name or subject, _ending(value), "dim"))
        elif (said := cards.note(topic, value, name)) is not None:
            self._note(said)

    def _score(self, key: str, value: Mapping[str, Any]) -> None:
        subject = str(value.get("account_id") or value.get("account_domain") or key)
        self._scores[subject] = value
        if value.get("name"):
            self._names[subject] = str(value["name"])
        self.counts["accounts"] = len(self._scores)

    def _count(self, topic: str, kind: str, value: Mapping[str, Any]) -> None:
        subject = str(value.get("subject") or "")
        if topic == cards.DEAD_LETTERS:
            self.counts["dead"] += 1
        elif topic == cards.REVIEW:
            self.counts[_REVIEW_KINDS.get(kind, kind)] += 1
            decision = (value.get("data") or {}).get("decision") or {}
            self._reviews[subject] = str(decision.get("cause") or decision.get("update_reason") or kind)
        else:
            self.counts[kind] += 1
        if topic == cards.SALES_READY and kind == "opened":
            self._fired.add(subject)
            self.tiers[str(((value.get("data") or {}).get("decision") or {}).get("tier"))] += 1

    def _name(self, subject: str, truths: Iterable[Truth]) -> str:
        if subject not in self._names:
            self._names |= {truth.account: truth.name for truth in truths} | {
                truth.domain: truth.name for truth in truths if "@" not in truth.account
            }
        return self._names.get(subject, "")

    # showing -----------------------------------------------------------------------------------------------

    def show_counts(self, events_in: int | None = None) -> None:
        """The running line of counts."""
        counted = {label: self.counts[key] for key, label in _COUNTED}
        if events_in is not None:
            counted = {"events in": events_in, **counted}
        if self._json:
            self._line({"counts": {**counted, "tiers": dict(self.tiers)}})
            return
        tiers = ", ".join(f"{tier} {count}" for tier, count in sorted(self.tiers.items()))
        parts = [f"{label} {number:,}" for label, number in counted.items()]
        text = " · ".join(parts)
        if tiers:
            text = text.replace(
                f"sales-ready {counted['sales-ready']:,}", f"sales-ready {counted['sales-ready']:,} ({tiers})"
            )
        if self._live is not None:
            self._live.update(Text(text, style="dim"), refresh=True)
        else:
            self._print(text, "dim")

    def show_bad_leads(self, truths: Sequence[Truth]) -> None:
        """The bad leads seen so far, each with what held it."""
        leads = held_leads(truths, self._scores, self._fired, self._reviews)
        if self._json:
            self._line({"bad_leads": [lead.plain() for lead in leads]})
        elif self._rich is not None:
            self._rich.print(_table(leads))
        else:
            self._print("bad leads that did not fire, and what held each:")
            for lead in leads:
                flag = "FIRED: " if lead.fired else ""
                self._print(
                    f"   {lead.archetype:<18} {lead.name:<28} S {_score_text(lead):>5}  {flag}{lead.held_by}"
                )

    def _card(self, shown: Card) -> None:
        if self._rich is None:
            self._print(shown.text())
            return
        body = Table.grid(padding=(0, 2))
        body.add_column(style="dim", no_wrap=True)
        body.add_column()
        for label, said in shown.lines:
            body.add_row(label, Text(said))
        title = Text(shown.title, style=shown.style)
        self._rich.print(
            Panel(body, title=title, title_align="left", border_style=shown.style.removeprefix("bold "))
        )

    def _note(self, shown: Note) -> None:
        self._print(shown.text(), shown.style)

    def _print(self, text: str, style: str = "") -> None:
        if self._rich is not None:
            self._rich.print(Text(text, style=style))
        else:
            self._file.write(text + "\n")
            self._file.flush()

    def _line(self, value: Any) -> None:
        self._file.write(json.dumps(value, separators=(",", ":")) + "\n")
        self._file.flush()


def _ending(value: Mapping[str, Any]) -> str:
    decision = (value.get("data") or {}).get("decision") or {}
    return " ".join(str(part) for part in (decision.get("tier"), decision.get("cause")) if part)


def _score_text(lead: HeldLead) -> str:
    return "-" if lead.score is None else tenths(lead.score)


def _table(leads: Sequence[HeldLead]) -> Table:
    table = Table(title="Bad leads that did not fire, and what held each", title_justify="left", expand=False)
    for column in ("lead", "account", "S", "held by", "because"):
        table.add_column(column, justify="right" if column == "S" else "left")
    for lead in leads:
        held = Text(f"FIRED: {lead.held_by}", style="bold red") if lead.fired else Text(lead.held_by)
        table.add_row(
            Text(lead.archetype), Text(lead.name), _score_text(lead), held, Text(lead.why, style="dim")
        )
    return table
