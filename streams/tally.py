"""One person's contributions kept by signal and day, so that an evaluation computes only the rows that changed.

`Tally` is a cache: built from all facts it equals what it becomes by `follow` after each of them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

import msgspec

from streams.contributions import (
    RETURN,
    Contribution,
    click_contributions,
    email_prompted,
    fact_contribution,
    return_contributions,
    storyline_contributions,
    visit_contribution,
)  # fmt: skip
from streams.ledger import Fact, Visit
from streams.policy import Policy

Key = str | int
_VIDEO: Final = "content.demo_video"
_CLICKS: Final = "clicks"
_STORYLINES: Final = "storylines"
_RETURNS: Final = "returns"


class Scored(msgspec.Struct, gc=False):
    """The contributions of a row that are not 0, as an explanation shows them together."""

    count: int
    base: int  # the largest, by its size
    points: int
    multiplier: int  # of the first one, 1e9 = x1
    first_at: int
    last_at: int


class Row(msgspec.Struct, gc=False):
    """One signal on one UTC day: its contributions, best first, and what they say. Milli-points."""

    signal: str
    day: int  # UTC
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
    scored: Scored | None = None  # worked out when somebody asks


class Tally:
    """All rows of one person under one role and policy."""

    __slots__ = (
        "_active", "_clicks", "_days", "_derived", "_direct", "_facts", "_first_click", "_last_click", "_pieces",
        "_placed", "_short", "_soiled", "_stale", "_visits", "_waiting", "changed", "days", "policy", "reset_at",
        "role", "rows", "seekers", "sums", "sums_day", "version",
    )  # fmt: skip

    def __init__(
        self, visits: Mapping[str, Visit], facts: Mapping[Any, Fact], reset_at: int, role: str, policy: Policy
    ) -> None:
        self.rows: dict[str, dict[int, Row]] = {}
        self.version = 0  # of the ledger it was made from
        self.role, self.policy, self.reset_at = role, policy, reset_at
        self.seekers: set[Key] = set()  # careers visits
        self.days: frozenset[int] = frozenset()  # person-days
        self.changed: set[str] = set()  # signals whose rows changed since their sums were taken
        self.sums: dict[str, Any] = {}  # engagement.SignalTotal by signal, as of `sums_day`
        self.sums_day = -1
        self._visits, self._facts = visits, facts
        self._placed: dict[Key, Contribution] = {}
        self._derived: dict[str, list[Key]] = {}  # what depends on other facts, by kind
        self._clicks: dict[Key, Fact] = {}
        self._first_click, self._last_click = 0, 0  # ms
        self._pieces: dict[Key, Fact] = {}
        self._direct: dict[Key, Visit] = {}
        self._short: set[str] = set()  # videos of which too little was seen to be decisive
        self._active: dict[int, int] = {}  # days with points -> how many signals gave some
        self._days: dict[int, int] = {}  # person-days -> how many signals make them one
        self._stale: list[Row] = []
        self._soiled: set[str] = set()  # kinds of derived contributions to work out anew
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
            if isinstance(key, str):
                self._take_visit(key)
            else:
                self._take_fact(key)
        self._waiting.clear()
        self._settle()

    def without_email(self) -> Self:
        """The rows as if nothing that e-mail prompted had happened; a tally of its own."""
        visits = {key: visit for key, visit in self._visits.items() if visit.source != "email"}
        facts = {key: fact for key, fact in self._facts.items() if not email_prompted(fact, self.policy)}
        if len(visits) == len(self._visits) and len(facts) == len(self._facts):
            return self
        other = type(self)({}, {}, self.reset_at, self.role, self.policy)
        other._visits, other._facts, other._short = visits, facts, self._short
        other._pieces = {key: fact for key, fact in self._pieces.items() if key in facts}
        other._direct = self._direct
        for kept in (visits, facts):
            for key in kept:
                contribution = self._placed.get(key)
                if contribution is not None:
                    other._place(key, contribution)
        if other._pieces:
            other._soiled.add(_STORYLINES)
        other._settle()
        return other

    # facts ---------------------------------------------------------------------------------------------------------

    def _take_visit(self, key: str) -> None:
        visit = self._visits[key]
        if visit.source == "direct":
            self._direct[key] = visit
            self._soiled.add(_RETURNS)
        elif self._direct and self._direct.pop(key, None) is not None:
            self._soiled.add(_RETURNS)
        if visit.category == self.policy.disqualify.job_seeker_category:
            self.seekers.add(key)
        if self._clicks and self._is_near_click(visit):
            self._soiled.add(_CLICKS)
        self._place(key, visit_contribution(visit, self.role, self.policy))

    def _is_near_click(self, visit: Visit) -> bool:
        """Whether a page time of the visit may lie in the minutes after a click."""
        last = self._last_click + self.policy.email_rules.page_within_ms
        return any([self._first_click <= at <= last for at in visit.times])

    def _take_fact(self, key: int) -> None:
        fact = self._facts[key]
        if fact.storyline_id:
            self._pieces[key] = fact
            self._soiled.add(_STORYLINES)
        if fact.type == "click":
            if not self._clicks:
                self._first_click = self._last_click = fact.at
            self._first_click = min(self._first_click, fact.at)
            self._last_click = max(self._last_click, fact.at)
            self._clicks[key] = fact
            self._soiled.add(_CLICKS)
            return
        if fact.type == "video_played" and fact.completion_milli < 100 * self.policy.act_now.video_share:
            self._short.add(fact.id)
        self._place(key, fact_contribution(fact, self.role, self.policy))

    # rows ----------------------------------------------------------------------------------------------------------

    def _place(self, key: Key, contribution: Contribution | None) -> None:
        """Put a contribution into its row, in the place of what this key gave before."""
        known = self._placed.get(key)
        if known is not None:
            row = self.rows[known.signal][known.day]
            index = next(i for i, item in enumerate(row.items) if item is known)
            if (
                contribution is not None
                and contribution.signal == known.signal
                and contribution.day == known.day
            ):
                row.items[index] = contribution
                self._placed[key] = contribution
                self._soil(row)
                return
            del row.items[index], self._placed[key]
            self._soil(row)
        if contribution is not None:
            self._placed[key] = contribution
            signal, day = contribution.signal, contribution.day
            days = self.rows.get(signal)
            if days is None:
                days = self.rows[signal] = {}
            found = days.get(day)
            if found is None:
                row = days[day] = Row(signal, day, [contribution])
                self._stale.append(row)
            else:
                found.items.append(contribution)
                self._soil(found)

    def _soil(self, row: Row) -> None:
        if not row.stale:
            row.stale = True
            self._stale.append(row)

    def _settle(self) -> None:
        """Work out what depends on other facts where that changed, and sum up the rows that did."""
        if _CLICKS in self._soiled:
            pages = {at for visit in self._visits.values() for at in visit.times}
            self._derive(_CLICKS, click_contributions(self._clicks.values(), pages, self.policy))
        if _STORYLINES in self._soiled:
            self._derive(_STORYLINES, storyline_contributions(self._pieces.values(), self.policy))
        self._sum_up()
        if (self._direct or _RETURNS in self._derived) and _RETURNS in self._soiled:
            active = sorted(self._active)
            self._derive(_RETURNS, return_contributions(active, self._direct.values(), self.policy))
            self._sum_up()
        self._soiled.clear()

    def _derive(self, kind: str, found: list[Contribution]) -> None:
        keys: list[Key] = [f"{c.signal}|{c.id}" for c in found]
        kept = set(keys)
        for key in self._derived.get(kind, ()):
            if key not in kept:
                self._place(key, None)
        for key, contribution in zip(keys, found, strict=True):
            if self._placed.get(key) != contribution:
                self._place(key, contribution)
        self._derived[kind] = keys

    def _sum_up(self) -> None:
        for row in self._stale:
            self._compute(row)
            self.changed.add(row.signal)
        self._stale.clear()

    def _compute(self, row: Row) -> None:
        """Sum up one row, and keep which days have points and are person-days."""
        counted, was_day = row.counts, row.person_day
        if len(row.items) == 1:
            self._compute_one(row, row.items[0])
        else:
            self._compute_many(row)
        row.stale, row.scored = False, None
        if row.signal == RETURN:
            row.person_day = False  # and what it gives makes no further return
        elif row.counts != counted:
            _count(self._active, row.day, row.counts)
            self._soiled.add(_RETURNS)
        if row.person_day != was_day:
            _count(self._days, row.day, row.person_day)
            self.days = frozenset(self._days)

    def _compute_one(self, row: Row, item: Contribution) -> None:
        people, points = self.policy.people, item.points
        row.person_day = points > 0 and item.base >= self.policy.surge.person_day_base
        if item.at < self.reset_at:
            self._clear(row)
            return
        row.best = row.raw = points
        row.all_prompted = item.email
        row.prompted = points if item.email else 0
        if points > 0:
            row.counts = True
            row.strong = item.base >= people.engaged_base
            row.recent = item.base >= people.recent_base
            row.decision = item.stage == "decision"
            row.consideration = item.stage == "consideration"
            row.last_at = item.at
            row.decisive = self._decisive(row.signal, (item,))
        else:
            self._clear_flags(row)

    def _compute_many(self, row: Row) -> None:
        people, per_day, items = self.policy.people, self.policy.signals[row.signal].per_day, row.items
        items.sort(key=_order)
        live = items if self.reset_at < 0 else [item for item in items if item.at >= self.reset_at]
        best = live[:per_day] if per_day else live
        self._clear(row)
        row.best = sum([item.points for item in best])
        row.raw = sum([item.points for item in live]) if len(live) > len(best) else row.best
        row.prompted = sum([item.points for item in best if item.email])
        row.all_prompted = bool(best) and all([item.email for item in best])
        positive = [item for item in live if item.points > 0]
        if positive:
            bases, stages = [item.base for item in positive], [item.stage for item in positive]
            row.counts = True
            row.strong = max(bases) >= people.engaged_base
            row.recent = max(bases) >= people.recent_base
            row.decision = "decision" in stages
            row.consideration = "consideration" in stages
            row.last_at = max([item.at for item in positive])
            row.decisive = self._decisive(row.signal, positive)
        least = self.policy.surge.person_day_base
        row.person_day = any([i.points > 0 and i.base >= least for i in items])

    def _clear(self, row: Row) -> None:
        row.best = row.raw = row.prompted = 0
        row.all_prompted = False
        self._clear_flags(row)

    def _clear_flags(self, row: Row) -> None:
        row.counts = row.strong = row.recent = row.decision = row.consideration = False
        row.last_at, row.decisive = -1, ()

    def _decisive(self, signal: str, positive: Iterable[Contribution]) -> tuple[str, ...]:
        """What of a row counts for act-now: pages, and videos of which enough was seen."""
        if signal.startswith("web."):
            pages = self.policy.act_now.pages
            return tuple(sorted({item.label for item in positive if item.label in pages}))
        if signal == _VIDEO:
            seen = [item.label for item in positive if item.label and item.id not in self._short]
            return tuple(sorted({f"video:{label}" for label in seen}))
        return ()


def scored_of(row: Row) -> Scored | None:
    """What a row shows; None where every contribution is 0."""
    if row.scored is None:
        items = [item for item in row.items if item.points]
        if not items:
            return None
        times = [item.at for item in items]
        base = max([item.base for item in items], key=abs)
        points = sum([item.points for item in items])
        row.scored = Scored(len(items), base, points, items[0].multiplier, min(times), max(times))
    return row.scored


def _count(days: dict[int, int], day: int, more: bool) -> None:
    """Keep how many rows speak for a day."""
    count = days.get(day, 0) + (1 if more else -1)
    if count > 0:
        days[day] = count
    else:
        days.pop(day, None)


def _order(item: Contribution) -> tuple[int, str]:
    return -abs(item.points), item.id
