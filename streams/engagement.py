"""One person's points with every cap as a line, and whether they are engaged (scoring.md sections 1, 3 and 4)."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

import msgspec

from streams.contributions import Activity, Contribution, contributions
from streams.decay import decay_table, decayed
from streams.policy import Policy

_MAGNITUDE: Final = attrgetter("points", "id")


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
    """All of one person's totals as of a UTC day."""
    items = contributions(activity, role, policy)
    by_signal: dict[str, list[Contribution]] = {}
    for item in items:
        if item.at >= activity.reset_at:
            by_signal.setdefault(item.signal, []).append(item)
    person = Engagement(0, 0, [], 0, 0, False, False, False, -1, frozenset(), -1, {})
    for signal in sorted(by_signal):
        total = _signal_total(signal, by_signal[signal], day, policy, person)
        if total is not None:
            person.signals.append(total)
            person.unfloored += total.capped
    person.points = min(max(person.unfloored, 0), policy.people.person_cap)
    _person_days(person, items, policy)
    _act_now_days(person, activity, items, policy)
    return person


def _signal_total(
    signal: str, items: list[Contribution], day: int, policy: Policy, person: Engagement
) -> SignalTotal | None:
    rule = policy.signals[signal]
    inside = [item for item in items if 0 <= day - item.day <= rule.window]
    if not inside:
        return None
    rows: dict[int, list[Contribution]] = {}
    for item in inside:
        rows.setdefault(item.day, []).append(item)
    factors = decay_table(rule.half_life, rule.window)
    total = SignalTotal(signal, 0, 0, 0, [])
    for row_day in sorted(rows):
        _add_row(total, rows[row_day], factors[day - row_day], rule.per_day, person)
    total.capped = max(total.best, -rule.cap) if rule.points < 0 else min(total.best, rule.cap)
    _mark(person, inside, policy)
    return total


def _add_row(total: SignalTotal, row: list[Contribution], factor: int, per_day: int, person: Engagement) -> None:
    if len(row) > 1:
        row.sort(key=lambda item: (-abs(item.points), item.id))
    counted = row[:per_day] if per_day else row
    best = decayed(sum(item.points for item in counted), factor)
    total.raw += decayed(sum(item.points for item in row), factor) if len(row) > len(counted) else best
    total.best += best
    total.items += row
    if best > 0:
        person.positive += best
        prompted = sum(item.points for item in counted if item.email)
        if prompted:
            person.emailed += best if all(item.email for item in counted) else decayed(prompted, factor)


def _mark(person: Engagement, inside: Iterable[Contribution], policy: Policy) -> None:
    """What the counting contributions of one signal say about stage, strength and recency."""
    people = policy.people
    for item in inside:
        if item.points <= 0:
            continue
        person.last_at = max(person.last_at, item.at)
        if item.stage == "decision":
            person.decision = True
        elif item.stage == "consideration":
            person.consideration = True
        if item.base >= people.engaged_base:
            person.strong = True
        if item.base >= people.recent_base and item.day > person.last_day:
            person.last_day = item.day


def _person_days(person: Engagement, items: Sequence[Contribution], policy: Policy) -> None:
    least = policy.people.recent_base
    person.days = frozenset(
        item.day for item in items if item.points > 0 and item.base >= least and item.signal != "web.return_direct"
    )


def _act_now_days(person: Engagement, activity: Activity, items: Sequence[Contribution], policy: Policy) -> None:
    """Days with a non-skim visit to a decisive page, or enough of a demo video (section 8)."""
    days: dict[str, set[int]] = {}
    for item in items:
        if item.points <= 0 or item.at < activity.reset_at:
            continue
        if item.signal == "content.demo_video":
            days.setdefault(f"video:{item.label}", set()).add(item.day)
        elif item.label in policy.act_now.pages and item.signal.startswith("web."):
            days.setdefault(item.label, set()).add(item.day)
    person.decisive = {page: frozenset(found) for page, found in days.items()}


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
