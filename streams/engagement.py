"""One person's points with every cap as a line, and whether they are engaged (scoring.md sections 1, 3 and 4)."""

from collections.abc import Sequence

import msgspec

from schemas.explanation import Line
from streams.contributions import Activity, Contribution
from streams.decay import decay_table, decayed
from streams.ledger import Fact
from streams.policy import Policy
from streams.tally import Row, Tally


class SignalTotal(msgspec.Struct, gc=False):
    """What one signal gave one person as of a day: milli-points at each step of the order of caps."""

    signal: str
    rows: list[Row]  # inside the window, by day
    raw: int = 0  # all contributions, decayed
    best: int = 0  # the best N of each day, decayed
    capped: int = 0  # after the window cap
    positive: int = 0  # of `best` what is above 0
    emailed: int = 0  # of that what e-mail prompted
    decision: bool = False
    consideration: bool = False
    strong: bool = False
    last_day: int = -1
    last_at: int = -1
    decisive: tuple[tuple[str, int], ...] = ()  # (page or video, day) that count for act-now
    lines: list[Line] = []  # of an explanation, once made; without evidence

    @property
    def items(self) -> list[Contribution]:
        """The contributions inside the window, of each day those that count first."""
        return [item for row in self.rows for item in row.items]


class Engagement(msgspec.Struct, gc=False):
    """One person as of one UTC day. Points in milli-points."""

    points: int  # after floor and person cap, before the role factor
    unfloored: int  # the sum of the signals after their window caps
    signals: list[SignalTotal]
    positive: int  # positive points after best N and decay
    emailed: int  # of them those that e-mail prompted
    decision: bool  # a decision-stage signal counts
    consideration: bool
    strong: bool  # a signal of base >= 3 counts
    last_day: int  # the latest UTC day with a signal of base >= 1 and positive points; -1: none
    days: frozenset[int]  # person-days, whatever their age
    last_at: int  # the latest scored act, ms; -1: none
    decisive: dict[str, frozenset[int]]  # days of acts that count for act-now, by page or video

    def engaged(self, day: int, policy: Policy) -> bool:
        """Enough decayed points, at least one strong signal, and a recent one (section 4)."""
        people = policy.people
        recent = self.last_day >= 0 and day - self.last_day <= people.recent_days
        return self.points >= people.engaged_points and self.strong and recent


def engagement(activity: Activity, role: str, day: int, policy: Policy) -> Engagement:
    """All of one person's totals as of a UTC day, from their facts."""
    return total(tally_of(activity, role, policy), day)


def tally_of(activity: Activity, role: str, policy: Policy) -> Tally:
    """A person's rows, from all their facts."""
    visits = {str(index): visit for index, visit in enumerate(activity.visits)}
    facts: dict[str | int, Fact] = dict(enumerate(activity.facts))
    return Tally(visits, facts, activity.reset_at, role, policy)


def total(tally: Tally, day: int) -> Engagement:
    """All totals of one person as of a UTC day; signals whose rows stand are not summed again on the same day."""
    tally.refresh()
    sums: dict[str, SignalTotal] = tally.sums
    if tally.sums_day != day:
        sums.clear()
        tally.sums_day = day
        stale = set(tally.rows)
    else:
        stale = tally.changed
    for signal in stale:
        found = signal_total(signal, tally.rows[signal], day, tally.policy)
        if found is not None:
            sums[signal] = found
        else:
            sums.pop(signal, None)
    tally.changed.clear()
    return _person([sums[signal] for signal in sorted(sums)], tally)


def _person(signals: list[SignalTotal], tally: Tally) -> Engagement:
    unfloored = positive = emailed = 0
    decision = consideration = strong = False
    last_day = last_at = -1
    decisive: dict[str, frozenset[int]] = {}
    for found in signals:
        unfloored += found.capped
        positive += found.positive
        emailed += found.emailed
        decision = decision or found.decision
        consideration = consideration or found.consideration
        strong = strong or found.strong
        last_day = max(last_day, found.last_day)
        last_at = max(last_at, found.last_at)
        for page, day in found.decisive:
            decisive[page] = decisive.get(page, frozenset()) | {day}
    points = min(max(unfloored, 0), tally.policy.people.person_cap)
    return Engagement(
        points, unfloored, signals, positive, emailed, decision, consideration, strong, last_day, tally.days, last_at,
        decisive,
    )  # fmt: skip


def signal_total(signal: str, rows: dict[int, Row], day: int, policy: Policy) -> SignalTotal | None:
    """What one signal gave as of a UTC day; None where no row is inside its window."""
    rule = policy.signals[signal]
    window, factors = rule.window, decay_table(rule.half_life, rule.window)
    live = [row for row_day, row in rows.items() if 0 <= day - row_day <= window and row.items]
    if not live:
        return None
    if len(live) > 1:
        live.sort(key=_day)
    found = SignalTotal(signal, live)
    for row in live:
        _add_row(found, row, factors[day - row.day])
    found.capped = max(found.best, -rule.cap) if rule.points < 0 else min(found.best, rule.cap)
    return found


def _day(row: Row) -> int:
    return row.day


def _add_row(found: SignalTotal, row: Row, factor: int) -> None:
    best = decayed(row.best, factor)
    found.raw += decayed(row.raw, factor) if row.raw != row.best else best
    found.best += best
    if best > 0:
        found.positive += best
        if row.prompted:
            found.emailed += best if row.all_prompted else decayed(row.prompted, factor)
    if row.counts:
        found.last_at = max(found.last_at, row.last_at)
        found.decision = found.decision or row.decision
        found.consideration = found.consideration or row.consideration
        found.strong = found.strong or row.strong
        if row.recent and row.day > found.last_day:
            found.last_day = row.day
        if row.decisive:
            found.decisive += tuple([(page, row.day) for page in row.decisive])


def add_boxes(boxes: Sequence[Engagement], policy: Policy) -> Engagement:
    """All shared mailboxes of an account as one person: points added, then capped once (section 4)."""
    first = boxes[0]
    if len(boxes) == 1:
        return first
    unfloored = sum(max(box.unfloored, 0) for box in boxes)
    decisive: dict[str, frozenset[int]] = {}
    for box in boxes:
        for page, days in box.decisive.items():
            decisive[page] = decisive.get(page, frozenset()) | days
    return Engagement(
        points=min(max(unfloored, 0), policy.people.person_cap),
        unfloored=unfloored,
        signals=_add_signals(boxes),
        positive=sum(box.positive for box in boxes),
        emailed=sum(box.emailed for box in boxes),
        decision=any(box.decision for box in boxes),
        consideration=any(box.consideration for box in boxes),
        strong=any(box.strong for box in boxes),
        last_day=max(box.last_day for box in boxes),
        days=frozenset().union(*(box.days for box in boxes)),
        last_at=max(box.last_at for box in boxes),
        decisive=decisive,
    )


def _add_signals(boxes: Sequence[Engagement]) -> list[SignalTotal]:
    merged: dict[str, SignalTotal] = {}
    for box in boxes:
        for total in box.signals:
            known = merged.setdefault(total.signal, SignalTotal(total.signal, []))
            known.raw += total.raw
            known.best += total.best
            known.capped += total.capped
            known.rows = [*known.rows, *total.rows]
    return [merged[signal] for signal in sorted(merged)]
