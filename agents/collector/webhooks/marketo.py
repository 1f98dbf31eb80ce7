"""Marketo: activities, as the bulk extract names them, from a webhook's own template or a CSV of the extract."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from agents.collector.answers import Refused
from agents.collector.body import parse_json
from agents.collector.records import WEB, RawRecord, as_id
from agents.collector.segment import Arrival
from agents.collector.snowplow import form_kind
from agents.collector.sources import fill_web
from agents.collector.webhooks.hook import (
    Event,
    Hook,
    hashed,
    mail_record,
    record,
    required,
    seconds,
    split_under,
)
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_MAIL: Final = {
    "7": "delivered",
    "8": "bounce_hard",
    "9": "unsubscribe",
    "10": "open",
    "11": "click",
}
_NOTHING: Final = frozenset(("3", "6", "12", "13", "27"))  # links, sends, new leads, changes, soft bounces


def to_records(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    """One activity of one lead."""
    kind = as_id(event.get("activityTypeId"))
    if kind in _NOTHING:
        return ()
    if kind not in _MAIL and kind not in ("1", "2"):
        raise Refusal(Reason.UNKNOWN_TYPE, "$.activityTypeId")
    said = _attributes(event.get("attributes"))
    lead, moment = required(event, "leadId"), seconds(event.get("activityDate"))
    event_id = as_id(event.get("marketoGUID")) or hashed("marketo", lead, kind, moment)
    email, campaign = as_id(event.get("email")), as_id(event.get("campaignId"))
    if kind in _MAIL:
        machine = True if str(said.get("Is Bot Activity", "")).lower() in ("true", "1") else None
        made = mail_record(
            _MAIL[kind],
            event_id,
            moment,
            arrival,
            {},
            contact_id=lead,
            email=email,
            email_id=as_id(event.get("primaryAttributeValueId")),
            campaign_id=campaign,
            link_id=as_id(said.get("Link")),
            is_machine_open=machine if kind == "10" else None,
            is_bot_click=machine if kind == "11" else None,
        )
        return (made,)
    type_name = "page_view" if kind == "1" else "form_submit"
    form = form_kind(as_id(event.get("primaryAttributeValue"))) if kind == "2" else None
    made = record(WEB, type_name, event_id, moment, arrival, contact_id=lead, email=email, form_kind=form)
    url = as_id(said.get("Webpage URL")) or (as_id(event.get("primaryAttributeValue")) if kind == "1" else "")
    fill_web(made.value, {"url": url} if url else {}, None, said.get("Referrer URL"), arrival.own_hosts)
    return (made,)


def _attributes(held: Any) -> Mapping[str, Any]:
    """An object, its JSON text, or the list of name and value that the API gives."""
    if isinstance(held, str):
        try:
            held = parse_json(held.encode("utf-8", "replace"))
        except Refused:
            return {}
    if isinstance(held, list):
        return {as_id(one.get("name")): one.get("value") for one in held if isinstance(one, Mapping)}
    return held if isinstance(held, Mapping) else {}


def _split(body: bytes, content_type: str) -> list[tuple[bytes, Event | None]]:
    head = body.lstrip()[:1]
    if head in (b"{", b"[") or b"marketoGUID" not in body.split(b"\n", 1)[0]:
        return split_under("result", "activities")(body, content_type)
    rows = csv.DictReader(io.StringIO(body.decode("utf-8", "replace"), newline=""))
    try:
        held = [{name: text for name, text in row.items() if isinstance(name, str)} for row in rows]
    except csv.Error as error:
        raise Refused("invalid_shape") from error
    return [(orjson.dumps(row), row) for row in held]


HOOK: Final = Hook(to_records, _split)
