"""What CRMs say in their own words: statuses as dispositions, members as fields of accounts and contacts.

HubSpot's internal codes of `hs_lead_status`, Salesforce's default `Lead.Status`, and our own names.
"""

from datetime import datetime
from typing import Any, Final

from agents.collector.records import RawRecord, as_id, present
from agents.collector.segment import Arrival, host_of, snake_case
from agents.collector.webhooks.hook import Event, hashed, record, required
from schemas.codec import Refusal
from schemas.dead_letter import Reason
from schemas.disposition import REASONS, STATUSES

DISPOSITIONS: Final = "intent.dispositions.v1"
_STATUS: Final = {
    "open": "accepted",
    "in_progress": "working",
    "attempted_to_contact": "working",
    "connected": "contacted",
    "unqualified": "rejected",
    "bad_timing": "recycled",
    "open_deal": "opportunity_created",
    "working_contacted": "contacted",
    "closed_converted": "converted_sql",
    "closed_not_converted": "rejected",
    "qualified": "converted_sql",
    "nurturing": "recycled",
} | {status: status for status in STATUSES}
_UNTOUCHED: Final = frozenset(("new", "open_not_contacted", ""))  # nobody has done anything yet
_REASON_OF: Final = {"bad_timing": "bad_timing"}
_IDS: Final = ("sales_ready_id", "salesReadyId", "Sales_Ready_Id__c", "Intent_Sales_Ready_Id__c")
_ACCOUNTS: Final = ("account_id", "accountId", "AccountId", "ConvertedAccountId", "associatedcompanyid")


def tells_disposition(event: Event) -> bool:
    """Whether the event is about one of our sales-ready events."""
    return any(as_id(event.get(name)) for name in _IDS)


def disposition(event: Event, status: Any, moment: datetime, arrival: Arrival) -> tuple[RawRecord, ...]:
    """A status of the CRM as a disposition; none while nobody has touched the lead. Raises Refusal."""
    said = snake_case(as_id(status))
    if said in _UNTOUCHED:
        return ()
    if said not in _STATUS:
        raise Refusal(Reason.UNLISTED_VALUE, "$.status")
    ready = required(event, *_IDS)
    reason = _first(event, "reason", "Reason__c", "Rejection_Reason__c", "hs_lead_status_reason")
    reason = snake_case(reason) or _REASON_OF.get(said, "")
    made = record(
        DISPOSITIONS,
        "disposition",
        as_id(event.get("event_id")) or hashed("disposition", ready, said, reason, moment),
        moment,
        arrival,
        sales_ready_id=ready,
        account_id=_first(event, *_ACCOUNTS),
        account_domain=host_of(_first(event, "account_domain", "domain", "Website")),
        status=_STATUS[said],
        reason=reason if reason in REASONS or not reason else "other",
        note=_first(event, "note", "Note__c") or (reason if reason not in REASONS else ""),
        actor_id=_first(event, "actor_id", "OwnerId", "hubspot_owner_id"),
        opportunity_id=_first(event, "opportunity_id", "ConvertedOpportunityId"),
        amount=event.get("amount", event.get("Amount")),
        currency=_first(event, "currency", "CurrencyIsoCode"),
        first_touch_at=_first(event, "first_touch_at"),
    )
    return (made,)


def _first(event: Event, *names: str) -> str:
    return next((as_id(event[name]) for name in names if as_id(event.get(name))), "")


def renamed(event: Event, names: dict[str, str]) -> dict[str, Any]:
    """The members that have a name here, under it; a website as its host."""
    found = {ours: event[theirs] for theirs, ours in names.items() if present(event.get(theirs))}
    if "account_domain" in found:
        found["account_domain"] = host_of(as_id(found["account_domain"]))
    return found
