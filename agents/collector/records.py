"""What the collector hands to Kafka: raw records and dead letters with their keys.

Types and fields are read off the input records of `schemas`; a payload's property of such a name is taken
over.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, get_args

import msgspec
import orjson

from schemas.codec import INPUT_TYPES, Refusal, decode_input
from schemas.dead_letter import DEAD_LETTER_TOPIC, DeadLetter, Reason, Step
from schemas.inputs.fields import Count, Flag, Number, Percent, Score, Texts
from schemas.inputs.profiles import Channels

WEB: Final = "intent.web.v1"
EMAIL: Final = "intent.email.v1"
CONTENT: Final = "intent.content.v1"
THIRD_PARTY: Final = "intent.thirdparty.v1"
ACCOUNTS: Final = "intent.accounts.v1"
CONTACTS: Final = "intent.contacts.v1"

SIGNAL_TOPICS: Final = frozenset({WEB, EMAIL, CONTENT, THIRD_PARTY})
PROFILE_TOPICS: Final = frozenset({ACCOUNTS, CONTACTS})
CONTROL_TOPICS: Final = frozenset(INPUT_TYPES) - SIGNAL_TOPICS
# what the edge decides itself, and a payload's properties may not
_OURS: Final = frozenset(
    "event_id source occurred_at schema_version received_at tenant_id consent trace account_match".split()
)
_IDENTITY: Final = ("account_domain", "account_id", "contact_id", "email", "anonymous_id", "email_hash")


def _structs(topic: str) -> tuple[type[msgspec.Struct], ...]:
    record = INPUT_TYPES[topic]
    return get_args(record) or (record,)


def _fields(topic: str) -> dict[str, Any]:
    return {
        field.encode_name: field.type for kind in _structs(topic) for field in msgspec.structs.fields(kind)
    }


_SHARED: Final = SIGNAL_TOPICS | PROFILE_TOPICS
TOPIC_OF_TYPE: Final[dict[str, str]] = {
    str(kind.__struct_config__.tag): topic for topic in sorted(_SHARED) for kind in _structs(topic)
} | {
    "disposition": "intent.dispositions.v1",
    "erase": "intent.erase.v1",
    "policy": "intent.policy.v1",
    "taxonomy": "intent.taxonomy.v1",
}
FIELDS: Final = {topic: frozenset(_fields(topic)) - _OURS for topic in _SHARED}
_TYPED: Final = {name: kind for topic in _SHARED for name, kind in _fields(topic).items()}
NUMBERS: Final = frozenset(name for name, kind in _TYPED.items() if kind in (Number, Count, Percent, Score))
_FLAGS: Final = frozenset(name for name, kind in _TYPED.items() if kind == Flag)
_LISTS: Final = frozenset(name for name, kind in _TYPED.items() if kind in (Texts, Channels))


class Outgoing(NamedTuple):
    """One Kafka record, ready to send."""

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record for an input topic; its value still open to the marks of the edge (bot, consent)."""

    topic: str
    value: dict[str, Any]
    key: str = ""  # "" takes the first identity of the value

    def outgoing(self, prefix: str) -> Outgoing:
        """Validate and encode it. The key decides nothing but the partition. Raises Refusal."""
        if self.topic in _SHARED and not has_identity(self.value):
            raise Refusal(Reason.MISSING_IDENTITY)
        try:
            encoded = orjson.dumps(self.value)
        except (TypeError, ValueError) as error:  # a number past 64 bits, half a surrogate pair
            raise Refusal(Reason.OUT_OF_RANGE) from error
        decode_input(self.topic, encoded)
        key = self.key or record_key(self.value)
        return Outgoing(prefix + self.topic, key.encode("utf-8", "replace") if key else None, encoded)


def has_identity(value: Mapping[str, Any]) -> bool:
    """Whether a record says whose it is."""
    return any(present(value.get(name)) for name in _IDENTITY)


def record_key(value: Mapping[str, Any]) -> str:
    """account_domain, account_id, contact_id, email or anonymous_id, whichever first; "" without any."""
    for name in _IDENTITY:
        text = value.get(name)
        if isinstance(text, str) and text:
            return text
    return ""


def dead_letter(
    original: bytes, refusal: Refusal, *, prefix: str, route: str, app_id: str, now: datetime
) -> Outgoing:
    """The original bytes, untouched; `route` is the path's template and stands where a topic would."""
    letter = DeadLetter(
        reason=refusal.reason,
        step=Step.COLLECT,
        topic=route,
        partition=-1,
        offset=-1,
        key=None,
        value=original,
        detail=refusal.detail,
    )
    headers = letter.headers(app_id=app_id, failed_at_ms=int(now.timestamp() * 1000))
    return Outgoing(prefix + DEAD_LETTER_TOPIC, None, original, headers)


def format_time(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: Any) -> datetime | None:
    """An ISO 8601 text, or milliseconds since the epoch, as an aware time; without a zone it is UTC.

    None where it is neither.
    """
    try:
        if isinstance(text, str):
            moment = datetime.fromisoformat(text.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(text, int | float) and not isinstance(text, bool):
            return datetime.fromtimestamp(text / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def present(value: Any) -> bool:
    """Null and "" mean absent."""
    return value is not None and value != ""


def as_id(value: Any) -> str:
    """An id as text: numbers become decimal text, what is neither text nor a number is no id."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return ""


def from_text(name: str, text: str) -> Any:
    """A field that came as text (query, form, CSV) in its record's type; unreadable numbers stay text."""
    if name in NUMBERS:
        return _number(text)
    if name in _FLAGS:
        return text.strip().lower() in ("1", "true", "yes", "y", "on")
    if name in _LISTS:
        return [part.strip() for part in _split_list(text) if part.strip()]
    return text


def coerced(name: str, member: Any) -> Any:
    """A member of a payload in its field's type where that loses nothing: ids as numbers, numbers as text."""
    if isinstance(member, str):
        return from_text(name, member)
    if isinstance(member, int) and not isinstance(member, bool) and name not in NUMBERS | _FLAGS:
        return str(member)
    return member


def _number(text: str) -> int | float | str:
    cleaned = text.strip().removesuffix("%").replace(",", "").replace("_", "").replace(" ", "")
    try:
        number = float(cleaned)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _split_list(text: str) -> list[str]:
    for mark in (";", "|"):
        if mark in text:
            return text.split(mark)
    return text.split(",")
