"""Snowplow's routes. Trackers give up only on a few statuses, so what is wrong with an event is never theirs.

A payload that is read is answered 200, its bad events are dead letters; one that cannot be read is 400.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgspec
from aiohttp import hdrs, web

from agents.collector import segment, snowplow
from agents.collector.answers import Refused, gif, ok_text
from agents.collector.body import parse_item, parse_json
from agents.collector.door import Door, both, meaning_of
from agents.collector.ingest import Item
from agents.collector.records import RawRecord, as_id
from agents.collector.settings import WriteKey
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_METHODS: Final = (hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_POST)
_UNKNOWN_TRACKER: Final = r"/{vendor:[A-Za-z]+(?:\.[\w-]+)+}/{version}"


class TrackerRoutes:
    """Handlers of the tracker paths."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._settings = door.settings
        self._heartbeats = snowplow.Heartbeats(
            door.settings.snowplow_heartbeat, door.settings.snowplow_min_visit
        )

    def register(self, app: web.Application) -> None:
        """Add every path; the pattern comes last, so fixed ones win."""
        for path in ("/i", "/ice.png", *(f"/{path}" for path in self._settings.snowplow_paths)):
            both(app, hdrs.METH_ANY, path, self.take_tracker)
        app.router.add_route(hdrs.METH_ANY, _UNKNOWN_TRACKER, self.unknown_tracker)

    async def take_tracker(self, request: web.Request) -> web.Response:
        """A POST with many events in its body, or a GET with one in its query."""
        if request.method not in _METHODS:
            raise Refused("unknown_path")
        is_post = request.method == hdrs.METH_POST
        raws = await self._events(request) if is_post else [(request.query_string.encode(), None)]
        answer = ok_text() if is_post else gif()
        in_browser = request.headers.get(hdrs.USER_AGENT, "").startswith("Mozilla/")
        keeps_cookie = in_browser and "SP-Anonymous" not in request.headers  # a server is no visitor
        cookie = self._door.cookie(request, answer) if keeps_cookie else ""
        by_source: dict[str, list[Item]] = {}
        for raw, fields in raws:
            source, item = self._item(request, raw, fields if is_post else dict(request.query), cookie)
            by_source.setdefault(source, []).append(item)
        for source, items in by_source.items():
            await self._door.store(request, items, source)
        return answer

    async def unknown_tracker(self, request: web.Request) -> web.Response:
        """400 and not 404: trackers send anything but a few statuses again for ever."""
        raise Refused("unknown_path")

    async def _events(self, request: web.Request) -> list[tuple[bytes, Mapping[str, Any] | None]]:
        body = await self._door.read(request)
        members = parse_json(body, dict[str, msgspec.Raw])
        if "data" not in members:
            raise Refused("invalid_shape")
        raws = [bytes(raw) for raw in parse_json(bytes(members["data"]), list[msgspec.Raw])]
        return [(raw, parse_item(raw)) for raw in raws]

    def _item(
        self, request: web.Request, raw: bytes, fields: Mapping[str, Any] | None, cookie: str
    ) -> tuple[str, Item]:
        """(source, item) of one event."""
        if len(raw) > self._settings.max_event_bytes:
            return "unknown", Item(raw, Refusal(Reason.TOO_LARGE))
        if fields is None:
            return "unknown", Item(raw, Refusal(Reason.NOT_AN_OBJECT))
        owner = self._owner(as_id(fields.get("aid")))
        if owner is None:
            return "unknown", Item(raw, Refusal(Reason.UNLISTED_VALUE, "$.aid"))
        meaning = meaning_of(partial(self._record, request, fields, owner, cookie))
        if request.method == hdrs.METH_HEAD and isinstance(meaning, RawRecord):
            meaning.value.update({"is_bot": True, "bot_reason": "head_request"})
        header = request.headers.get(hdrs.USER_AGENT, "")
        stated = {"context": {"userAgent": as_id(fields.get("ua")), "ip": as_id(fields.get("ip"))}}
        anonymous = "SP-Anonymous" in request.headers
        address = "" if anonymous else segment.address(stated) or self._door.address(request)
        return owner.source, Item(raw, meaning, segment.user_agent(stated, header), address)

    def _record(
        self, request: web.Request, fields: Mapping[str, Any], owner: WriteKey, cookie: str
    ) -> RawRecord:
        anonymous = "SP-Anonymous" in request.headers
        visit = snowplow.Visit(
            source=owner.source,
            heartbeats=self._heartbeats,
            account_entities=self._settings.snowplow_account_entities,
            cookie=cookie,
            anonymous=anonymous,
        )
        message = snowplow.to_message(fields, visit)
        record = segment.to_record(message, "track", self._door.arrival(owner))
        if anonymous:
            record.value.setdefault("consent", {"state": "unknown", "basis": "sp_anonymous"})
        return record

    def _owner(self, app_id: str) -> WriteKey | None:
        """Whose records an application id brings; None where ids are configured and this is none of them."""
        known = self._settings.snowplow_app_ids
        if not known:
            return WriteKey("")
        return next((owner for owner in known if owner.key == app_id), None)
