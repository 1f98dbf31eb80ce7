# ruff: noqa: C419  lists are faster than generators over rows of a few items
"""One person's contributions kept by signal and day, so that an evaluation computes only the rows that changed.

`Tally` is a cache: built from all facts it equals what it becomes by `follow` after each of them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from streams.contributions import (
    RETURN,
    Contribution,
    click_contributions,
    fact_contribution,
    return_contributions,
    storyline_contributions,
    visit_contribution,
)  # fmt: skip
from streams.ledger import Fact, Visit
from streams.policy import Policy

Key = str | int
_VIDEO: Final = "content.demo_video"


class Row(msgspec.Struct, gc=False):
    """One signal on one UTC day: its contributions, best first, and what they say. Milli-points."""

    items: list[Contribution]
    stale: bool = True
    best: int = 0  # the best N, undecayed
    raw: int = 0  # all of them
    prompted: int = 0  # of the best N those that e-mail prompted
    all_prompted: bool = False
    counts: bool = False  # some contribution is above 0 (after a reset)
    strong: bool = False
    recent: bool = False
    decision: bool = False
    consideration: bool = False
    person_day: bool = False  # also before a reset
    last_at: int = -1
    decisive: tuple[str, ...] = ()  # pages and videos that count for act-now


class Tally:
    """All rows of one person under one role and policy."""

    def __init__(
        self, visits: Mapping[str, Visit], facts: Mapping[Any, Fact], reset_at: int, role: str, policy: Policy
    ) -> None:
        self.rows: dict[str, dict[int, Row]] = {}
        self.version = 0  # of the ledger it was made from
        self.role, self.policy, self.reset_at = role, policy, reset_at
        self._visits, self._facts = visits, facts
        self._placed: dict[Key, Contribution] = {}
        self._derived: list[Key] = []
        self._clicks: dict[Key, Fact] = {}
        self._pieces: dict[Key, Fact] = {}
        self._direct: dict[str, Visit] = {}
        self._short: set[str] = set()  # videos of which too little was seen to be decisive
        self._waiting: list[Key] = [*visits, *facts]

    def follow(self, key: Key, version: int) -> None:
        """A fact was added or has changed ("": none); the ledger is at this version now."""
        self.version = version
        if key != "":
            self._waiting.append(key)

    def refresh(self) -> None:
        """Bring the rows up to date."""
        if not self._waiting:
            return
        for key in dict.fromkeys(self._waiting):
            self._take(key)
        self._waiting.clear()
        self._derive()
        for signal, days in self.rows.items():
            for row in days.values():
                if row.stale:
                    self._compute(signal, row)

    def _take(self, key: Key) -> None:
        if isinstance(key, str):
            visit = self._visits[key]
            if visit.source == "direct":
                self._direct[key] = visit
            else:
                self._direct.pop(key, None)
            self._place(key, visit_contribution(visit, self.role, self.policy))
            return
        fact = self._facts[key]
        if fact.storyline_id:
            self._pieces[key] = fact
        if fact.type == "click":
            self._clicks[key] = fact
        else:
            if fact.type == "video_played" and fact.completion_milli < 100 * self.policy.act_now.video_share:
                self._short.add(fact.id)
            self._place(key, fact_contribution(fact, self.role, self.policy))

    def _place(self, key: Key, contribution: Contribution | None) -> None:
        known = self._placed.pop(key, None)
        if known is not None:
            row = self.rows[known.signal][known.day]
            row.items.remove(known)
            row.stale = True
        if contribution is not None:
            self._placed[key] = contribution
            days = self.rows.setdefault(contribution.signal, {})
            found = days.get(contribution.day)
            if found is None:
                days[contribution.day] = Row([contribution])
            else:
                found.items.append(contribution)
                found.stale = True

    def _derive(self) -> None:
        """Clicks, storylines and returns depend on other facts: they are worked out anew."""
        if not (self._clicks or self._pieces or self._direct or self._derived):
            return
        for key in self._derived:
            self._place(key, None)
        found: list[Contribution] = []
        if self._clicks:
            pages = {at for visit in self._visits.values() for at in visit.times}
            found += click_contributions(self._clicks.values(), pages, self.policy)
        if self._pieces:
            found += storyline_contributions(self._pieces.values(), self.policy)
        if self._direct:
            active = {
                c.day for c in [*self._placed.values(), *found] if c.points > 0 and c.at >= self.reset_at
            }
            found += return_contributions(sorted(active), self._direct.values(), self.policy)
        self._derived = [f"{c.signal}|{c.id}" for c in found]
        for key, contribution in zip(self._derived, found, strict=True):
            self._place(key, contribution)

    def _compute(self, signal: str, row: Row) -> None:
        """Sum up one row."""
        people, per_day = self.policy.people, self.policy.signals[signal].per_day
        items = row.items
        if len(items) > 1:
            items.sort(key=_order)
        live = items if self.reset_at < 0 else [item for item in items if item.at >= self.reset_at]
        best = live[:per_day] if per_day else live
        row.best = sum([item.points for item in best])
        row.raw = sum([item.points for item in live]) if len(live) > len(best) else row.best
        row.prompted = sum([item.points for item in best if item.email])
        row.all_prompted = bool(best) and all([item.email for item in best])
        positive = [item for item in live if item.points > 0]
        row.counts = bool(positive)
        row.strong = any([item.base >= people.engaged_base for item in positive])
        row.recent = any([item.base >= people.recent_base for item in positive])
        row.decision = any([item.stage == "decision" for item in positive])
        row.consideration = any([item.stage == "consideration" for item in positive])
        row.last_at = max([item.at for item in positive], default=-1)
        least = self.policy.surge.person_day_base
        row.person_day = signal != RETURN and any([i.points > 0 and i.base >= least for i in items])
        row.decisive = tuple(sorted(self._decisive(signal, positive))) if positive else ()
        row.stale = False

    def _decisive(self, signal: str, positive: Iterable[Contribution]) -> set[str]:
        if signal == _VIDEO:
            return {f"video:{item.label}" for item in positive if item.label and item.id not in self._short}
        if not signal.startswith("web."):
            return set()
        return {item.label for item in positive if item.label in self.policy.act_now.pages}


def _order(item: Contribution) -> tuple[int, str]:
    return -abs(item.points), item.id
