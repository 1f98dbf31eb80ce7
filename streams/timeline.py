"""Event time as integers: milliseconds UTC and UTC days since the epoch; text only at the edge."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def day_of(at: int) -> int:
    """UTC day (days since the epoch) of a moment in milliseconds."""
    return at // DAY


def next_midnight(at: int) -> int:
    """The first 00:00 UTC after a moment, milliseconds."""
    return (at // DAY + 1) * DAY


def minute_at_or_after(at: int) -> int:
    """The first full minute at or after a moment, milliseconds."""
    return -(-at // MINUTE) * MINUTE


def minute_after(at: int) -> int:
    """The first full minute strictly after a moment, milliseconds."""
    return (at // MINUTE + 1) * MINUTE


def iso_week(at: int) -> tuple[int, int]:
    """ISO year and week of a moment."""
    calendar = (_EPOCH + timedelta(milliseconds=at)).isocalendar()
    return calendar.year, calendar.week


@lru_cache(maxsize=1 << 15)  # the same acts are written again and again
def iso_text(at: int) -> str:
    """RFC 3339 text in UTC with milliseconds, e.g. 2026-03-19T23:00:00.000Z."""
    day, rest = divmod(at, DAY)
    minutes, rest = divmod(rest, MINUTE)
    seconds, milli = divmod(rest, SECOND)
    return f"{day_text(day)}T{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{milli:03d}Z"


@lru_cache(maxsize=4096)
def day_text(day: int) -> str:
    """ISO date of a UTC day."""
    return (_EPOCH + timedelta(days=day)).date().isoformat()
