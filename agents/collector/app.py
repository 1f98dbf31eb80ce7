"""Builds the collector: routes, and around all of them one place for errors, CORS and counts."""

import asyncio
import logging
import time
import traceback
import weakref
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import REGISTRY, CollectorRegistry

from agents.collector import answers, cors
from agents.collector.answers import Refused
from agents.collector.door import Door
from agents.collector.ingest import Ingest
from agents.collector.meters import Meters, build_meters
from agents.collector.ops import OpsRoutes
from agents.collector.pixel_routes import PixelRoutes
from agents.collector.posthog_routes import PosthogRoutes
from agents.collector.producer import Producer, Unavailable
from agents.collector.read_routes import ReadRoutes
from agents.collector.settings import CollectorSettings
from agents.collector.tracker_routes import TrackerRoutes
from agents.collector.webhook_routes import WebhookRoutes
from agents.collector.write_routes import WriteRoutes
from agents.view.reader import Reader

_log = logging.getLogger(__name__)
_HTTP_CODES: Final = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
# families register once a registry, whatever the number of apps
_meters: "weakref.WeakKeyDictionary[CollectorRegistry, Meters]" = weakref.WeakKeyDictionary()


def build_collector(
    settings: CollectorSettings,
    producer: Producer,
    view: Reader,
    *,
    registry: CollectorRegistry = REGISTRY,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> web.Application:
    """The collector as an aiohttp application; it starts and stops the producer with itself.

    Raises ValueError for a setting that cannot be used (a network that is none).
    """
    if registry not in _meters:
        _meters[registry] = build_meters(registry)
    meters = _meters[registry]
    draining = asyncio.Event()
    app = web.Application(
        middlewares=[_edge(settings, meters)],
        # bodies are decompressed by their content, and an access log would hold addresses and ids
        handler_args={"auto_decompress": False, "access_log": None},
    )
    door = Door(Ingest(settings, producer, meters, clock), draining)
    WriteRoutes(door).register(app)
    TrackerRoutes(door).register(app)
    PosthogRoutes(door).register(app)
    PixelRoutes(door).register(app)
    WebhookRoutes(door).register(app)
    ReadRoutes(settings, view).register(app)
    OpsRoutes(producer, registry, draining).register(app)

    async def drain(_: web.Application) -> None:
        draining.set()

    async def run_producer(_: web.Application) -> AsyncIterator[None]:
        await producer.start()
        yield
        await producer.stop()

    app.on_shutdown.append(drain)
    app.cleanup_ctx.append(run_producer)
    return app


def _edge(settings: CollectorSettings, meters: Meters) -> Middleware:
    @web.middleware
    async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
        begun = time.perf_counter()
        answer = await _answer(request, handler, settings)
        cors.add_cors(request, answer, settings.allowed_origins)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        route = route_of(request)
        meters.requests.labels(route, str(answer.status)).inc()
        meters.duration.labels(route).observe(time.perf_counter() - begun)
        if request.content_length is not None:
            meters.size.labels(route).observe(request.content_length)
        return answer

    return edge


async def _answer(request: web.Request, handler: Handler, settings: CollectorSettings) -> web.StreamResponse:
    """The handler's answer, or the error answer that its failure stands for."""
    if request.method == hdrs.METH_OPTIONS:
        return cors.preflight()
    try:
        return await handler(request)
    except Refused as refused:
        return answers.error(refused.code, settings.retry_after)
    except Unavailable:
        return answers.error("unavailable", settings.retry_after)
    except web.HTTPException as error:
        return answers.error(_HTTP_CODES.get(error.status, "not_found"), settings.retry_after)
    except Exception as error:  # noqa: BLE001  the edge answers, whatever fails; without the request in the log
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{frame.name}:{frame.lineno}"
        about = {"route": route_of(request), "error": type(error).__name__, "where": where}
        _log.error("request failed", extra=about)
        return answers.error("internal", settings.retry_after)


def route_of(request: web.Request) -> str:
    """The path's template, the only form in which a path may be a label."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"
