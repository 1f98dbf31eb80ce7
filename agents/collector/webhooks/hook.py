"""What a vendor's module is made of, and what they share: times, ids, records."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from agents.collector.body import parse_item, parse_json, parse_object
from agents.collector.records import (
    EMAIL,
    FIELDS,
    RawRecord,
    as_id,
    coerced,
    format_time,
    parse_time,
    present,
)
from agents.collector.segment import Arrival
from schemas.codec import Refusal
from schemas.dead_letter import Reason

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hook:
    """One vendor: how its body falls into events, and what one event means.

    An event that means nothing here (a mail that was queued) has no records; one that should and does not
    raises Refusal.
    """

    to_records: Callable[[Event, Arrival], Sequence[RawRecord]]
    split: Callable[[bytes, str], list[tuple[bytes, Event | None]]]
    agent: Callable[[Event], str | None] = lambda _: None  # the person's user agent; None: not told
    address: Callable[[Event], str] = lambda _: ""


def split_json(body: bytes, content_type: str) -> list[tuple[bytes, Event | None]]:
    """The items of an array, or the one object, form or multipart. Raises Refused."""
    if body.lstrip()[:1] == b"[":
        raws = [bytes(raw) for raw in parse_json(body, list[msgspec.Raw])]
        return [(raw, parse_item(raw)) for raw in raws]
    return [(body, parse_object(body, content_type))]


def split_under(*names: str) -> Callable[[bytes, str], list[tuple[bytes, Event | None]]]:
    """As `split_json`, or the list that one of `names` holds in the object."""

    def split(body: bytes, content_type: str) -> list[tuple[bytes, Event | None]]:
        if body.lstrip()[:1] == b"{":
            members = parse_json(body, dict[str, msgspec.Raw])
            held = next((bytes(members[name]) for name in names if name in members), b"")
            if held.lstrip()[:1] == b"[":
                return split_json(held, content_type)
        return split_json(body, content_type)

    return split


def mapping(value: Any) -> Mapping[str, Any]:
    """An object, or an empty one in its place."""
    return value if isinstance(value, Mapping) else {}


def seconds(value: Any) -> datetime:
    """Seconds since the epoch, as a number or its text, or an ISO 8601 text. Raises Refusal(bad_time)."""
    try:
        number = (
            float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
        )
    except ValueError:
        number = None
    try:
        moment = parse_time(value) if number is None else datetime.fromtimestamp(number, UTC)
    except (ValueError, OverflowError, OSError):
        moment = None
    if moment is None:
        raise Refusal(Reason.BAD_TIME)
    return moment


def milliseconds(value: Any) -> datetime:
    """Milliseconds since the epoch, as a number or its text, or an ISO 8601 text. Raises Refusal(bad_time)."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 20:
        value = int(value)
    moment = parse_time(value)
    if moment is None:
        raise Refusal(Reason.BAD_TIME)
    return moment


def hashed(*parts: Any) -> str:
    """An id of events that have none: equal for the same event sent again."""
    text = "\x1f".join(str(part) for part in parts)
    return "hook-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def record(
    topic: str, kind: str, event_id: str, moment: datetime, arrival: Arrival, **more: Any
) -> RawRecord:
    """A record of a vendor's event; members that are absent are left out."""
    value: dict[str, Any] = {
        "event_id": event_id,
        "source": arrival.source,
        "type": kind,
        "schema_version": 1,
        "occurred_at": format_time(moment),
        "received_at": format_time(arrival.received_at),
    }
    if arrival.tenant:
        value["tenant_id"] = arrival.tenant
    value |= {name: member for name, member in more.items() if present(member)}
    return RawRecord(topic, value)


def mail_record(
    kind: str, event_id: str, moment: datetime, arrival: Arrival, extra: Event, **more: Any
) -> RawRecord:
    """An e-mail record; `extra` are the sender's own variables, taken where they are named like its fields."""
    made = record(EMAIL, kind, event_id, moment, arrival, **more)
    link = made.value.get("link_id")
    if isinstance(link, str) and len(link) > 500:
        made.value["link_id"] = hashed(link)
    for name in (FIELDS[EMAIL] - {"is_bot", "bot_reason"}) & extra.keys():
        if present(extra[name]) and name not in made.value:
            made.value[name] = coerced(name, extra[name])
    return made


def first_text(value: Any) -> str:
    """A text, or the first of a list of texts."""
    if isinstance(value, list):
        value = next(iter(value), "")
    return as_id(value)


def required(event: Event, *names: str) -> str:
    """The first of the members that is an id. Raises Refusal(missing_field)."""
    found = next((as_id(event[name]) for name in names if as_id(event.get(name))), "")
    if not found:
        raise Refusal(Reason.MISSING_FIELD, f"$.{names[0]}")
    return found
