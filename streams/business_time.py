"""Working time by calendar: when something is due that is allowed so many business minutes or days.

Moments are milliseconds UTC, results too. A calendar's hours are local and half-open: at `end` the day is
over. Where the clock is put forward or back inside working hours, the minutes that exist are counted.
"""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from streams.policy_handoff import Calendar, Tier

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = 60_000
DAY = 86_400_000
HORIZON = 3_660  # days searched: a calendar of holidays only is a mistake, not an endless loop


class NoWorkingTime(ValueError):
    """The calendar has no working time within ten years of the moment."""


def is_working(at: int, calendar: Calendar) -> bool:
    """Whether the moment lies in working time."""
    start, end = _hours(_local_day(at, calendar), calendar)
    return start <= at < end and _works(_local_day(at, calendar), calendar)


def add_minutes(at: int, minutes: int, calendar: Calendar) -> int:
    """The moment when so many business minutes have passed; the end of a day, not the start of the next."""
    return _add(at, minutes * MINUTE, calendar)


def worked(start: int, end: int, calendar: Calendar) -> int:
    """Working milliseconds of [start, end)."""
    total = 0
    for opens, closes in _spans(start, calendar) if start < end else ():
        if opens >= end:
            break
        total += min(closes, end) - max(opens, start)
    return total


def end_of_business_day(at: int, calendar: Calendar, *, later: int = 0) -> int:
    """The end of the business day the moment falls in, or of one `later` business days after it.

    A moment outside working days, or after the hours of one, belongs to the next.
    """
    for _, end in _spans(at, calendar):
        if later == 0:
            return end
        later -= 1
    raise NoWorkingTime("no such business day")


def task_due(at: int, tier: Tier, calendar: Calendar) -> int:
    """When the task of a tier is due: the end of that (business) day, local."""
    if tier.task_due == "same_day":
        return _midnight(_local_day(at, calendar) + dt.timedelta(days=1), calendar)
    return end_of_business_day(at, calendar, later=int(tier.task_due == "next_business_day"))


def first_touch_due(at: int, tier: Tier, calendar: Calendar) -> int:
    """When the first touch of a tier is due; with the task where the tier names no minutes."""
    if tier.first_touch_minutes is None:
        return task_due(at, tier, calendar)
    if tier.clock == "24x7":
        return at + tier.first_touch_minutes * MINUTE
    return add_minutes(at, tier.first_touch_minutes, calendar)


def share_due(at: int, due: int, share: int, tier: Tier, calendar: Calendar) -> int:
    """When so many thousandths of the time from `at` to `due` have passed by the tier's clock."""
    if tier.clock == "24x7":
        return at + (due - at) * share // 1000
    return _add(at, worked(at, due, calendar) * share // 1000, calendar)


def _add(at: int, left: int, calendar: Calendar) -> int:
    for start, end in _spans(at, calendar):
        begin = max(start, at)
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise NoWorkingTime("the calendar has no such time")


def _spans(at: int, calendar: Calendar) -> Iterator[tuple[int, int]]:
    """Working times that end after the moment, in order."""
    first = _local_day(at, calendar)
    for offset in range(HORIZON):
        day = first + dt.timedelta(days=offset)
        start, end = _hours(day, calendar)
        if _works(day, calendar) and start < end and end > at:
            yield start, end


def _works(day: dt.date, calendar: Calendar) -> bool:
    return WEEKDAYS[day.weekday()] in calendar.days and day.isoformat() not in calendar.holidays


def _hours(day: dt.date, calendar: Calendar) -> tuple[int, int]:
    return _moment(day, calendar.start, calendar), _moment(day, calendar.end, calendar)


def _midnight(day: dt.date, calendar: Calendar) -> int:
    return _moment(day, 0, calendar)


def _moment(day: dt.date, minutes: int, calendar: Calendar) -> int:
    """A local time of day as milliseconds UTC; 24:00 is the next midnight."""
    more, rest = divmod(minutes, 1440)
    local = dt.datetime.combine(
        day + dt.timedelta(days=more), dt.time(rest // 60, rest % 60), _zone(calendar)
    )
    return int(local.timestamp()) * 1000


def _local_day(at: int, calendar: Calendar) -> dt.date:
    return dt.datetime.fromtimestamp(at // 1000, _zone(calendar)).date()


def _zone(calendar: Calendar) -> ZoneInfo:
    return ZoneInfo(calendar.timezone)
