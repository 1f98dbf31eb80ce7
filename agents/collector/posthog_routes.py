"""PostHog's routes: capture in its four forms, and what its browser client asks for before it sends."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from aiohttp import hdrs, web

from agents.collector import posthog
from agents.collector.answers import Refused, json_answer
from agents.collector.body import parse_item, parse_json
from agents.collector.door import Door, both
from agents.collector.ingest import Item
from agents.collector.records import as_id
from agents.collector.segment import Arrival
from agents.collector.snowplow import decode_base64
from schemas.codec import Refusal
from schemas.dead_letter import Reason

_CAPTURE: Final = ("/batch", "/e", "/i/v0/e", "/capture", "/track", "/engage")
_FLAGS: Final = {
    "flags": {},
    "featureFlags": {},
    "featureFlagPayloads": {},
    "errorsWhileComputingFlags": False,
}
_CONFIG: Final = {
    "supportedCompression": ["gzip", "gzip-js"],
    "hasFeatureFlags": False,
    "autocapture_opt_out": True,
    "sessionRecording": False,
    "surveys": False,
    "heatmaps": False,
    "capturePerformance": False,
    "captureDeadClicks": False,
    "siteApps": [],
}


class PosthogRoutes:
    """Handlers of the PostHog paths."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def register(self, app: web.Application) -> None:
        """Add every path, with and without a slash at its end."""
        for path in _CAPTURE:
            both(app, hdrs.METH_POST, path, self.take)
        for path in ("/flags", "/decide"):
            both(app, hdrs.METH_POST, path, self.flags)
        both(app, hdrs.METH_GET, "/array/{token}/config", self.config)
        both(app, hdrs.METH_POST, "/s", self.recording)

    async def take(self, request: web.Request) -> web.Response:
        """Events, one or many; good ones are stored, bad ones set aside. 413 makes the client halve."""
        body = unwrap(await self._door.read(request, "batch_too_large"))
        envelope, raws = split(body)
        events = [(raw, parse_item(raw)) for raw in raws]
        owner = self._door.owner(request, _key(envelope, events, request.query))
        arrival = self._door.arrival(owner)
        arrival = replace(arrival, sent_at=posthog.moment_sent(envelope, request.query))
        items = [self._item(request, raw, event, arrival) for raw, event in events]
        await self._door.store(request, items, owner.source)
        return json_answer({"status": 1})

    def _item(
        self, request: web.Request, raw: bytes, event: Mapping[str, Any] | None, arrival: Arrival
    ) -> Item:
        if event is None:
            return Item(raw, Refusal(Reason.NOT_AN_OBJECT))
        message = posthog.to_message(event, arrival.received_at)
        return self._door.message_item(request, raw, message, "track", arrival)

    async def flags(self, request: web.Request) -> web.Response:
        """No feature flags are kept here."""
        return json_answer(_FLAGS)

    async def config(self, request: web.Request) -> web.Response:
        """The remote configuration of the browser client: everything but capture is off."""
        return json_answer({"token": request.match_info["token"], **_CONFIG})

    async def recording(self, request: web.Request) -> web.Response:
        """Session recordings are of no use here."""
        return json_answer({"status": 1})


def unwrap(body: bytes) -> bytes:
    """The JSON of a body, which an older client sends as `data=` of a form, in base64 or plain. Raises Refused."""
    if not body.lstrip().startswith(b"data="):
        return body
    data = parse_qs(body.decode("utf-8", "replace").strip(), max_num_fields=100).get("data", [""])[0]
    return data.encode() if data.lstrip()[:1] in ("{", "[") else decode_base64(data)


def split(body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """(what the batch says, the bytes of each event). Raises Refused."""
    if body.lstrip()[:1] == b"[":
        return {}, [bytes(raw) for raw in parse_json(body, list[msgspec.Raw])]
    members = parse_json(body, dict[str, msgspec.Raw])
    if "batch" in members:
        raws = [bytes(raw) for raw in parse_json(bytes(members.pop("batch")), list[msgspec.Raw])]
    elif "event" in members:
        raws = [body]
    else:
        raise Refused("invalid_shape")
    return {name: parse_json(bytes(raw)) for name, raw in members.items()}, raws


def _key(
    envelope: Mapping[str, Any],
    events: list[tuple[bytes, dict[str, Any] | None]],
    query: Mapping[str, str],
) -> str:
    """The project key: of the batch, of its first event, or of the query."""
    first = next((event for _, event in events if event is not None), {})
    properties = first.get("properties")
    inner = properties.get("token") if isinstance(properties, Mapping) else ""
    stated = (
        *(envelope.get(name) for name in ("api_key", "token")),
        *(first.get(name) for name in ("api_key", "token")),
        inner,
        *(query.get(name) for name in ("api_key", "token")),
    )
    return next((text for text in map(as_id, stated) if text), "")
