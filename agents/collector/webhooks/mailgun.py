"""Mailgun's webhooks: one event a request, beside the signature of its token."""

from collections.abc import Sequence
from typing import Final

from agents.collector.records import RawRecord, as_id
from agents.collector.segment import Arrival
from agents.collector.webhooks.hook import (
    Event,
    Hook,
    first_text,
    hashed,
    mail_record,
    mapping,
    required,
    seconds,
    split_json,
)
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_TYPES: Final = {
    "delivered": "delivered",
    "opened": "open",
    "clicked": "click",
    "failed": "bounce_hard",
    "complained": "complaint",
    "unsubscribed": "unsubscribe",
}
_NOTHING: Final = frozenset("accepted rejected stored".split())


def to_records(payload: Event, arrival: Arrival) -> Sequence[RawRecord]:
    """One event. A temporary failure means nothing; Mailgun marks machines in `client-info`."""
    event = mapping(payload.get("event-data"))
    name = as_id(event.get("event"))
    if name in _NOTHING or (name == "failed" and event.get("severity") == "temporary"):
        return ()
    if name not in _TYPES:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.event-data.event")
    message = as_id(mapping(mapping(event.get("message")).get("headers")).get("message-id"))
    email, moment = required(event, "recipient"), seconds(event.get("timestamp"))
    event_id = as_id(event.get("id")) or hashed("mailgun", message, name, email, moment, event.get("url"))
    campaigns = event.get("campaigns")
    campaign = as_id(mapping(campaigns[0]).get("id")) if isinstance(campaigns, list) and campaigns else ""
    machine = bool(_client(payload).get("bot"))
    made = mail_record(
        _TYPES[name],
        event_id,
        moment,
        arrival,
        mapping(event.get("user-variables")),
        email=email,
        email_id=message,
        campaign_id=campaign or first_text(event.get("tags")),
        link_id=as_id(event.get("url")),
        is_machine_open=True if machine and name == "opened" else None,
        is_bot_click=True if machine and name == "clicked" else None,
    )
    return (made,)


def _client(payload: Event) -> Event:
    return mapping(mapping(payload.get("event-data")).get("client-info"))


HOOK: Final = Hook(
    to_records,
    split_json,
    agent=lambda payload: as_id(_client(payload).get("user-agent")) or None,
    address=lambda payload: as_id(mapping(payload.get("event-data")).get("ip")),
)
