"""Laws of working time."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from streams.business_time import MINUTE, add_minutes, is_working, worked
from streams.policy_handoff import Calendar

START = int(dt.datetime(2025, 1, 1, tzinfo=dt.UTC).timestamp()) * 1000
moments = st.integers(0, 400 * 1440 * 60).map(lambda second: START + second * 1000)
spans = st.integers(0, 6000)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    start = draw(st.integers(0, 1380))
    return Calendar(
        timezone=draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])),
        days=tuple(draw(st.sets(st.sampled_from(DAYS), min_size=1))),
        start=start,
        end=draw(st.integers(start + 30, 1440)),
        holidays=tuple(draw(st.sets(st.sampled_from([f"2025-{m:02d}-15" for m in range(1, 13)])))),
    )


@given(moments, spans, calendars())
def test_what_is_added_is_what_was_worked(at: int, minutes: int, calendar: Calendar):
    due = add_minutes(at, minutes, calendar)

    assert worked(at, due, calendar) == minutes * MINUTE


@given(moments, spans, spans, calendars())
def test_adding_twice_is_adding_the_sum(at: int, one: int, other: int, calendar: Calendar):
    twice = add_minutes(add_minutes(at, one, calendar), other + 1, calendar)

    assert twice == add_minutes(at, one + other + 1, calendar)


@given(moments, spans, calendars())
def test_nothing_is_due_outside_working_time(at: int, minutes: int, calendar: Calendar):
    due = add_minutes(at, minutes + 1, calendar)

    assert is_working(due - 1, calendar)


@given(moments, moments, spans, calendars())
def test_what_comes_later_is_not_due_earlier(one: int, other: int, minutes: int, calendar: Calendar):
    first, second = sorted((one, other))

    assert add_minutes(first, minutes, calendar) <= add_minutes(second, minutes, calendar)
