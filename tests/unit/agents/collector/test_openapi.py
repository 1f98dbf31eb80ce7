"""The published interface holds for generated requests too."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
import schemathesis
from aiohttp import web
from hypothesis import settings
from prometheus_client import CollectorRegistry
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.collector import KEY, SETTINGS, TOKEN, MemoryProducer, MemoryView
from support.view import a_score

from agents.collector.app import build_collector
from agents.collector.openapi import document

CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
schema = schemathesis.openapi.from_dict(document("0"))


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """A collector in a thread of its own: the generated requests come from synchronous code."""
    loop, ready, urls = asyncio.new_event_loop(), threading.Event(), list[str]()

    async def start() -> None:
        app = build_collector(
            SETTINGS, MemoryProducer(), MemoryView([a_score()]), registry=CollectorRegistry()
        )
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        ready.set()

    def run() -> None:
        loop.create_task(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield urls[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@schema.parametrize()
@settings(max_examples=8)
def test_the_document_holds(case: schemathesis.Case, served: str) -> None:
    reading = case.path.startswith(("/accounts", "/sales-ready"))
    headers = {"Authorization": f"Bearer {TOKEN if reading else KEY}"}

    case.call_and_validate(base_url=served, headers=headers, checks=CHECKS)


def test_every_documented_path_is_served() -> None:
    app = build_collector(SETTINGS, MemoryProducer(), MemoryView(), registry=CollectorRegistry())
    served_paths = {route.resource.canonical for route in app.router.routes() if route.resource is not None}

    assert set(document("0")["paths"]) <= served_paths
