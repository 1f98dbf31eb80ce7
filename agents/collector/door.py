"""What every ingest route needs: the body, whose request it is, the visitor's address and cookie, the store."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aiohttp import hdrs, web

from agents.collector import bots, privacy, segment
from agents.collector.answers import Refused
from agents.collector.auth import WriteKeys, header_key
from agents.collector.body import parse_item, read_body
from agents.collector.ingest import Ingest, Item, Tally
from agents.collector.records import RawRecord, parse_time
from agents.collector.settings import WriteKey
from schemas.codec import Refusal
from schemas.dead_letter import Reason


class Door:
    """One request on its way in, whatever protocol it speaks."""

    def __init__(self, ingest: Ingest, draining: asyncio.Event) -> None:
        self.ingest = ingest
        self.settings = ingest.settings
        self.keys = WriteKeys(ingest.settings.write_keys)
        self._draining = draining

    def now(self) -> datetime:
        """The time of receipt."""
        return self.ingest.clock()

    async def read(self, request: web.Request, too_large: str = "body_too_large") -> bytes:
        """The decoded body. Raises Refused."""
        limit, timeout = self.settings.max_body_bytes, self.settings.read_timeout
        return await read_body(request, limit, timeout, too_large)

    def owner(self, request: web.Request, body_key: str = "") -> WriteKey:
        """Whose request this is: Basic, our own header, the body (Jitsu masks its key there), Bearer, query."""
        basic = request.headers.get(hdrs.AUTHORIZATION, "").lower().startswith("basic")
        in_header = header_key(request)
        first, later = (in_header, "") if basic else ("", in_header)
        # Jitsu's `NAME:KEY`; no configured key has a colon in it
        own = request.headers.get("X-Write-Key", "").rpartition(":")[2]
        query = request.query.get("writeKey", "")
        return self.keys.require(request, first, own, body_key, later, query)

    def arrival(self, owner: WriteKey, sent_at: Any = None, context: Any = None) -> segment.Arrival:
        """What is known about a request beside its items."""
        return segment.Arrival(
            received_at=self.now(),
            source=owner.source,
            tenant=owner.tenant or self.settings.tenant,
            sent_at=parse_time(sent_at),
            context=context if isinstance(context, Mapping) else None,
            own_hosts=self.settings.own_hosts,
        )

    def message_item(
        self,
        request: web.Request,
        raw: bytes,
        message: Mapping[str, Any] | None,
        kind: str,
        arrival: segment.Arrival,
    ) -> Item:
        """One message in Segment's shape as an item; a refused one keeps its bytes."""
        if len(raw) > self.settings.max_event_bytes:
            return Item(raw, Refusal(Reason.TOO_LARGE))
        message = parse_item(raw) if message is None else message
        if message is None:
            return Item(raw, Refusal(Reason.NOT_AN_OBJECT))
        agent = segment.user_agent(message, request.headers.get(hdrs.USER_AGENT, ""), arrival.context)
        address = segment.address(message, arrival.context) or self.address(request)
        return Item(raw, meaning_of(lambda: segment.to_record(message, kind, arrival)), agent, address)

    def address(self, request: web.Request) -> str:
        """The caller's address; behind a trusted proxy the one that the proxy saw."""
        peer = request.remote or ""
        if self.ingest.proxies and bots.inside(peer, self.ingest.proxies):
            for hop in reversed(request.headers.get(hdrs.X_FORWARDED_FOR, "").split(",")):
                peer = hop.strip() or peer
                if not bots.inside(peer, self.ingest.proxies):
                    break
        return peer

    def cookie(self, request: web.Request, answer: web.Response) -> str:
        """The visitor's id from our cookie; a new one is set unless the visitor opted out."""
        name = self.settings.cookie_name
        if not name or privacy.opted_out(request.headers):
            return ""
        known = request.cookies.get(name, "")
        visitor = known if 0 < len(known) <= 64 and known.isascii() else str(uuid.uuid4())
        if request.method != hdrs.METH_HEAD:
            answer.set_cookie(
                name,
                visitor,
                max_age=self.settings.cookie_max_age,
                domain=self.settings.cookie_domain or None,
                httponly=True,
                samesite="Lax",
                secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
            )
        return visitor

    async def store(self, request: web.Request, items: Sequence[Item], source: str = "unknown") -> Tally:
        """Hand the items to Kafka. Raises Refused(shutting_down) and Unavailable."""
        if self._draining.is_set():
            raise Refused("shutting_down")
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "unmatched"
        return await self.ingest.accept(items, route=route, source=source, headers=request.headers)


def meaning_of(read: Any) -> RawRecord | Refusal:
    """What `read` returns, or the refusal that it raises."""
    try:
        record: RawRecord = read()
    except Refusal as refusal:
        return refusal
    return record


def both(app: web.Application, method: str, path: str, handler: Any) -> None:
    """Add a path with and without a slash at its end."""
    add = app.router.add_get if method == hdrs.METH_GET else lambda p, h: app.router.add_route(method, p, h)
    add(path, handler)
    add(path + "/", handler)
