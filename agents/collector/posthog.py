"""PostHog's capture format: each event as a message in Segment's shape.

A browser's distinct_id is the visitor's own until `$identify`; a server's is the person's.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from agents.collector.records import as_id, format_time, parse_time, present
from agents.collector.segment import host_of

_PAGES: Final = {"$pageview": "page", "$screen": "screen"}
_COMPANY_GROUPS: Final = ("company", "account", "organization", "organisation")
_UTM: Final = {
    "source": "source",
    "medium": "medium",
    "campaign": "name",
    "term": "term",
    "content": "content",
}


def to_message(event: Mapping[str, Any], received_at: datetime) -> dict[str, Any]:
    """One event as a message; names that are no signal stay as they are and are refused later."""
    properties = _mapping(event.get("properties"))
    name = as_id(event.get("event"))
    message = _envelope(event, properties, received_at)
    if name in _PAGES:
        return message | {"type": _PAGES[name], "properties": _own(properties)}
    if name == "$pageleave":
        return message | {"type": "track", "event": "page_engagement", "properties": _engagement(properties)}
    if name in ("$identify", "$set"):
        return message | _identify(event, properties, message)
    if name == "$create_alias":
        return message | _alias(event, properties)
    if name == "$groupidentify":
        return message | _group(properties)
    return message | {"type": "track", "event": name, "properties": _own(properties)}


def user_agent(properties: Mapping[str, Any]) -> str:
    """The visitor's user agent as the event says it, or ""."""
    return as_id(properties.get("$raw_user_agent")) or as_id(properties.get("$user_agent"))


def _envelope(
    event: Mapping[str, Any], properties: Mapping[str, Any], received_at: datetime
) -> dict[str, Any]:
    anonymous, user = _who(event, properties)
    context: dict[str, Any] = {
        "page": _page(properties),
        "campaign": _campaign(properties),
        "sessionId": as_id(properties.get("$session_id")),
        "userAgent": user_agent(properties),
        "ip": as_id(properties.get("$ip")),
    }
    traits = _traits(event, properties)
    if present(traits.get("email")):
        context["traits"] = {"email": traits["email"]}
    return {
        "messageId": as_id(event.get("uuid")) or as_id(properties.get("$insert_id")),
        "anonymousId": anonymous,
        "userId": user,
        "timestamp": _moment(event, received_at),
        "context": context,
        "properties": {},
    }


def _moment(event: Mapping[str, Any], received_at: datetime) -> Any:
    """When it happened; `offset` is milliseconds before it was sent."""
    offset = event.get("offset")
    if not present(event.get("timestamp")) and isinstance(offset, int) and not isinstance(offset, bool):
        try:
            return format_time(received_at - timedelta(milliseconds=max(0, offset)))
        except OverflowError:
            return "never"
    return event.get("timestamp")


def _who(event: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[str, str]:
    """(anonymous id, user id)."""
    distinct = as_id(event.get("distinct_id")) or as_id(properties.get("distinct_id"))
    device = as_id(properties.get("$device_id"))
    stated = properties.get("$is_identified")
    unknown = distinct == device or stated is False or properties.get("$process_person_profile") is False
    if unknown and stated is not True:
        return distinct or device, ""
    return device if device != distinct else "", distinct


def _traits(event: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """What the event says of the person; later statements win over first ones."""
    holders = (properties.get("$set_once"), event.get("$set_once"), properties.get("$set"), event.get("$set"))
    traits: dict[str, Any] = {}
    for holder in holders:
        traits |= {name: member for name, member in _mapping(holder).items() if present(member)}
    return traits


def _own(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that the site gave, with the company of the groups."""
    own = {name: member for name, member in properties.items() if not name.startswith("$")}
    own.pop("distinct_id", None)
    if present(properties.get("$current_url")):
        own["url"] = properties["$current_url"]
    groups = _mapping(properties.get("$groups"))
    company = next((as_id(groups[name]) for name in _COMPANY_GROUPS if as_id(groups.get(name))), "")
    return _company(company) | own if company else own


def _company(key: str) -> dict[str, str]:
    """A group key that is a host is the company's domain, any other its id."""
    host = host_of(key)
    return {"account_domain": host} if host else {"account_id": key}


def _page(properties: Mapping[str, Any]) -> dict[str, Any]:
    page = {"url": properties.get("$current_url"), "path": properties.get("$pathname")}
    if isinstance(properties.get("$referrer"), str):
        page["referrer"] = properties["$referrer"]
    return page


def _campaign(properties: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, member in _UTM.items():
        text = properties.get(f"utm_{name}") or properties.get(f"$utm_{name}")
        if isinstance(text, str) and text:
            found[member] = text
    return found


def _engagement(properties: Mapping[str, Any]) -> dict[str, Any]:
    """How long the page that is left was open, in seconds, and how much of it was seen, in percent."""
    own = _own(properties)
    seconds = properties.get("$prev_pageview_duration")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        own["dwell_seconds"] = round(max(0, seconds), 3)
    share = properties.get("$prev_pageview_max_content_percentage")
    if isinstance(share, int | float) and not isinstance(share, bool):
        own["scroll_pct"] = round(100 * min(1, max(0, share)))
    return own


def _identify(
    event: Mapping[str, Any], properties: Mapping[str, Any], message: Mapping[str, Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "identify", "traits": _traits(event, properties)}
    before = as_id(properties.get("$anon_distinct_id"))
    if before:
        found["anonymousId"] = before
    if as_id(event.get("event")) == "$identify":
        found["userId"] = as_id(event.get("distinct_id")) or message["userId"]
    return found


def _alias(event: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """`alias` is one more id of the person distinct_id.

    Callers give the two in either order; where one alone has the form of a browser's own id, that is the
    visitor's, and the other the person's.
    """
    person = as_id(properties.get("distinct_id")) or as_id(event.get("distinct_id"))
    visitor = as_id(properties.get("alias"))
    if _is_uuid(person) and visitor and not _is_uuid(visitor):
        person, visitor = visitor, person
    return {"type": "alias", "userId": person, "previousId": visitor, "anonymousId": ""}


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _group(properties: Mapping[str, Any]) -> dict[str, Any]:
    key, kind = as_id(properties.get("$group_key")), as_id(properties.get("$group_type"))
    if kind not in _COMPANY_GROUPS:
        return {"type": "track", "event": f"group {kind}"}  # no company: refused as an unknown type
    traits = {**_mapping(properties.get("$group_set"))}
    host = host_of(key)
    if host and not any(present(traits.get(name)) for name in ("domain", "website", "account_domain")):
        traits["domain"] = host
    return {"type": "group", "groupId": "" if host else key, "traits": traits}


def moment_sent(envelope: Mapping[str, Any], query: Mapping[str, str]) -> datetime | None:
    """When the client sent the request: in the body, or in the query as milliseconds."""
    for name in ("sent_at", "sentAt"):
        if present(envelope.get(name)):
            return parse_time(envelope[name])
    text = query.get("_", "")
    return parse_time(int(text)) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
