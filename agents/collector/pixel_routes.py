"""Segment's and Rudder's pixels: one message in a query, base64 JSON or flat names. Always the image.

An `<img>` cannot try again and shows what it gets, so no error is ever told; refused messages are dead letters.
"""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import hdrs, web

from agents.collector.answers import Refused, gif
from agents.collector.body import nest, parse_item
from agents.collector.door import Door, both
from agents.collector.ingest import Item
from agents.collector.producer import Unavailable
from agents.collector.records import RawRecord, as_id
from agents.collector.snowplow import decode_base64
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_SEGMENT: Final = ("identify", "group", "alias", "page", "screen", "track")
_MAX_QUERY: Final = 200


class PixelRoutes:
    """Handlers of the pixels that other products define."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def register(self, app: web.Application) -> None:
        """Add every path, with and without a slash at its end."""
        for kind in _SEGMENT:
            both(app, hdrs.METH_GET, f"/v1/pixel/{kind}", self._pixel(kind))
        for kind in ("track", "page"):
            both(app, hdrs.METH_GET, f"/pixel/v1/{kind}", self._pixel(kind))

    def _pixel(self, kind: str) -> Any:
        async def pixel(request: web.Request) -> web.Response:
            answer, meters = gif(), self._door.ingest.meters
            message = message_of(request.query)
            try:
                owner = self._door.owner(request, as_id(message.get("writeKey")) if message else "")
                item = self._item(request, message, kind, self._door.arrival(owner))
                await self._door.store(request, [item], owner.source)
            except Refused as refused:
                meters.rejected.labels("unknown", refused.code).inc()
            except Unavailable:
                meters.rejected.labels("unknown", "unavailable").inc()
            return answer

        return pixel

    def _item(self, request: web.Request, message: dict[str, Any] | None, kind: str, arrival: Any) -> Item:
        raw = request.query_string.encode()
        if message is None:
            return Item(raw, Refusal(Reason.INVALID_JSON, "data"))
        item = self._door.message_item(request, raw, message, kind, arrival)
        if request.method == hdrs.METH_HEAD and isinstance(item.meaning, RawRecord):
            item.meaning.value.update({"is_bot": True, "bot_reason": "head_request"})
        return item


def message_of(query: Mapping[str, str]) -> dict[str, Any] | None:
    """The message of a query: `data` in base64, or flat names as `properties.email`. None: unreadable data.

    A page's name is a property, as the SDKs send it.
    """
    if "data" in query:
        try:
            return parse_item(decode_base64(query["data"]))
        except Refused:
            return None
    flat = {name: text for name, text in list(query.items())[:_MAX_QUERY] if name != "writeKey"}
    message = nest(flat)
    for name in ("properties", "traits", "context"):
        if not isinstance(message.get(name, {}), dict):
            message.pop(name)
    return message
