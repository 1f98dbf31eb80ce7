"""HubSpot: changes of contacts and companies, lead statuses, and marketing e-mail events."""

from collections.abc import Sequence
from typing import Any, Final

from agents.collector.records import ACCOUNTS, CONTACTS, RawRecord, as_id, coerced
from agents.collector.segment import Arrival, host_of
from agents.collector.webhooks import crm
from agents.collector.webhooks.hook import (
    Event,
    Hook,
    hashed,
    mail_record,
    milliseconds,
    record,
    required,
    split_under,
)
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_CONTACT: Final = {
    "email": "email",
    "jobtitle": "title",
    "hs_seniority": "seniority",
    "job_function": "function",
    "associatedcompanyid": "account_id",
}
_COMPANY: Final = {
    "domain": "account_domain",
    "website": "account_domain",
    "name": "name",
    "numberofemployees": "employees",
    "industry": "industry",
    "country": "country",
    "annualrevenue": "revenue",
    "hubspot_owner_id": "owner",
}
_LIFECYCLE: Final = {"customer": "customer", "evangelist": "customer", "opportunity": "open_opp"}
_MAIL: Final = {
    "DELIVERED": "delivered",
    "OPEN": "open",
    "CLICK": "click",
    "SPAMREPORT": "complaint",
    "BOUNCE": "bounce_hard",
}
_MAIL_NOTHING: Final = frozenset("SENT PROCESSED DEFERRED DROPPED PRINT MTA_DROPPED STATUSCHANGE".split())


def to_records(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    """One change. A property that no record has means nothing; `attemptNumber` is no part of the id."""
    if "recipient" in event and "type" in event:
        return _mail(event, arrival)
    kind, _, change = as_id(event.get("subscriptionType")).partition(".")
    if crm.tells_disposition(event):
        moment = milliseconds(event.get("occurredAt"))
        return crm.disposition(event, event.get("propertyValue", event.get("status")), moment, arrival)
    if kind not in ("contact", "company") or not change:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.subscriptionType")
    if change != "propertyChange":
        return ()
    return _contact(event, arrival) if kind == "contact" else _company(event, arrival)


def _base(event: Event, arrival: Arrival, topic: str, **more: Any) -> tuple[RawRecord, ...]:
    kind = "contact" if topic == CONTACTS else "account"
    moment = milliseconds(event.get("occurredAt"))
    portal, event_id = as_id(event.get("portalId")), as_id(event.get("eventId"))
    object_id, name = as_id(event.get("objectId")), as_id(event.get("propertyName"))
    found = f"{portal}-{event_id}" if event_id else hashed("hubspot", portal, object_id, name, moment)
    return (record(topic, kind, found, moment, arrival, **more),)


def _contact(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    name, value = as_id(event.get("propertyName")), as_id(event.get("propertyValue"))
    contact = required(event, "objectId")
    if name == "hs_lead_status":  # whose sales-ready event? a workflow has to say
        raise Refusal(Reason.MISSING_FIELD, "$.sales_ready_id")
    if name in ("hs_email_optout", "hs_marketable_status") and value in ("true", "false"):
        left = (value == "true") == (name == "hs_email_optout")
        return _base(event, arrival, CONTACTS, contact_id=contact, opt_outs=["email"] if left else None)
    if name not in _CONTACT or not value:
        return ()
    return _base(event, arrival, CONTACTS, contact_id=contact, **{_CONTACT[name]: value})


def _company(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    name, value = as_id(event.get("propertyName")), as_id(event.get("propertyValue"))
    account = required(event, "objectId")
    if name == "lifecyclestage":
        stage = _LIFECYCLE.get(value, "prospect")
        return _base(event, arrival, ACCOUNTS, account_id=account, lifecycle=stage)
    if name not in _COMPANY or not value:
        return ()
    field = _COMPANY[name]
    member = host_of(value) if field == "account_domain" else coerced(field, value)
    return _base(event, arrival, ACCOUNTS, **{"account_id": account, field: member})


def _mail(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    """An event of HubSpot's e-mail events API; `filteredEvent` is its mark of a machine."""
    name = as_id(event.get("type"))
    if name in _MAIL_NOTHING:
        return ()
    if name not in _MAIL:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.type")
    machine = True if event.get("filteredEvent") is True else None
    made = mail_record(
        _MAIL[name],
        required(event, "id"),
        milliseconds(event.get("created")),
        arrival,
        {},
        email=required(event, "recipient"),
        email_id=as_id(event.get("emailCampaignId")),
        campaign_id=as_id(event.get("emailCampaignGroupId")) or as_id(event.get("emailCampaignId")),
        link_id=as_id(event.get("url")),
        is_machine_open=machine if name == "OPEN" else None,
        is_bot_click=machine if name == "CLICK" else None,
    )
    return (made,)


HOOK: Final = Hook(
    to_records, split_under("events"), agent=lambda event: as_id(event.get("userAgent")) or None
)
