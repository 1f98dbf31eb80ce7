"""The routes that take records in: Segment and Rudder messages, events, images, feeds."""

from typing import Any, Final

import msgspec
from aiohttp import hdrs, web

from agents.collector import events, feeds, pixel
from agents.collector.answers import Refused, accepted, gif, json_answer
from agents.collector.auth import header_key
from agents.collector.body import decompress, parse_item, parse_json, parse_multipart, parse_object, read_body
from agents.collector.door import Door, both
from agents.collector.ingest import Item
from agents.collector.producer import Unavailable
from agents.collector.records import RawRecord, as_id
from agents.collector.settings import WriteKey
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_SINGLE: Final = {
    "track": "track t",
    "page": "page p",
    "identify": "identify i",
    "group": "group g",
    "screen": "screen s",
    "alias": "alias a merge",
}
_FEED_CHUNK: Final = 500


class WriteRoutes:
    """Handlers of the ingest paths; each decodes, maps, and lets `Ingest` store."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._ingest = door.ingest
        self._settings = door.settings
        self._keys = door.keys

    def register(self, app: web.Application) -> None:
        """Add every path, with and without a slash at its end."""
        for path in ("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"):
            both(app, hdrs.METH_POST, path, self.take_batch)
        for kind, names in _SINGLE.items():
            for name in names.split():
                both(app, hdrs.METH_POST, f"/v1/{name}", self._single(kind))
            for path in ("/api/s", "/api/s/s2s"):  # Jitsu: a browser's, and a server's
                both(app, hdrs.METH_POST, f"{path}/{kind}", self._single(kind))
        both(app, hdrs.METH_POST, "/collect", self._single(""))
        both(app, hdrs.METH_POST, "/v1/m", self.self_metrics)
        both(app, hdrs.METH_POST, "/events", self.take_events)
        for provider in feeds.PROVIDERS:
            both(app, hdrs.METH_POST, f"/v1/feeds/{provider}", self._feed(provider))
        both(app, hdrs.METH_GET, "/px.gif", self.take_pixel)
        both(app, hdrs.METH_GET, "/v1/projects/{write_key}/settings", self.segment_settings)
        both(app, hdrs.METH_GET, "/sourceConfig", self.rudder_settings)

    async def take_batch(self, request: web.Request) -> web.Response:
        """`{"batch": [...]}`: good items are stored, bad ones set aside, the answer is 200."""
        body = await self._door.read(request)
        members = parse_json(body, dict[str, msgspec.Raw])
        envelope = {name: parse_json(bytes(raw)) for name, raw in members.items() if name != "batch"}
        owner = self._door.owner(request, as_id(envelope.get("writeKey")))
        raws = parse_json(bytes(members["batch"]), list[msgspec.Raw]) if "batch" in members else None
        if raws is None:
            raise Refused("invalid_shape")
        shared = envelope.get("context")
        arrival = self._door.arrival(owner, envelope.get("sentAt"), shared)
        items = [self._door.message_item(request, bytes(raw), None, "", arrival) for raw in raws]
        await self._door.store(request, items, owner.source)
        return accepted()

    def _single(self, kind: str) -> Any:
        async def single(request: web.Request) -> web.Response:
            body = await self._door.read(request)
            message = parse_object(body, request.headers.get(hdrs.CONTENT_TYPE, ""))
            owner = self._door.owner(request, as_id(message.get("writeKey")))
            if len(body) > self._settings.max_event_bytes:
                raise Refused("event_too_large")
            arrival = self._door.arrival(owner, message.get("sentAt"), None)
            await self._door.store(
                request, [self._door.message_item(request, body, message, kind, arrival)], owner.source
            )
            return accepted()

        return single

    async def self_metrics(self, request: web.Request) -> web.Response:
        """The clients' own metrics are of no use here."""
        return accepted()

    async def take_events(self, request: web.Request) -> web.Response:
        """CloudEvents or own records; without a write key only signals are taken, no control records."""
        query, own = request.query.get("writeKey", ""), request.headers.get("X-Write-Key", "")
        owner = self._keys.allow_signals(request, header_key(request), query, own)
        body = await self._door.read(request)
        trust = events.Trust(
            received_at=self._ingest.clock(),
            source=(owner or WriteKey("")).source,
            tenant=owner.tenant if owner else "",
            default_tenant=self._settings.tenant,
            known=owner is not None,
        )
        binary = events.binary_event(request.headers, body)
        if binary is not None:
            items = [self._event_item(body, binary, trust)]
        else:
            raws = events.split(body, request.content_type)
            items = [self._event_item(raw, parse_item(raw), trust) for raw in raws]
        tally = await self._door.store(request, items, owner.source if owner else "unknown")
        return accepted(accepted=tally.accepted, rejected=sum(tally.rejected.values()))

    def _feed(self, provider: str) -> Any:
        async def feed(request: web.Request) -> web.Response:
            return await self.take_feed(request, "" if provider == "generic" else provider)

        return feed

    async def take_feed(self, request: web.Request, provider: str) -> web.Response:
        """A file of CSV or JSON; the answer counts its rows."""
        owner = self._door.owner(request)
        limit = self._settings.max_feed_bytes
        body = await read_body(request, limit, self._settings.read_timeout, "feed_too_large")
        content_type = request.headers.get(hdrs.CONTENT_TYPE, "")
        if content_type.startswith("multipart/"):
            body = max((part for _, part in parse_multipart(body, content_type)), key=len, default=b"")
            body = decompress(body, "", limit, "feed_too_large")
        options = self._feed_options(request, owner, provider)
        is_json = body.lstrip()[:1] in (b"{", b"[")
        rows = (
            feeds.read_objects(body, options)
            if is_json
            else feeds.read_feed(feeds.decode_text(body), options)
        )
        total, reasons = 0, dict[str, int]()
        for begin in range(0, len(rows), _FEED_CHUNK):
            chunk = rows[begin : begin + _FEED_CHUNK]
            tally = await self._door.store(
                request, [Item(row.original.encode(), row.meaning) for row in chunk], owner.source
            )
            total += tally.accepted
            for reason, number in tally.rejected.items():
                reasons[reason] = reasons.get(reason, 0) + number
        return accepted(accepted=total, rejected=sum(reasons.values()), reasons=reasons)

    async def take_pixel(self, request: web.Request) -> web.Response:
        """Always the image, whatever the query says and whether Kafka is there: an image cannot try again."""
        answer = gif()
        owner = self._pixel_owner(request)
        if owner is None:
            self._ingest.meters.rejected.labels("unknown", "write_key_unknown").inc()
            return answer
        cookie = self._door.cookie(request, answer)
        tenant = owner.tenant or self._settings.tenant
        meaning = self._pixel_meaning(request, cookie, owner.source, tenant)
        if request.method == hdrs.METH_HEAD and isinstance(meaning, RawRecord):
            meaning.value.update({"is_bot": True, "bot_reason": "head_request"})
        agent = request.headers.get(hdrs.USER_AGENT, "")
        item = Item(request.query_string.encode(), meaning, agent, self._door.address(request))
        try:
            await self._door.store(request, [item], owner.source)
        except Unavailable:
            self._ingest.meters.rejected.labels(owner.source, "unavailable").inc()
        return answer

    def _pixel_meaning(
        self, request: web.Request, cookie: str, source: str, tenant: str
    ) -> RawRecord | Refusal:
        referer = request.headers.get(hdrs.REFERER, "")
        try:
            return pixel.to_record(request.query, cookie, self._ingest.clock(), source, tenant, referer)
        except Refusal as refusal:
            return refusal

    async def segment_settings(self, request: web.Request) -> web.Response:
        """What the browser client asks its settings host for before it sends anything."""
        write_key = request.match_info["write_key"]
        host = f"{request.host}/v1"
        integration = {"apiKey": write_key, "apiHost": host, "protocol": request.scheme}
        plan = {"track": {"__default": {"enabled": True}}}
        return json_answer(
            {"integrations": {"Segment.io": integration}, "plan": plan, "metrics": {"sampleRate": 0}}
        )

    async def rudder_settings(self, request: web.Request) -> web.Response:
        """The source configuration of the Rudder browser client: enabled, no destinations of its own."""
        off = {"enabled": False}
        source = {
            "id": "intent",
            "name": "intent",
            "writeKey": request.query.get("writeKey", ""),
            "enabled": True,
            "workspaceId": "intent",
            "config": {"statsCollection": {"errors": off, "metrics": off}},
            "dataplanes": {},
            "destinations": [],
            "connections": [],
        }
        return json_answer({"source": source, "updatedAt": "1970-01-01T00:00:00.000Z"})

    def _pixel_owner(self, request: web.Request) -> WriteKey | None:
        """The owner by key; without a key the image's own `site`, if a key of that source exists."""
        key = request.query.get("writeKey", "")
        if key:
            return self._keys.find(key)
        site = request.query.get("site", "")
        named = [known for known in self._settings.write_keys if known.source == site]
        return named[0] if named else WriteKey("")

    def _event_item(self, raw: bytes, message: dict[str, Any] | None, trust: events.Trust) -> Item:
        if len(raw) > self._settings.max_event_bytes:
            return Item(raw, Refusal(Reason.TOO_LARGE))
        if message is None:
            return Item(raw, Refusal(Reason.NOT_AN_OBJECT))
        try:
            return Item(raw, events.to_record(message, trust))
        except Refusal as refusal:
            return Item(raw, refusal)

    def _feed_options(self, request: web.Request, owner: WriteKey, provider: str) -> feeds.FeedOptions:
        order = request.query.get("dates")
        if order not in (None, "dmy", "mdy"):
            raise Refused("invalid_query")
        columns = request.query.get("columns", "")
        return feeds.FeedOptions(
            received_at=self._ingest.clock(),
            source=owner.source,
            tenant=owner.tenant or self._settings.tenant,
            provider=provider or request.query.get("provider", ""),
            date=request.query.get("date", ""),
            date_order=order,  # type: ignore[arg-type]  # one of the two, checked above
            columns=tuple(name.strip() for name in columns.split(",")) if columns else (),
        )
