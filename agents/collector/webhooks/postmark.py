"""Postmark's webhooks: one object a request, without an id of its own."""

from collections.abc import Sequence
from typing import Final

from agents.collector.records import RawRecord, as_id
from agents.collector.segment import Arrival
from agents.collector.webhooks.hook import (
    Event,
    Hook,
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
    "Delivery": ("delivered", "DeliveredAt"),
    "Open": ("open", "ReceivedAt"),
    "Click": ("click", "ReceivedAt"),
    "SpamComplaint": ("complaint", "BouncedAt"),
}
_HARD: Final = frozenset(("HardBounce", "BadEmailAddress", "ManuallyDeactivated"))
_SUPPRESSED: Final = {"HardBounce": "bounce_hard", "SpamComplaint": "complaint"}


def to_records(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    """One record; a soft bounce and a new subscription mean nothing."""
    kind, time_name = _kind(event)
    if not kind:
        return ()
    email, moment = required(event, "Recipient", "Email"), seconds(event.get(time_name))
    message, link = as_id(event.get("MessageID")), as_id(event.get("OriginalLink"))
    made = mail_record(
        kind,
        hashed("postmark", message, kind, email, event.get(time_name), link),
        moment,
        arrival,
        mapping(event.get("Metadata")),
        email=email,
        email_id=message,
        campaign_id=as_id(event.get("Tag")),
        link_id=link,
    )
    return (made,)


def _kind(event: Event) -> tuple[str, str]:
    """(our type, the member that has its time); an empty type where it means nothing. Raises Refusal."""
    name = as_id(event.get("RecordType"))
    if name in _TYPES:
        return _TYPES[name]
    if name == "Bounce":
        return ("bounce_hard" if event.get("Type") in _HARD else ""), "BouncedAt"
    if name == "SubscriptionChange":
        kind = _SUPPRESSED.get(as_id(event.get("SuppressionReason")), "unsubscribe")
        return (kind if event.get("SuppressSending") is True else ""), "ChangedAt"
    raise Refusal(Reason.UNKNOWN_TYPE, "$.RecordType")


HOOK: Final = Hook(
    to_records,
    split_json,
    agent=lambda event: as_id(event.get("UserAgent")) or None,
    address=lambda event: as_id(mapping(event.get("Geo")).get("IP")),
)
