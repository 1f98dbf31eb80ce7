"""One person's points with every cap as a line, and whether they are engaged (scoring.md sections 1, 3 and 4)."""

from collections.abc import Sequence

import msgspec

from streams.contributions import Activity, Contribution
from streams.decay import decay_table, decayed
from streams.ledger import Fact
from streams.policy import Policy
from streams.tally import Row, Tally


class SignalTotal(msgspec.Struct, gc=False):
    """What one signal gave one person as of a day: milli-points at each step of the order of caps."""

    signal: str
    raw: int  # all contributions, decayed
    best: int  # the best N of each day, decayed
    capped: int  # after the window cap
    items: list[Contribution]  # inside the window, those that count first


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
    """All totals of one person as of a UTC day, from their rows."""
    tally.refresh()
    policy = tally.policy
    person = Engagement(0, 0, [], 0, 0, False, False, False, -1, frozenset(), -1, {})
    person_days: set[int] = set()
    for signal in sorted(tally.rows):
        rows = tally.rows[signal]
        person_days.update([row_day for row_day, row in rows.items() if row.person_day])
        found = _signal_total(signal, rows, day, policy, person)
        if found is not None:
            person.signals.append(found)
            person.unfloored += found.capped
    person.points = min(max(person.unfloored, 0), policy.people.person_cap)
    person.days = frozenset(person_days)
    return person


def _signal_total(
    signal: str, rows: dict[int, Row], day: int, policy: Policy, person: Engagement
) -> SignalTotal | None:
    rule = policy.signals[signal]
    factors = decay_table(rule.half_life, rule.window)
    found: SignalTotal | None = None
    for row_day in sorted(rows):
        age, row = day - row_day, rows[row_day]
        if not 0 <= age <= rule.window or not row.items:
            continue
        found = found or SignalTotal(signal, 0, 0, 0, [])
        _add_row(found, row, factors[age], person)
        if row.counts:
            _mark(person, row, row_day)
    if found is not None:
        found.capped = max(found.best, -rule.cap) if rule.points < 0 else min(found.best, rule.cap)
    return found


def _add_row(found: SignalTotal, row: Row, factor: int, person: Engagement) -> None:
    best = decayed(row.best, factor)
    found.raw += decayed(row.raw, factor) if row.raw != row.best else best
    found.best += best
    found.items += row.items
    if best > 0:
        person.positive += best
        if row.prompted:
            person.emailed += best if row.all_prompted else decayed(row.prompted, factor)


def _mark(person: Engagement, row: Row, row_day: int) -> None:
    """What the counting contributions of one row say about stage, strength, recency and act-now."""
    person.last_at = max(person.last_at, row.last_at)
    person.decision = person.decision or row.decision
    person.consideration = person.consideration or row.consideration
    person.strong = person.strong or row.strong
    if row.recent and row_day > person.last_day:
        person.last_day = row_day
    for page in row.decisive:
        person.decisive[page] = person.decisive.get(page, frozenset()) | {row_day}


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
            known = merged.setdefault(total.signal, SignalTotal(total.signal, 0, 0, 0, []))
            known.raw += total.raw
            known.best += total.best
            known.capped += total.capped
            known.items += total.items
    return [merged[signal] for signal in sorted(merged)]
