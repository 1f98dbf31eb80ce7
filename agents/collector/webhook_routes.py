"""`/webhooks/{vendor}`: signed where the vendor signs and its secret is set, else behind a write key.

`/webhooks/{vendor}/{source}` names the source of the records. A bad signature gets the status that makes the
vendor stop.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

from aiohttp import hdrs, web

from agents.collector import events
from agents.collector.answers import Refused, accepted, json_answer
from agents.collector.body import parse_item, parse_object, read_body
from agents.collector.door import Door, both, meaning_of
from agents.collector.ingest import Item
from agents.collector.records import as_id
from agents.collector.segment import Arrival
from agents.collector.settings import WriteKey
from agents.collector.webhooks import (
    g2,
    hubspot,
    mailgun,
    marketo,
    postmark,
    salesforce,
    sendgrid,
    signatures,
    webinars,
)
from agents.collector.webhooks.hook import Event, Hook, mapping
from schemas.codec import Refusal
from schemas.dead_letter import Reason

HOOKS: Final[Mapping[str, Hook]] = {
    "sendgrid": sendgrid.HOOK,
    "mailgun": mailgun.HOOK,
    "postmark": postmark.HOOK,
    "hubspot": hubspot.HOOK,
    "marketo": marketo.HOOK,
    "zoom": webinars.ZOOM,
    "gotowebinar": webinars.GOTOWEBINAR,
    "on24": webinars.ON24,
    "g2": g2.HOOK,
    "salesforce": salesforce.HOOK,
}
_SOURCE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_=+/-]{1,256}")  # never what could be signed as a request
_TOKENS: Final = 10_000


class WebhookRoutes:
    """Handlers of the webhook paths."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._settings = door.settings
        self._tokens: OrderedDict[str, bytes] = OrderedDict()

    def register(self, app: web.Application) -> None:
        """Add every path, with and without a source."""
        handlers = {name: partial(self.take, name) for name in HOOKS} | {"generic": self.take_generic}
        for name, handler in handlers.items():
            for path in (f"/webhooks/{name}", f"/webhooks/{name}/{{source}}"):
                both(app, hdrs.METH_POST, path, _handler(handler))

    async def take(self, vendor: str, request: web.Request) -> web.Response:
        """A vendor's events: good ones stored, bad ones set aside, and those that mean nothing let go."""
        body = await self._read(request)
        arrival = self._arrival(vendor, request, body)
        hook = HOOKS[vendor]
        held = hook.split(body, request.headers.get(hdrs.CONTENT_TYPE, ""))
        if vendor == "zoom" and self._settings.zoom_secret_token:
            token = self._challenge(held[0][1]) if held else ""
            if token:
                return json_answer(signatures.zoom_answer(self._settings.zoom_secret_token, token))
        items: list[Item] = []
        for raw, event in held:
            items += self._items(hook, raw, event, arrival)
        tally = await self._door.store(request, items, vendor)
        self._remember(vendor, held, body)
        return accepted(accepted=tally.accepted, rejected=sum(tally.rejected.values()))

    async def take_generic(self, request: web.Request) -> web.Response:
        """Own records or CloudEvents by Standard Webhooks; `webhook-id` is the id of one that has none."""
        body = await self._read(request)
        arrival = self._arrival("generic", request, body)
        trust = events.Trust(arrival.received_at, arrival.source, arrival.tenant, arrival.tenant, known=True)
        raws = events.split(body, request.content_type)
        hook_id = signatures.webhook_header(request.headers, "id")
        items = [self._generic_item(raw, hook_id if len(raws) == 1 else "", trust) for raw in raws]
        tally = await self._door.store(request, items, "generic")
        return accepted(accepted=tally.accepted, rejected=sum(tally.rejected.values()))

    def _generic_item(self, raw: bytes, hook_id: str, trust: events.Trust) -> Item:
        event = parse_item(raw)
        if event is None:
            return Item(raw, Refusal(Reason.NOT_AN_OBJECT))
        if hook_id and "specversion" not in event and "value" not in event:
            event = {"event_id": hook_id, **event}
        return Item(raw, meaning_of(lambda: events.to_record(event, trust)))

    async def _read(self, request: web.Request) -> bytes:
        limit, timeout = self._settings.max_feed_bytes, self._settings.read_timeout
        return await read_body(request, limit, timeout, "batch_too_large")

    def _items(self, hook: Hook, raw: bytes, event: Event | None, arrival: Arrival) -> list[Item]:
        if event is None:
            return [Item(raw, Refusal(Reason.NOT_AN_OBJECT))]
        if len(raw) > self._settings.max_event_bytes:
            return [Item(raw, Refusal(Reason.TOO_LARGE))]
        try:
            records = hook.to_records(event, arrival)
        except Refusal as refusal:
            return [Item(raw, refusal)]
        return [Item(raw, made, hook.agent(event), hook.address(event)) for made in records]

    def _arrival(self, vendor: str, request: web.Request, body: bytes) -> Arrival:
        """Who sent it, once it is known to be them. Raises Refused."""
        signed = self._signed(vendor, request, body)
        owner = WriteKey("") if signed else self._door.owner(request)
        source = request.match_info.get("source", "")
        if source and not _SOURCE.fullmatch(source):
            raise Refused("invalid_query")
        named = next((key for key in self._settings.write_keys if source and key.source == source), owner)
        return self._door.arrival(WriteKey("", source or vendor, owner.tenant or named.tenant))

    def _signed(self, vendor: str, request: web.Request, body: bytes) -> bool:
        """Whether the vendor's secret is set and its signature holds; without a secret, False."""
        settings, headers = self._settings, request.headers
        if vendor == "sendgrid" and settings.sendgrid_public_key:
            return _hold(signatures.sendgrid(settings.sendgrid_public_key, headers, body), "bad_signature")
        if vendor == "mailgun" and settings.mailgun_signing_key:
            return _hold(self._mailgun(body), "bad_signature_final")
        if vendor == "postmark" and settings.postmark_basic_auth:
            said = headers.get(hdrs.AUTHORIZATION, "")
            return _hold(signatures.basic(settings.postmark_basic_auth, said), "bad_credentials")
        if vendor == "hubspot" and settings.hubspot_client_secret:
            uri = f"{settings.public_url or str(request.url.origin())}{request.path_qs}"
            secret, now = settings.hubspot_client_secret, self._door.now()
            return _hold(signatures.hubspot(secret, headers, request.method, uri, body, now), "bad_signature")
        if vendor == "zoom" and settings.zoom_secret_token:
            return _hold(signatures.zoom(settings.zoom_secret_token, headers, body), "bad_signature")
        if vendor == "generic" and settings.webhook_secret:
            now = self._door.now()
            return _hold(signatures.standard(settings.webhook_secret, headers, body, now), "bad_signature")
        return False

    def _mailgun(self, body: bytes) -> bool:
        part = mapping(parse_object(body, "").get("signature"))
        token = as_id(part.get("token"))
        known = self._tokens.get(token)
        if known is not None and known != hashlib.sha256(body).digest():
            return False  # the same token under another payload: the signature does not cover it
        stamp, signature = as_id(part.get("timestamp")), as_id(part.get("signature"))
        return signatures.mailgun(self._settings.mailgun_signing_key, stamp, token, signature)

    def _remember(self, vendor: str, held: list[tuple[bytes, Event | None]], body: bytes) -> None:
        """A token counts as used once its payload is stored; a retry brings the same payload again."""
        if vendor != "mailgun" or not self._settings.mailgun_signing_key:
            return
        token = as_id(mapping(mapping(held[0][1]).get("signature")).get("token"))
        self._tokens[token] = hashlib.sha256(body).digest()
        if len(self._tokens) > _TOKENS:
            self._tokens.popitem(last=False)

    def _challenge(self, event: Event | None) -> str:
        if event is None or event.get("event") != "endpoint.url_validation":
            return ""
        token = as_id(mapping(event.get("payload")).get("plainToken"))
        if not _CHALLENGE.fullmatch(token):
            raise Refused("invalid_shape")
        return token


def _hold(holds: bool, code: str) -> bool:
    if not holds:
        raise Refused(code)
    return True


def _handler(take: Callable[[web.Request], Awaitable[web.Response]]) -> Any:
    async def handler(request: web.Request) -> web.Response:
        return await take(request)

    return handler
