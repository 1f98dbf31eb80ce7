"""The routes that take records in: Segment and Rudder messages, events, images, feeds, trackers."""

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aiohttp import hdrs, web

from agents.collector import bots, events, feeds, pixel, privacy, segment
from agents.collector.answers import Refused, accepted, gif, json_answer, ok_text
from agents.collector.auth import WriteKeys, header_key
from agents.collector.body import parse_item, parse_json, parse_multipart, parse_object, read_body
from agents.collector.ingest import Ingest, Item
from agents.collector.producer import Unavailable
from agents.collector.records import RawRecord, as_id, parse_time
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

    def __init__(self, ingest: Ingest, draining: asyncio.Event) -> None:
        self._ingest = ingest
        self._draining = draining
        self._settings = ingest.settings
        self._keys = WriteKeys(ingest.settings.write_keys)

    def register(self, app: web.Application) -> None:
        """Add every path, with and without a slash at its end."""
        for path in ("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"):
            _both(app, hdrs.METH_POST, path, self.take_batch)
        for kind, names in _SINGLE.items():
            for name in names.split():
                _both(app, hdrs.METH_POST, f"/v1/{name}", self._single(kind))
        _both(app, hdrs.METH_POST, "/collect", self._single(""))
        _both(app, hdrs.METH_POST, "/v1/m", self.self_metrics)
        _both(app, hdrs.METH_POST, "/events", self.take_events)
        _both(app, hdrs.METH_POST, "/v1/feeds/generic", self.take_feed)
        _both(app, hdrs.METH_GET, "/px.gif", self.take_pixel)
        for path in ("/i", "/ice.png", *(f"/{path}" for path in self._settings.snowplow_paths)):
            _both(app, hdrs.METH_ANY, path, self.take_tracker)
        app.router.add_route(
            hdrs.METH_ANY, r"/{vendor:[A-Za-z]+(?:\.[\w-]+)+}/{version}", self.unknown_tracker
        )
        _both(app, hdrs.METH_GET, "/v1/projects/{write_key}/settings", self.segment_settings)
        _both(app, hdrs.METH_GET, "/sourceConfig", self.rudder_settings)

    async def take_batch(self, request: web.Request) -> web.Response:
        """`{"batch": [...]}`: good items are stored, bad ones set aside, the answer is 200."""
        body = await self._read(request)
        members = parse_json(body, dict[str, msgspec.Raw])
        envelope = {name: parse_json(bytes(raw)) for name, raw in members.items() if name != "batch"}
        owner = self._owner(request, as_id(envelope.get("writeKey")))
        raws = parse_json(bytes(members["batch"]), list[msgspec.Raw]) if "batch" in members else None
        if raws is None:
            raise Refused("invalid_shape")
        shared = envelope.get("context")
        arrival = self._arrival(owner, envelope.get("sentAt"), shared)
        items = [self._segment_item(request, bytes(raw), None, "", arrival) for raw in raws]
        await self._store(request, items, owner)
        return accepted()

    def _single(self, kind: str) -> Any:
        async def single(request: web.Request) -> web.Response:
            body = await self._read(request)
            message = parse_object(body, request.headers.get(hdrs.CONTENT_TYPE, ""))
            owner = self._owner(request, as_id(message.get("writeKey")))
            if len(body) > self._settings.max_event_bytes:
                raise Refused("event_too_large")
            arrival = self._arrival(owner, message.get("sentAt"), None)
            await self._store(request, [self._segment_item(request, body, message, kind, arrival)], owner)
            return accepted()

        return single

    async def self_metrics(self, request: web.Request) -> web.Response:
        """The clients' own metrics are of no use here."""
        return accepted()

    async def take_events(self, request: web.Request) -> web.Response:
        """CloudEvents or own records; without a write key only signals are taken, no control records."""
        query, own = request.query.get("writeKey", ""), request.headers.get("X-Write-Key", "")
        owner = self._keys.allow_signals(request, header_key(request), query, own)
        body = await self._read(request)
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
        tally = await self._store(request, items, owner)
        return accepted(accepted=tally.accepted, rejected=sum(tally.rejected.values()))

    async def take_feed(self, request: web.Request) -> web.Response:
        """A CSV file; the answer counts its rows."""
        owner = self._owner(request)
        limit = self._settings.max_feed_bytes
        body = await read_body(request, limit, self._settings.read_timeout, "feed_too_large")
        content_type = request.headers.get(hdrs.CONTENT_TYPE, "")
        if content_type.startswith("multipart/"):
            body = max((part for _, part in parse_multipart(body, content_type)), key=len, default=b"")
        rows = feeds.read_feed(feeds.decode_text(body), self._feed_options(request, owner))
        total, reasons = 0, dict[str, int]()
        for begin in range(0, len(rows), _FEED_CHUNK):
            chunk = rows[begin : begin + _FEED_CHUNK]
            tally = await self._store(
                request, [Item(row.original.encode(), row.meaning) for row in chunk], owner
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
        cookie = self._cookie(request, answer)
        tenant = owner.tenant or self._settings.tenant
        meaning = self._pixel_meaning(request, cookie, owner.source, tenant)
        if request.method == hdrs.METH_HEAD and isinstance(meaning, RawRecord):
            meaning.value.update({"is_bot": True, "bot_reason": "head_request"})
        agent = request.headers.get(hdrs.USER_AGENT, "")
        item = Item(request.query_string.encode(), meaning, agent, self._address(request))
        try:
            await self._store(request, [item], owner)
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

    async def take_tracker(self, request: web.Request) -> web.Response:
        """Tracker payloads that are not read yet are kept as dead letters, never refused for ever."""
        is_post = request.method == hdrs.METH_POST
        original = await self._read(request) if is_post else request.query_string.encode()
        if is_post:
            parse_json(original)
        item = Item(original, Refusal(Reason.UNKNOWN_TYPE, "a tracker payload"))
        await self._store(request, [item], None)
        return ok_text() if is_post else gif()

    async def unknown_tracker(self, request: web.Request) -> web.Response:
        """400 and not 404: trackers send anything but a few statuses again for ever."""
        raise Refused("unknown_path")

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

    async def _read(self, request: web.Request) -> bytes:
        return await read_body(request, self._settings.max_body_bytes, self._settings.read_timeout)

    def _owner(self, request: web.Request, body_key: str = "") -> WriteKey:
        """Whose request this is: Basic first, then the body, a Bearer key, the query, our own header."""
        basic = request.headers.get(hdrs.AUTHORIZATION, "").lower().startswith("basic")
        in_header = header_key(request)
        first, later = (in_header, "") if basic else ("", in_header)
        query = request.query.get("writeKey", "")
        return self._keys.require(
            request, first, body_key, later, query, request.headers.get("X-Write-Key", "")
        )

    def _pixel_owner(self, request: web.Request) -> WriteKey | None:
        """The owner by key; without a key the image's own `site`, if a key of that source exists."""
        key = request.query.get("writeKey", "")
        if key:
            return self._keys.find(key)
        site = request.query.get("site", "")
        named = [known for known in self._settings.write_keys if known.source == site]
        return named[0] if named else WriteKey("")

    def _arrival(self, owner: WriteKey, sent_at: Any, context: Any) -> segment.Arrival:
        return segment.Arrival(
            received_at=self._ingest.clock(),
            source=owner.source,
            tenant=owner.tenant or self._settings.tenant,
            sent_at=parse_time(sent_at),
            context=context if isinstance(context, Mapping) else None,
            own_hosts=self._settings.own_hosts,
        )

    def _segment_item(
        self,
        request: web.Request,
        raw: bytes,
        message: dict[str, Any] | None,
        kind: str,
        arrival: segment.Arrival,
    ) -> Item:
        if len(raw) > self._settings.max_event_bytes:
            return Item(raw, Refusal(Reason.TOO_LARGE))
        message = parse_item(raw) if message is None else message
        if message is None:
            return Item(raw, Refusal(Reason.NOT_AN_OBJECT))
        agent = segment.user_agent(message, request.headers.get(hdrs.USER_AGENT, ""), arrival.context)
        address = segment.address(message, arrival.context) or self._address(request)
        try:
            return Item(raw, segment.to_record(message, kind, arrival), agent, address)
        except Refusal as refusal:
            return Item(raw, refusal)

    def _event_item(self, raw: bytes, message: dict[str, Any] | None, trust: events.Trust) -> Item:
        if len(raw) > self._settings.max_event_bytes:
            return Item(raw, Refusal(Reason.TOO_LARGE))
        if message is None:
            return Item(raw, Refusal(Reason.NOT_AN_OBJECT))
        try:
            return Item(raw, events.to_record(message, trust))
        except Refusal as refusal:
            return Item(raw, refusal)

    def _feed_options(self, request: web.Request, owner: WriteKey) -> feeds.FeedOptions:
        order = request.query.get("dates")
        if order not in (None, "dmy", "mdy"):
            raise Refused("invalid_query")
        columns = request.query.get("columns", "")
        return feeds.FeedOptions(
            received_at=self._ingest.clock(),
            source=owner.source,
            tenant=owner.tenant or self._settings.tenant,
            provider=request.query.get("provider", ""),
            date_order=order,  # type: ignore[arg-type]  # one of the two, checked above
            columns=tuple(name.strip() for name in columns.split(",")) if columns else (),
        )

    def _address(self, request: web.Request) -> str:
        """The caller's address; behind a trusted proxy the one that the proxy saw."""
        peer = request.remote or ""
        if self._ingest.proxies and bots.inside(peer, self._ingest.proxies):
            for hop in reversed(request.headers.get(hdrs.X_FORWARDED_FOR, "").split(",")):
                peer = hop.strip() or peer
                if not bots.inside(peer, self._ingest.proxies):
                    break
        return peer

    def _cookie(self, request: web.Request, answer: web.Response) -> str:
        """The visitor's id from our cookie; a new one is set unless the visitor opted out."""
        name = self._settings.cookie_name
        if not name or privacy.opted_out(request.headers):
            return ""
        known = request.cookies.get(name, "")
        visitor = known if 0 < len(known) <= 64 and known.isascii() else str(uuid.uuid4())
        if request.method == hdrs.METH_GET:
            answer.set_cookie(
                name,
                visitor,
                max_age=self._settings.cookie_max_age,
                domain=self._settings.cookie_domain or None,
                httponly=True,
                samesite="Lax",
                secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
            )
        return visitor

    async def _store(self, request: web.Request, items: list[Item], owner: WriteKey | None) -> Any:
        if self._draining.is_set():
            raise Refused("shutting_down")
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "unmatched"
        source = owner.source if owner else "unknown"
        return await self._ingest.accept(items, route=route, source=source, headers=request.headers)


def _both(app: web.Application, method: str, path: str, handler: Any) -> None:
    add = app.router.add_get if method == hdrs.METH_GET else lambda p, h: app.router.add_route(method, p, h)
    add(path, handler)
    add(path + "/", handler)
