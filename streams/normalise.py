"""Values of the wire as the log holds them: milliseconds UTC, integer thousandths, bounded text.

Nothing here knows a stream. What cannot be read raises Refusal with the name of the field.
"""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec

from schemas.codec import Refusal
from schemas.dead_letter import Reason

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS: Final = 86_400_000
_DATE_CHARS: Final = 10
LATEST_MS: Final = 4_102_444_800_000  # 2100-01-01; a later receipt would carry a replay's clock away
_TIE: Final = 0.499  # nearer to a half than this, the float product may have crossed it
URL_CHARS: Final = 2048

Amount = int | float | str | None  # None and "", the only text that a decoder lets through, are absent


def ms_of(moment: datetime, field: str) -> int:
    """A moment as milliseconds UTC, cut below; without an offset it is UTC. Refuses all but 1970-2099."""
    try:
        since = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) - _EPOCH
    except OverflowError:
        raise Refusal(Reason.BAD_TIME, field) from None
    found = since.days * _DAY_MS + since.seconds * 1000 + since.microseconds // 1000
    if not 0 <= found < LATEST_MS:
        raise Refusal(Reason.BAD_TIME, field)
    return found


def optional_time_ms(text: str | None, field: str) -> int | None:
    """RFC 3339 text as ms_of, None where it is absent. A date alone is its midnight: deadlines are dates."""
    if not text:
        return None
    try:
        moment = msgspec.convert(text + "T00:00:00Z" if len(text) == _DATE_CHARS else text, datetime)
    except msgspec.ValidationError:
        raise Refusal(Reason.BAD_TIME, field) from None
    return ms_of(moment, field)


def thousandths(value: int | float) -> int:
    """1000 x value, rounded half-even on the decimal digits as written (0.7995 is a tie)."""
    if isinstance(value, int):
        return value * 1000
    scaled = value * 1000
    nearest = round(scaled)
    if -_TIE < scaled - nearest < _TIE:
        return nearest
    return int((Decimal(repr(value)) * 1000).to_integral_value(ROUND_HALF_EVEN))


def optional_thousandths(value: Amount) -> int | None:
    """As thousandths; None where the value is absent."""
    if value is None or isinstance(value, str):
        return None
    return thousandths(value)


def whole(value: Amount, field: str, least: int = 0) -> int | None:
    """A whole number, also one written 3.0; None where it is absent. Refuses 3.5 and less than `least`."""
    if value is None or isinstance(value, str):
        return None
    found = int(value)
    if found != value:
        raise Refusal(Reason.WRONG_TYPE, field)
    if found < least:
        raise Refusal(Reason.OUT_OF_RANGE, field)
    return found


def rounded(value: Amount) -> int | None:
    """An amount to whole units, half-even; None where it is absent."""
    return None if value is None or isinstance(value, str) else round(value)


def listed(text: str | None, values: frozenset[str], other: str) -> str:
    """The text if the list holds it, `other` if it does not, "" where it is absent."""
    if not text:
        return ""
    return text if text in values else other


def word(text: str | None) -> str | None:
    """A word of an open list: lower case, trimmed, spaces and dashes as underscores. None: absent."""
    if not text:
        return None
    return text.strip().lower().replace(" ", "_").replace("-", "_") or None


def lower(text: str | None) -> str | None:
    """Lower case and trimmed; None where it is absent."""
    return (text.strip().lower() or None) if text else None


def upper(text: str | None) -> str | None:
    """Upper case and trimmed; None where it is absent."""
    return (text.strip().upper() or None) if text else None
