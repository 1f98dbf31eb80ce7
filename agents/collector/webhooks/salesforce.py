"""Salesforce: leads with a status, contacts and accounts, as JSON of its APIs, of a flow, or of an export."""

from collections.abc import Sequence
from typing import Final

from agents.collector.records import ACCOUNTS, CONTACTS, RawRecord, as_id, coerced
from agents.collector.segment import Arrival
from agents.collector.webhooks import crm
from agents.collector.webhooks.hook import Event, Hook, hashed, mapping, milliseconds, record, split_under
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_PERSON: Final = {
    "Email": "email",
    "Name": "name",
    "Title": "title",
    "Department": "function",
    "AccountId": "account_id",
    "Website": "account_domain",
}
_ACCOUNT: Final = {
    "Website": "account_domain",
    "Name": "name",
    "NumberOfEmployees": "employees",
    "Industry": "industry",
    "BillingCountry": "country",
    "AnnualRevenue": "revenue",
    "OwnerId": "owner",
}


def to_records(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    """One object: a disposition where it names the sales-ready event, else what is known of it now."""
    moment = milliseconds(next((event[n] for n in _TIMES if event.get(n)), arrival.received_at.isoformat()))
    if crm.tells_disposition(event):
        return crm.disposition(event, event.get("Status", event.get("status")), moment, arrival)
    kind = as_id(mapping(event.get("attributes")).get("type")) or as_id(event.get("sobject"))
    found_id = as_id(event.get("Id"))
    event_id = hashed("salesforce", kind, found_id, moment, event.get("SystemModstamp"))
    if kind == "Account":
        fields = {name: coerced(name, member) for name, member in crm.renamed(event, _ACCOUNT).items()}
        return (record(ACCOUNTS, "account", event_id, moment, arrival, account_id=found_id, **fields),)
    if kind in ("Contact", "Lead"):
        fields = crm.renamed(event, _PERSON)
        left = ["email"] if event.get("HasOptedOutOfEmail") is True else None
        made = record(
            CONTACTS, "contact", event_id, moment, arrival, contact_id=found_id, opt_outs=left, **fields
        )
        return (made,)
    raise Refusal(Reason.UNKNOWN_TYPE, "$.attributes.type")


_TIMES: Final = ("occurred_at", "LastModifiedDate", "SystemModstamp")
HOOK: Final = Hook(to_records, split_under("records"))
