"""The deadlines of a hand-off and who is told when they pass (scoring.md section 7, SLA events)."""

from functools import lru_cache
from typing import Final, NamedTuple

from schemas.signal import Disposition
from streams.account import Account, Alert, field
from streams.business_time import end_of_business_day, first_touch_due, share_due, task_due
from streams.policy import Policy
from streams.policy_handoff import Calendar, Tier

TOUCHED: Final = frozenset(
    {
        "contacted", "meeting_set", "converted_sql", "opportunity_created", "closed_won", "closed_lost",
        "rejected", "recycled",
    }
)  # fmt: skip
_ENDED: Final = TOUCHED - {"contacted"}
_KEPT: Final = 20
_share_due = lru_cache(maxsize=4096)(share_due)  # the same clocks are looked at in every evaluation


class Reminder(NamedTuple):
    """One SLA event: which clock, how far, of which alert, and when the deadline was."""

    clock: str  # first_touch or followup
    level: str  # warn, breach or escalate
    alert: Alert
    due: int


def tier_of(name: str, policy: Policy) -> Tier:
    """The clocks of a tier by its name, early notices too."""
    return policy.tiers[name.upper()]


def calendar_of(account: Account, policy: Policy) -> Calendar:
    """The working hours of the account's territory."""
    return policy.sla.calendar_of(str(field(account, "territory_key") or ""))


def start_clock(account: Account, sales_ready_id: str, tier: str, now: int, policy: Policy) -> None:
    """Start the clocks of one alert; a hand-off of the same account never stops an older clock."""
    alert = deadlines(account, sales_ready_id, tier, now, policy)
    account.machine.alerts = [*account.machine.alerts, alert][-_KEPT:]


def deadlines(account: Account, sales_ready_id: str, tier: str, now: int, policy: Policy) -> Alert:
    """When each step is due for a hand-off at a moment; starts nothing."""
    rule, calendar = tier_of(tier, policy), calendar_of(account, policy)
    due = first_touch_due(now, rule, calendar)
    followup = end_of_business_day(now, calendar, later=policy.sla.followup_business_days)
    return Alert(sales_ready_id, tier, now, due, task_due(now, rule, calendar), followup)


def starts_clock(kind: str, reason: str | None) -> bool:
    """Whether a record asks sales to act anew: an opening, a hand-raise, a rise or a qualification."""
    return kind == "opened" or (kind == "updated" and reason not in ("new_role", "score_rise"))


def stop_clocks(account: Account) -> None:
    """No clock runs on: the alerts were taken back."""
    account.machine.alerts = []


def take_touch(account: Account, record: Disposition) -> list[Alert]:
    """A disposition that shows a touch stops the first clock; three touches or an end stop the second.

    Returns the alerts whose first touch this is, as far as was said before.
    """
    first = []
    touched = record.first_touch_at if record.first_touch_at is not None else record.at
    for alert in _meant(account, record):
        if record.status in TOUCHED or record.first_touch_at is not None:
            alert.touches += 1
            if alert.touched_at < 0:
                first.append(alert)
            alert.touched_at = touched if alert.touched_at < 0 else min(alert.touched_at, touched)
        if record.status in _ENDED:
            alert.followed_at = record.at
    return first


def _meant(account: Account, record: Disposition) -> list[Alert]:
    """The alert a disposition names; all that had gone out where it names the latest, or a mere update."""
    machine, name = account.machine, record.sales_ready_id
    named = [alert for alert in machine.alerts if alert.sales_ready_id == name]
    if named or (name != "latest" and name not in machine.ids):
        return named
    return [alert for alert in machine.alerts if alert.handed_off_at <= record.at]


def reminders(account: Account, now: int, policy: Policy) -> list[Reminder]:
    """What is due to be said at a tick; each level of each clock once."""
    said: list[Reminder] = []
    for alert in account.machine.alerts:
        for clock, level, at, due in _levels(account, alert, policy):
            if at <= now:
                alert.said.append(f"{clock}:{level}")
                said.append(Reminder(clock, level, alert, due))
    account.machine.alerts = [alert for alert in account.machine.alerts if _levels(account, alert, policy)]
    return said


def next_reminder(account: Account, policy: Policy) -> int:
    """When the next level of any clock is reached, ms; -1 for none."""
    times = [at for alert in account.machine.alerts for _, _, at, _ in _levels(account, alert, policy)]
    return min(times) if times else -1


def _levels(account: Account, alert: Alert, policy: Policy) -> list[tuple[str, str, int, int]]:
    """The levels of an alert still to come: clock, level, when, deadline."""
    sla, calendar, tier = policy.sla, calendar_of(account, policy), tier_of(alert.tier, policy)
    clocks = []
    if alert.touched_at < 0:
        clocks.append(("first_touch", alert.first_touch_due, tier))
    if alert.followed_at < 0 and alert.touches < sla.followup_touches:
        clocks.append(("followup", alert.followup_due, policy.tiers["T2"]))
    levels = []
    for clock, due, rule in clocks:
        for level, share in (("warn", sla.warn), ("breach", sla.breach), ("escalate", sla.escalate)):
            if f"{clock}:{level}" not in alert.said:
                levels.append(
                    (clock, level, _share_due(alert.handed_off_at, due, share, rule, calendar), due)
                )
    return levels
