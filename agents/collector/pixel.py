"""`/px.gif`: one record from the query of an image request.

Short names serve hand-made images: `u` url, `r` referrer, `t` type, `site` source, `aid` anonymous id, `uid`
contact id, `id` event id. The fields of a web or e-mail record are taken by their own names.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from agents.collector.records import (
    EMAIL,
    FIELDS,
    TOPIC_OF_TYPE,
    WEB,
    RawRecord,
    format_time,
    from_text,
    parse_time,
)
from agents.collector.segment import snake_case
from agents.collector.sources import fill_web
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_SHORT: Final = {
    "u": "url",
    "r": "referrer",
    "t": "type",
    "aid": "anonymous_id",
    "uid": "contact_id",
    "id": "event_id",
    "sid": "session_id",
    "messageId": "event_id",
    "anonymousId": "anonymous_id",
    "userId": "contact_id",
    "event": "type",
}
_TYPES: Final = {"pageview": "page_view", "page": "page_view", "": "page_view", "opened": "open"}
_MAX_VALUE: Final = 4096
# the mark of a bot, the account and its match are not for an image's address to say
_RESERVED: Final = frozenset(("is_bot", "bot_reason", "account_match"))


def to_record(
    query: Mapping[str, str], cookie: str, received_at: datetime, source: str, tenant: str, referer: str = ""
) -> RawRecord:
    """The record of one image request; `cookie` is the visitor's id where it names none. Raises Refusal."""
    fields = {_SHORT.get(name, name): text[:_MAX_VALUE] for name, text in query.items() if text}
    event_type = snake_case(fields.get("type", ""))
    event_type = _TYPES.get(event_type, event_type)
    topic = TOPIC_OF_TYPE.get(event_type)
    if topic not in (WEB, EMAIL):
        raise Refusal(Reason.UNKNOWN_TYPE, "$.type")
    moment = parse_time(fields["occurred_at"]) if "occurred_at" in fields else received_at
    if moment is None:
        raise Refusal(Reason.BAD_TIME)
    value: dict[str, Any] = {
        "event_id": fields.get("event_id") or str(uuid.uuid4()),
        "source": source,
        "type": event_type,
        "schema_version": 1,
        "occurred_at": format_time(moment),
        "received_at": format_time(received_at),
    }
    if tenant:
        value["tenant_id"] = tenant
    for name in (FIELDS[topic] - _RESERVED) & fields.keys():
        value[name] = from_text(name, fields[name])
    if cookie and topic == WEB:
        value.setdefault("anonymous_id", cookie)
    if topic == WEB:
        fill_web(value, {"url": referer} if referer else {}, None, fields.get("referrer", _told(fields)), ())
    return RawRecord(topic, value)


def _told(fields: Mapping[str, str]) -> str | None:
    """A snippet that names the page but no referrer says that there is none."""
    return "" if "url" in fields else None
