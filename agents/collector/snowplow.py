"""The Snowplow tracker protocol: each event of a payload as a message in Segment's shape.

Field names and routes: Snowplow's canonical event and stream-collector; base64 is taken padded or not, in
either alphabet. Engaged time is counted as Snowplow's page view model does it.
"""

import base64
import binascii
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from agents.collector.answers import Refused
from agents.collector.body import parse_json
from agents.collector.records import EMAIL, FIELDS, TOPIC_OF_TYPE, as_id
from agents.collector.segment import host_of, snake_case
from agents.collector.sources import split_url
from schemas.codec import Refusal
from schemas.dead_letter import Reason

NOBODY: Final = "00000000-0000-0000-0000-000000000000"  # the network id of an anonymous visitor
_DOCUMENTS: Final = frozenset(".pdf .doc .docx .ppt .pptx .xls .xlsx .epub .odt .odp".split())
_FORM_KINDS: Final = {
    name: kind
    for kind, names in {
        "demo_request": "demo_request request_demo book_demo book_a_demo get_demo demo demo_form",
        "contact_sales": "contact_sales talk_to_sales sales",
        "quote": "quote request_quote get_quote get_a_quote",
    }.items()
    for name in names.split()
}
_FORM_FIELDS: Final = frozenset("form_kind content_id campaign_id asks_for_sales".split())
_PEOPLE: Final = frozenset("user contact person customer lead".split())
_ACTIONS: Final = {
    "download": "download_clicked",
    "content_download": "download_clicked",
    "form": "form_submit",
    "submit": "form_submit",
    "chat": "chat_started",
    "video_play": "video_played",
}


class Heartbeats:
    """Counts the distinct heartbeats of each page view, of the `most` page views that were seen last.

    A ping that is sent again counts once. What another process counted is not known here: then the engaged
    time comes out shorter, never longer.
    """

    def __init__(self, heartbeat: int, minimum: int, most: int = 20_000, longest: int = 1_000) -> None:
        self._heartbeat = heartbeat
        self._minimum = minimum
        self._most = most
        self._longest = longest
        self._pages: OrderedDict[tuple[str, ...], set[int]] = OrderedDict()

    def dwell(self, page: tuple[str, ...], at_ms: int) -> int:
        """Seconds of engagement so far: heartbeat x (distinct heartbeats - 1) + minimum visit."""
        seen = self._pages.setdefault(page, set())
        self._pages.move_to_end(page)
        if len(seen) < self._longest:
            seen.add(at_ms // (1000 * self._heartbeat))
        if len(self._pages) > self._most:
            self._pages.popitem(last=False)
        return self._heartbeat * (len(seen) - 1) + self._minimum


@dataclass(frozen=True, slots=True)
class Visit:
    """What the request says beside its events."""

    source: str
    heartbeats: Heartbeats
    account_entities: tuple[str, ...] = ()
    cookie: str = ""  # the visitor's network id; "" where none may be kept
    anonymous: bool = False  # SP-Anonymous: no cookie, no address, no network id


def to_message(fields: Mapping[str, Any], visit: Visit) -> dict[str, Any]:
    """One event as a message. Raises Refusal where it says nothing that is scored."""
    entities = _entities(fields)
    message = _envelope(fields, entities, visit)
    kind = as_id(fields.get("e"))
    if kind == "pv":
        return message | {"type": "page"}
    if kind == "pp":
        return message | {"type": "track", "event": "page_engagement"} | _with(message, _ping(fields, visit))
    if kind == "se":
        event, properties = _structured(fields)
    elif kind == "ue":
        event, properties = _self_describing(fields)
    else:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.e")
    return message | {"type": "track", "event": event} | _with(message, properties)


def _with(message: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"properties": {**message["properties"], **properties}}


def _envelope(
    fields: Mapping[str, Any], entities: Sequence[tuple[str, Mapping[str, Any]]], visit: Visit
) -> dict[str, Any]:
    session = _session(entities)
    properties: dict[str, Any] = {}
    if as_id(fields.get("url")):
        properties["url"] = as_id(fields["url"])
    properties |= _account(entities, visit.account_entities)
    context: dict[str, Any] = {"page": _page(fields), "sessionId": _session_id(fields, session)}
    if as_id(fields.get("ua")):
        context["userAgent"] = as_id(fields["ua"])
    if not visit.anonymous and as_id(fields.get("ip")):
        context["ip"] = as_id(fields["ip"])
    email = next((as_id(data.get("email")) for name, data in entities if name in _PEOPLE), "")
    if email:
        context["traits"] = {"email": email}
    exact = _milliseconds(fields, "ttm")
    return {
        "messageId": as_id(fields.get("eid")),
        "anonymousId": _anonymous_id(fields, session, visit),
        "userId": as_id(fields.get("uid")),
        "timestamp": exact if exact is not None else _milliseconds(fields, "dtm"),
        "sentAt": None if exact is not None else _milliseconds(fields, "stm"),
        "context": context,
        "properties": properties,
    }


def _page(fields: Mapping[str, Any]) -> dict[str, str]:
    page = {name: as_id(fields.get(key)) for name, key in (("url", "url"), ("title", "page"))}
    told = as_id(fields.get("tv")).startswith("js-")  # a browser says each referrer that there is
    if told or as_id(fields.get("refr")):
        page["referrer"] = as_id(fields.get("refr"))
    return page


def _session_id(fields: Mapping[str, Any], session: Mapping[str, Any]) -> str:
    return as_id(fields.get("sid")) or as_id(session.get("sessionId"))


def _anonymous_id(fields: Mapping[str, Any], session: Mapping[str, Any], visit: Visit) -> str:
    """The browser's id, else the network's; a visitor who asked to stay unknown has one only for the visit."""
    if visit.anonymous:
        sid = _session_id(fields, session)
        return f"session-{sid}" if sid else ""
    stated = (fields.get("duid"), session.get("userId"), fields.get("nuid"), fields.get("tnuid"))
    return next((text for text in map(as_id, stated) if text and text != NOBODY), visit.cookie)


def _milliseconds(fields: Mapping[str, Any], name: str) -> int | str | None:
    """A time in milliseconds; what is no number stays text and is refused as a time later."""
    text = as_id(fields.get(name))
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else text


def _entities(fields: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """(name, data) of each entity; a context that cannot be read does not spoil its event."""
    try:
        held = _described(fields, "co", "cx")
    except Refusal:
        return []
    data = held.get("data") if held else None
    entities = data if isinstance(data, list) else []
    return [
        (_schema_name(entity.get("schema")), entity["data"])
        for entity in entities
        if isinstance(entity, Mapping) and isinstance(entity.get("data"), Mapping)
    ]


def _session(entities: Sequence[tuple[str, Mapping[str, Any]]]) -> Mapping[str, Any]:
    return next((data for name, data in entities if name == "client_session"), {})


def _account(entities: Sequence[tuple[str, Mapping[str, Any]]], names: Sequence[str]) -> dict[str, str]:
    for name, data in entities:
        if name not in names:
            continue
        domain = next((as_id(data[key]) for key in ("domain", "website") if as_id(data.get(key))), "")
        account_id = next((as_id(data[key]) for key in ("account_id", "id") if as_id(data.get(key))), "")
        found = {"account_domain": host_of(domain), "account_id": account_id}
        return {key: text for key, text in found.items() if text}
    return {}


def _described(fields: Mapping[str, Any], plain: str, encoded: str) -> Mapping[str, Any] | None:
    """The self-describing JSON of a field, plain or in base64. Raises Refusal(invalid_json)."""
    text = as_id(fields.get(plain))
    packed = as_id(fields.get(encoded))
    if not text and not packed:
        return None
    try:
        held = parse_json(text.encode() if text else decode_base64(packed))
    except (Refused, UnicodeEncodeError) as error:
        raise Refusal(Reason.INVALID_JSON, f"$.{plain} or {encoded}") from error
    return held if isinstance(held, Mapping) else None


def decode_base64(text: str) -> bytes:
    """Either alphabet, with or without padding, and a plus that a query has turned into a space.

    Raises Refused(invalid_json).
    """
    standard = text.strip().replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("invalid_json") from error


def _schema_name(schema: Any) -> str:
    """`iglu:com.acme/account/jsonschema/1-0-0` is about an `account`."""
    parts = as_id(schema).removeprefix("iglu:").split("/")
    return snake_case(parts[1]) if len(parts) > 1 else ""


def _ping(fields: Mapping[str, Any], visit: Visit) -> dict[str, Any]:
    """Engaged time and the depth of the scroll so far."""
    at = _milliseconds(fields, "dtm")
    if not isinstance(at, int):
        raise Refusal(Reason.BAD_TIME, "$.dtm")
    ids = [as_id(data.get("id")) for name, data in _entities(fields) if name == "web_page"]
    reader = as_id(fields.get("duid")) or as_id(fields.get("uid")) or as_id(fields.get("sid"))
    page = tuple(ids[:1]) or (reader, as_id(fields.get("url")))
    found: dict[str, Any] = {"dwell_seconds": visit.heartbeats.dwell((visit.source, *page), at)}
    scroll = _scroll(fields)
    return found if scroll is None else found | {"scroll_pct": scroll}


def _scroll(fields: Mapping[str, Any]) -> int | None:
    """The lowest line seen as a share of the page; trackers leave an offset of zero out."""
    view, page = (as_id(fields.get(name)).rpartition("x")[2] for name in ("vp", "ds"))
    offset = as_id(fields.get("pp_may")) or "0"
    if not all(text.isascii() and text.isdigit() and len(text) < 9 for text in (view, page, offset)):
        return None
    return min(100, 100 * (int(offset) + int(view)) // int(page)) if int(page) else None


def _structured(fields: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    category, action = (snake_case(as_id(fields.get(name))) for name in ("se_ca", "se_ac"))
    names = (action, f"{category}_{action}")
    event = next((name for name in names if name in TOPIC_OF_TYPE), "")
    event = event or next((_ACTIONS[name] for name in names if name in _ACTIONS), "")
    if not event:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.se_ac")
    properties = {"content_id": as_id(fields.get("se_la")), "content_type": as_id(fields.get("se_pr"))}
    if TOPIC_OF_TYPE[event] == EMAIL:
        properties = {"campaign_id": properties["content_id"]}
    return event, {name: text for name, text in properties.items() if text}


def _self_describing(fields: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    held = _described(fields, "ue_pr", "ue_px") or {}
    inner = held.get("data")
    if not isinstance(inner, Mapping):
        raise Refusal(Reason.MISSING_FIELD, "$.ue_pr.data")
    name, data = _schema_name(inner.get("schema")), inner.get("data")
    data = data if isinstance(data, Mapping) else {}
    if name == "submit_form":
        return "form_submit", _form(data)
    if name == "link_click":
        return "download_clicked", _download(data)
    if TOPIC_OF_TYPE.get(name) not in FIELDS:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.ue_pr.data.schema")
    return name, dict(data)


def _download(data: Mapping[str, Any]) -> dict[str, Any]:
    """A link to a document is a download; any other link says nothing that is scored."""
    parts = split_url(data.get("targetUrl"))
    path = PurePosixPath(parts.path if parts else "")
    if path.suffix.lower() not in _DOCUMENTS:
        raise Refusal(Reason.UNKNOWN_TYPE, "a link that is no document")
    return {"content_id": path.stem}


def _form(data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    elements = data.get("elements")
    for element in elements if isinstance(elements, list) else []:
        if not isinstance(element, Mapping) or not as_id(element.get("value")):
            continue
        name, value = snake_case(as_id(element.get("name"))), as_id(element["value"])
        is_mail = "mail" in name or as_id(element.get("type")).lower() == "email"
        if is_mail and "@" in value:
            found.setdefault("email", value)
        elif name in _FORM_FIELDS:
            found.setdefault(name, value)
    found["form_kind"] = form_kind(as_id(found.get("form_kind")) or as_id(data.get("formId")))
    return found


def form_kind(name: str) -> str:
    """The kind of a form by its id or by what its own field says; unlisted ones are `other`."""
    return _FORM_KINDS.get(snake_case(name), "other")
