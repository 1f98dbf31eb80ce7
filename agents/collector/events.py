"""`POST /events`: CloudEvents (binary, structured, batch) and our own JSON, one or many, as raw records.

Own JSON is the record itself, with `topic` in it or told from its type, or {"topic", "key", "value"} as in
a file.
"""

import hashlib
import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from agents.collector.answers import Refused
from agents.collector.body import parse_item, parse_json
from agents.collector.records import (
    CONTROL_TOPICS,
    SIGNAL_TOPICS,
    TOPIC_OF_TYPE,
    WEB,
    RawRecord,
    as_id,
    format_time,
    parse_time,
    present,
)
from agents.collector.segment import snake_case
from agents.collector.sources import fill_web
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_INPUTS: Final = SIGNAL_TOPICS | CONTROL_TOPICS
_EXTENSIONS: Final = {"accountid": "account_id", "contactid": "contact_id", "tenantid": "tenant_id"}
_DISPOSITIONS: Final = "intent.dispositions.v1"
_ONLY_TYPE: Final = {
    topic: name for name, topic in TOPIC_OF_TYPE.items() if topic in CONTROL_TOPICS - {"intent.taxonomy.v1"}
}
_CE_REQUIRED: Final = ("id", "source", "type")


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose events these are: a known sender may say when they were received and bring control records."""

    received_at: datetime
    source: str
    tenant: str  # of the write key; "" leaves the record's own
    default_tenant: str
    known: bool


def split(body: bytes, content_type: str) -> list[bytes]:
    """The bytes of each event: an array's items, one object, or the lines of NDJSON. Raises Refused."""
    text = body.strip()
    if text.startswith(b"["):
        return [bytes(raw) for raw in parse_json(text, list[msgspec.Raw])]
    lines = text.splitlines()
    if "ndjson" in content_type or "jsonl" in content_type or _is_lines(lines):
        return [line for line in lines if line.strip()]
    parse_json(text)
    return [text]


def _is_lines(lines: list[bytes]) -> bool:
    """Several lines, the first a whole object of its own."""
    return len(lines) > 1 and parse_item(lines[0]) is not None


def binary_event(headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
    """A binary-mode CloudEvent as one object, or None when the request is none. Raises Refused."""
    attributes = {
        name.lower().removeprefix("ce-"): unquote(text)
        for name, text in headers.items()
        if name.lower().startswith("ce-")
    }
    if "specversion" not in attributes:
        return None
    return {**attributes, "data": parse_json(body) if body.strip() else {}}


def to_record(item: Mapping[str, Any], trust: Trust) -> RawRecord:
    """One event as a raw record.

    Raises Refusal where it is none, and Refused(write_key_missing) for a control record of an unknown sender.
    """
    if "specversion" in item:
        record = _from_cloudevent(item, trust)
    elif isinstance(item.get("value"), dict) and "topic" in item:
        record = _from_own(item["value"], item["topic"], as_id(item.get("key")), trust)
    else:
        value = {name: member for name, member in item.items() if name != "topic"}
        record = _from_own(value, item.get("topic") or _told_topic(item), "", trust)
    if record.topic in CONTROL_TOPICS and not trust.known:
        raise Refused("write_key_missing")
    return record


def _told_topic(item: Mapping[str, Any]) -> str:
    """The topic of an own record that names none: by its type, or by what only a disposition has."""
    event_type = item.get("type")
    if isinstance(event_type, str):
        return TOPIC_OF_TYPE.get(event_type, "")
    return _DISPOSITIONS if "sales_ready_id" in item and "status" in item else ""


def _from_own(value: Mapping[str, Any], topic: Any, key: str, trust: Trust) -> RawRecord:
    if not isinstance(topic, str) or topic not in _INPUTS:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.type")
    record = dict(value)
    _stamp(record, trust)
    if topic == "intent.taxonomy.v1":  # its key is what it describes
        return RawRecord(topic, record, key or as_id(record.get("content_id")))
    if topic in _ONLY_TYPE and not present(record.get("type")):
        record["type"] = _ONLY_TYPE[topic]
    if topic == _DISPOSITIONS and not present(
        record.get("event_id")
    ):  # the CRM's message has no id of its own
        text = json.dumps(dict(value), sort_keys=True, default=str)
        record["event_id"] = (
            "sha256-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]
        )
    return RawRecord(topic, record, key)


def _stamp(record: dict[str, Any], trust: Trust) -> None:
    """Receipt and tenant, which a sender may not choose freely; the source stays the sender's own."""
    stated = parse_time(record.get("received_at")) if trust.known else None
    if stated is None or stated > trust.received_at:
        record["received_at"] = format_time(trust.received_at)
    if not present(record.get("source")):
        record["source"] = trust.source
    tenant = trust.tenant or (record.get("tenant_id") if trust.known else "") or trust.default_tenant
    record.pop("tenant_id", None)
    if present(tenant):
        record["tenant_id"] = tenant


def event_type_of(name: str) -> str:
    """`intent.web.page_view.v1`, `com.acme.PageView` and `page_view` all end in the type page_view."""
    parts = [part for part in name.split(".") if part]
    if len(parts) > 1 and parts[-1][:1] in "vV" and parts[-1][1:].isdigit():
        parts.pop()
    return snake_case(parts[-1]) if parts else ""


def _data_of(event: Mapping[str, Any]) -> Any:
    """The payload; SDKs that were given bytes write them as `data_base64` (CloudEvents JSON format 1.0.2, 3.1)."""
    encoded = event.get("data_base64")
    if event.get("data") is not None or not isinstance(encoded, str):
        return event.get("data")
    try:
        return parse_json(b64decode(encoded, validate=True))
    except (ValueError, Refused):
        return None


def _from_cloudevent(event: Mapping[str, Any], trust: Trust) -> RawRecord:
    if not all(isinstance(event.get(name), str) and event[name] for name in _CE_REQUIRED):
        raise Refusal(Reason.MISSING_FIELD, "id, source, type or data")
    data = _data_of(event)
    topic = TOPIC_OF_TYPE.get(event_type_of(event["type"]), "")
    if not topic:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.type")
    if not isinstance(data, Mapping):
        raise Refusal(Reason.MISSING_FIELD, "id, source, type or data")
    moment = parse_time(event["time"]) if present(event.get("time")) else trust.received_at
    if moment is None:
        raise Refusal(Reason.BAD_TIME)
    value: dict[str, Any] = {name: member for name, member in data.items() if present(member)}
    value |= {
        "event_id": event["id"],
        "source": event["source"],
        "type": event_type_of(event["type"]),
        "schema_version": 1,
        "occurred_at": format_time(moment),
    }
    for name, field in _EXTENSIONS.items():
        if as_id(event.get(name)):
            value.setdefault(field, as_id(event[name]))
    _stamp(value, trust)
    if topic == WEB:
        fill_web(value, {}, None, value.pop("referrer", None), ())
    return RawRecord(topic, value, as_id(event.get("partitionkey")))
