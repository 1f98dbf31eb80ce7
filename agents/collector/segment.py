"""Segment and RudderStack messages to raw records: a pure mapping, one item to one record or a refusal."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agents.collector import sources
from agents.collector.records import (
    ACCOUNTS,
    CONTACTS,
    FIELDS,
    TOPIC_OF_TYPE,
    WEB,
    RawRecord,
    as_id,
    coerced,
    format_time,
    parse_time,
    present,
)
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_TRACKABLE: Final = frozenset(name for name, topic in TOPIC_OF_TYPE.items() if topic in FIELDS)
_KINDS: Final = frozenset(("track", "page", "screen", "identify", "group", "alias"))
_WORD_BREAK: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s\-_.:/]+")
_MAX_ID: Final = 512
_TRAITS: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("title", "job_title", "jobTitle", "position"),
    "seniority": ("seniority",),
    "function": ("function", "department"),
    "role": ("role",),
    "channels": ("channels",),
    "opt_outs": ("opt_outs", "optOuts"),
    "account_id": ("account_id", "accountId", "groupId"),
    "account_domain": ("account_domain", "accountDomain"),
}
_COMPANY: Final[Mapping[str, tuple[str, ...]]] = {
    "account_domain": ("account_domain", "domain", "website"),
    "alt_domains": ("alt_domains",),
    "name": ("name",),
    "employees": ("employees", "employee_count", "employeeCount"),
    "industry": ("industry",),
    "country": ("country",),
    "revenue": ("revenue", "annual_revenue", "annualRevenue"),
    "technologies": ("technologies",),
    "named_account": ("named_account", "namedAccount"),
    "lifecycle": ("lifecycle",),
    **{
        name: (name,)
        for name in (
            "open_opportunity_id",
            "owner",
            "backup_owner",
            "territory_key",
            "segment",
            "funding_stage",
            "expected_deal_value",
        )
    },
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known about a request beside its items."""

    received_at: datetime
    source: str
    tenant: str = ""
    sent_at: datetime | None = None
    context: Mapping[str, Any] | None = None  # of the batch; an item's own wins
    own_hosts: tuple[str, ...] = ()


def snake_case(name: str) -> str:
    """`Webinar Attended`, `webinarAttended` and `webinar-attended` are all webinar_attended."""
    return "_".join(part for part in _WORD_BREAK.split(name.strip()) if part).lower()


def to_record(item: Mapping[str, Any], kind: str, arrival: Arrival) -> RawRecord:
    """One message as a record; `kind` is the path's where the message names none. Raises Refusal."""
    named = item.get("type")
    kind = named if isinstance(named, str) and named else kind
    if kind not in _KINDS:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.type")
    context = _context(item, arrival)
    value = _envelope(item, context, arrival)
    if kind == "identify":
        return _identify(item, context, value)
    if kind == "group":
        return _group(item, value)
    if kind == "alias":
        return _alias(item, value)
    return _act(item, kind, context, value, arrival)


def _context(item: Mapping[str, Any], arrival: Arrival) -> Mapping[str, Any]:
    own = _mapping(item.get("context"))
    return {**arrival.context, **own} if arrival.context else own


def user_agent(item: Mapping[str, Any], header: str, shared: Mapping[str, Any] | None = None) -> str | None:
    """The visitor's user agent: the message's own, else the header's where a browser sent it, else None."""
    agent = {**(shared or {}), **_mapping(item.get("context"))}.get("userAgent")
    if isinstance(agent, str) and agent:
        return agent
    return header if header.startswith("Mozilla/") else None


def address(item: Mapping[str, Any], shared: Mapping[str, Any] | None = None) -> str:
    """The visitor's network address as the message says it, or ""."""
    ip = {**(shared or {}), **_mapping(item.get("context"))}.get("ip")
    return ip if isinstance(ip, str) else ""


def occurred_at(item: Mapping[str, Any], arrival: Arrival) -> datetime | None:
    """The client's time of the act, moved by its clock's skew (receipt less sending); None if unreadable."""
    stated = next(
        (item[name] for name in ("originalTimestamp", "timestamp") if present(item.get(name))), None
    )
    if stated is None:
        return arrival.received_at
    moment = parse_time(stated)
    if moment is None:
        return None
    sent = parse_time(item["sentAt"]) if present(item.get("sentAt")) else arrival.sent_at
    if sent is None:
        return moment
    try:
        return arrival.received_at - (sent - moment)
    except OverflowError:
        return None


def _envelope(item: Mapping[str, Any], context: Mapping[str, Any], arrival: Arrival) -> dict[str, Any]:
    moment = occurred_at(item, arrival)
    if moment is None:
        raise Refusal(Reason.BAD_TIME)
    event_id = as_id(item.get("messageId")) or content_id(item, arrival)
    value: dict[str, Any] = {
        "event_id": event_id,
        "source": arrival.source,
        "schema_version": 1,
        "occurred_at": format_time(moment),
        "received_at": format_time(arrival.received_at),
    }
    if arrival.tenant:
        value["tenant_id"] = arrival.tenant
    ids = {
        "anonymous_id": as_id(item.get("anonymousId")),
        "contact_id": as_id(item.get("userId")),
        "email": _email(item, context),
        "account_id": as_id(item.get("groupId")) or as_id(context.get("groupId")),
    }
    if any(len(text) > _MAX_ID for text in (event_id, *ids.values())):
        raise Refusal(Reason.TOO_LONG, "an id")
    value.update({name: text for name, text in ids.items() if text})
    consent = _consent(context)
    if consent:
        value["consent"] = consent
    return value


def content_id(item: Mapping[str, Any], arrival: Arrival) -> str:
    """An id for a message without one: equal for the same message sent again, if it says when it happened."""
    timed = present(item.get("timestamp")) or present(item.get("originalTimestamp"))
    text = json.dumps(item, sort_keys=True, default=str) + ("" if timed else arrival.received_at.isoformat())
    return "sha256-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _email(item: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    for holder in (item.get("traits"), context.get("traits"), item.get("properties")):
        email = _mapping(holder).get("email")
        if isinstance(email, str) and email.strip():
            return email.strip()
    user = as_id(item.get("userId"))
    return user if "@" in user else ""


def _consent(context: Mapping[str, Any]) -> dict[str, str]:
    """Denied where the visitor has refused every category of the site's consent banner."""
    choices = _mapping(_mapping(context.get("consent")).get("categoryPreferences"))
    if choices and all(choice is False for choice in choices.values()):
        return {"state": "denied", "basis": "consent_banner"}
    return {}


def _act(
    item: Mapping[str, Any], kind: str, context: Mapping[str, Any], value: dict[str, Any], arrival: Arrival
) -> RawRecord:
    properties = _mapping(item.get("properties"))
    event_type = "page_view" if kind in ("page", "screen") else snake_case(as_id(item.get("event")))
    if event_type not in _TRACKABLE:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.type")
    topic = TOPIC_OF_TYPE[event_type]
    value["type"] = event_type
    _take_over(value, properties, topic)
    if topic == WEB:
        page = _mapping(context.get("page"))
        if not present(value.get("session_id")) and as_id(context.get("sessionId")):
            value["session_id"] = as_id(context.get("sessionId"))
        referrer = next(
            (h["referrer"] for h in (properties, page) if isinstance(h.get("referrer"), str)), None
        )
        sources.fill_web(value, page, context.get("campaign"), referrer, arrival.own_hosts)
    return RawRecord(topic, value)


def _take_over(value: dict[str, Any], properties: Mapping[str, Any], topic: str) -> None:
    """Properties named like fields of the record; the message's own identity is never replaced by one."""
    for name in FIELDS[topic] & properties.keys():
        member = properties[name]
        if present(member) and name not in value:
            value[name] = coerced(name, member)


def _identify(item: Mapping[str, Any], context: Mapping[str, Any], value: dict[str, Any]) -> RawRecord:
    traits = {**_mapping(context.get("traits")), **_mapping(item.get("traits"))}
    value["type"] = "contact"
    if "contact_id" not in value and "email" not in value:
        raise Refusal(Reason.MISSING_IDENTITY, "$.userId or email")
    _take_named(value, traits, _TRAITS)
    company = _mapping(traits.get("company"))
    if company:
        _take_named(value, company, {"account_id": ("id",), "account_domain": _COMPANY["account_domain"]})
    name = traits.get("name") or " ".join(
        str(traits[part]) for part in ("firstName", "lastName") if present(traits.get(part))
    )
    if isinstance(name, str) and name:
        value["name"] = name
    _clean_account(value)
    return RawRecord(CONTACTS, value)


def _group(item: Mapping[str, Any], value: dict[str, Any]) -> RawRecord:
    account_id = as_id(item.get("groupId"))
    traits = _mapping(item.get("traits"))
    # the record is about the company: whose browser told of it is no part of it
    for name in ("contact_id", "anonymous_id", "email", "account_id", "consent"):
        value.pop(name, None)
    value["type"] = "account"
    if account_id:
        value["account_id"] = account_id
    _take_named(value, traits, _COMPANY)
    if "country" not in value:
        _take_named(value, _mapping(traits.get("address")), {"country": ("country",)})
    _clean_account(value)
    return RawRecord(ACCOUNTS, value)


def _alias(item: Mapping[str, Any], value: dict[str, Any]) -> RawRecord:
    """`previousId` was anonymous until now: the same link that an identify makes."""
    previous = as_id(item.get("previousId"))
    value["type"] = "contact"
    if previous and "anonymous_id" not in value and previous != value.get("contact_id"):
        value["anonymous_id"] = previous
    if "contact_id" not in value and "email" not in value:
        raise Refusal(Reason.MISSING_IDENTITY, "$.userId or email")
    return RawRecord(CONTACTS, value)


def _take_named(
    value: dict[str, Any], traits: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]
) -> None:
    for field, aliases in names.items():
        found = next((traits[alias] for alias in aliases if present(traits.get(alias))), None)
        if found is not None and field not in value:
            value[field] = coerced(field, found)


def _clean_account(value: dict[str, Any]) -> None:
    """A website as its host, a counted number as a number, an id as text; what is unreadable is left out."""
    domain = value.pop("account_domain", None)
    if isinstance(domain, str) and (host := host_of(domain)):
        value["account_domain"] = host
    if "account_id" in value:
        account_id = as_id(value.pop("account_id"))
        if account_id and len(account_id) <= _MAX_ID:
            value["account_id"] = account_id
    for name in ("employees", "revenue", "expected_deal_value"):
        if isinstance(value.get(name), str):
            number = _number(value.pop(name))
            if number is not None:
                value[name] = number


def host_of(text: str) -> str:
    """The host of a website or a bare domain, lower case, without `www.`."""
    parts = sources.split_url(text if "//" in text else "//" + text.strip())
    host = (parts.hostname or "") if parts else ""
    return host.removeprefix("www.").rstrip(".") if "." in host else ""


def _number(text: str) -> int | float | None:
    cleaned = text.replace(",", "").replace(" ", "").replace("_", "")
    if not re.fullmatch(r"\d{1,15}(\.\d{1,4})?", cleaned):
        return None
    number = float(cleaned)
    return int(number) if number.is_integer() else number


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
