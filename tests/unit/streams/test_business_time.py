"""Working time by calendar; 2025-01-06 is a Monday."""

import datetime as dt

import pytest

from streams.business_time import (
    NoWorkingTime,
    add_minutes,
    end_of_business_day,
    first_touch_due,
    is_working,
    share_due,
    task_due,
    worked,
)
from streams.policy import parse_policy, reference_policy
from streams.policy_handoff import Calendar

UTC9TO17 = reference_policy().sla.calendars["default"]
TIERS = reference_policy().tiers


def at(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp()) * 1000


def said(moment: int) -> str:
    return dt.datetime.fromtimestamp(moment / 1000, dt.UTC).strftime("%a %d %H:%M")


def calendar(**changes: str) -> Calendar:
    values = ", ".join(f"{key} = {value}" for key, value in changes.items())
    return parse_policy(f"[sla.calendars]\ndefault = {{ {values} }}").sla.calendars["default"]


@pytest.mark.parametrize(
    "start, minutes, due",
    [
        ("2025-01-06T10:00", 60, "Mon 06 11:00"),  # inside a day
        ("2025-01-06T16:30", 60, "Tue 07 09:30"),  # the rest is tomorrow's
        ("2025-01-06T16:00", 60, "Mon 06 17:00"),  # exactly the end of the day, not tomorrow's start
        ("2025-01-06T07:00", 60, "Mon 06 10:00"),  # before hours
        ("2025-01-06T17:00", 60, "Tue 07 10:00"),  # at the end the day is over
        ("2025-01-10T16:30", 60, "Mon 13 09:30"),  # over a weekend
        ("2025-01-11T12:00", 240, "Mon 13 13:00"),  # on a Saturday
        ("2025-01-06T09:00", 5 * 480, "Fri 10 17:00"),  # a whole week
        ("2025-01-06T20:00", 0, "Tue 07 09:00"),  # nothing to wait for but the hours
    ],
)
def test_business_minutes_pass_only_in_hours(start: str, minutes: int, due: str):
    assert said(add_minutes(at(start), minutes, UTC9TO17)) == due


def test_holidays_are_no_working_days():
    closed = calendar(holidays='["2025-01-07", "2025-01-08"]')

    assert said(add_minutes(at("2025-01-06T16:30"), 60, closed)) == "Thu 09 09:30"


def test_hours_are_local():
    """09:00 in Berlin is 08:00 UTC in winter and 07:00 UTC in summer."""
    berlin = calendar(timezone='"Europe/Berlin"')

    assert said(add_minutes(at("2025-01-06T01:00"), 30, berlin)) == "Mon 06 08:30"
    assert said(add_minutes(at("2025-07-07T01:00"), 30, berlin)) == "Mon 07 07:30"


def test_a_day_that_loses_an_hour_has_the_hours_it_has():
    """Clocks go from 02:00 to 03:00 on Sunday 2025-03-30: 00:00 to 04:00 holds three hours."""
    nights = calendar(timezone='"Europe/Berlin"', days='["sun"]', start='"00:00"', end='"04:00"')
    day = at("2025-03-29T23:00"), at("2025-03-30T22:00")

    assert worked(*day, nights) == 3 * 3_600_000


def test_a_working_day_may_end_at_midnight():
    late = calendar(start='"20:00"', end='"24:00"')

    assert said(add_minutes(at("2025-01-06T23:30"), 60, late)) == "Tue 07 20:30"


def test_the_end_of_the_business_day_is_that_of_the_next_one_after_hours():
    ends = [end_of_business_day(at(start), UTC9TO17) for start in
            ("2025-01-06T08:00", "2025-01-06T16:59", "2025-01-06T17:00", "2025-01-11T12:00")]  # fmt: skip

    assert [said(end) for end in ends] == ["Mon 06 17:00", "Mon 06 17:00", "Tue 07 17:00", "Mon 13 17:00"]


def test_five_business_days_later_is_a_week_later():
    assert said(end_of_business_day(at("2025-01-08T10:00"), UTC9TO17, later=5)) == "Wed 15 17:00"


@pytest.mark.parametrize(
    "tier, touch, task",
    [
        ("FAST", "Fri 10 22:05", "Sat 11 00:00"),  # 24x7: five minutes, the same day
        ("T1", "Mon 13 10:00", "Mon 13 17:00"),
        ("T2", "Mon 13 13:00", "Tue 14 17:00"),
        ("EARLY", "Tue 14 17:00", "Tue 14 17:00"),  # no minutes of its own: due with the task
    ],
)
def test_each_tier_has_its_clocks(tier: str, touch: str, task: str):
    friday_night = at("2025-01-10T22:00")

    assert said(first_touch_due(friday_night, TIERS[tier], UTC9TO17)) == touch
    assert said(task_due(friday_night, TIERS[tier], UTC9TO17)) == task


def test_warnings_and_escalations_keep_the_clock_of_their_tier():
    """Four business hours from Monday 15:00: 80 % is Tuesday 10:12, twice the time is Tuesday 15:00."""
    start = at("2025-01-06T15:00")
    due = first_touch_due(start, TIERS["T2"], UTC9TO17)

    assert [said(share_due(start, due, share, TIERS["T2"], UTC9TO17)) for share in (800, 1000, 2000)] == [
        "Tue 07 10:12", "Tue 07 11:00", "Tue 07 15:00",
    ]  # fmt: skip
    assert share_due(start, start + 300_000, 800, TIERS["FAST"], UTC9TO17) == start + 240_000


def test_a_calendar_without_working_days_says_so():
    never = calendar(days='["mon"]', holidays="[" + ", ".join(_mondays()) + "]")

    with pytest.raises(NoWorkingTime):
        add_minutes(at("2025-01-06T10:00"), 1, never)


def _mondays() -> list[str]:
    first = dt.date(2025, 1, 6)
    return [f'"{first + dt.timedelta(weeks=week)}"' for week in range(530)]


def test_working_time_begins_at_the_start_and_ends_before_the_end():
    moments = [
        at(text) for text in ("2025-01-06T08:59", "2025-01-06T09:00", "2025-01-06T17:00", "2025-01-05T12:00")
    ]

    assert [is_working(moment, UTC9TO17) for moment in moments] == [False, True, False, False]
