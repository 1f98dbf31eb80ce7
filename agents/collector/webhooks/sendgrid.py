"""SendGrid's event webhook: an array of events, each about one mail to one person."""

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
    required,
    seconds,
    split_json,
)
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_TYPES: Final = {
    "delivered": "delivered",
    "open": "open",
    "click": "click",
    "bounce": "bounce_hard",
    "spamreport": "complaint",
    "unsubscribe": "unsubscribe",
    "group_unsubscribe": "unsubscribe",
}
_NOTHING: Final = frozenset("processed deferred dropped group_resubscribe".split())


def to_records(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    """One event. A block (`bounce` of type `blocked`) is a temporary failure and means nothing."""
    name = as_id(event.get("event"))
    if name in _NOTHING or (name == "bounce" and event.get("type") == "blocked"):
        return ()
    if name not in _TYPES:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.event")
    message = as_id(event.get("sg_message_id")).partition(".")[0]
    email, moment = required(event, "email"), seconds(event.get("timestamp"))
    event_id = as_id(event.get("sg_event_id")) or hashed(
        "sendgrid", message, name, email, moment, event.get("url")
    )
    campaign = (as_id(event.get(key)) for key in ("singlesend_id", "marketing_campaign_id", "campaign_id"))
    made = mail_record(
        _TYPES[name],
        event_id,
        moment,
        arrival,
        event,
        email=email,
        email_id=message,
        campaign_id=next(filter(None, campaign), "") or first_text(event.get("category")),
        link_id=as_id(event.get("url")),
        is_machine_open=True if event.get("sg_machine_open") is True else None,
    )
    return (made,)


HOOK: Final = Hook(
    to_records,
    split_json,
    agent=lambda event: as_id(event.get("useragent")) or None,
    address=lambda event: as_id(event.get("ip")),
)
