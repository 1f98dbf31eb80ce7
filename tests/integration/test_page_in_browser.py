"""The page in headless Chromium: what a person sees is what the view holds, and its style is allowed to load."""

import asyncio
from pathlib import Path

from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry
from support.collector import SETTINGS, MemoryProducer
from support.services import rendered, screenshot
from support.view import a_score, an_event, record

from agents.collector.app import build_collector
from agents.view.applier import Applier, Place
from agents.view.reader import ViewReader
from agents.view.store import ViewStore, open_redis
from agents.view.writer import READY, SCORES

PLAIN_BYTES = 20_000  # a page without its style is far smaller as an image


async def test_the_page_is_drawn_with_its_style_and_its_numbers(tmp_path: Path) -> None:
    store = ViewStore(open_redis("memory://"))
    records = [record(SCORES, a_score(), 0), record(READY, an_event("sr-1"), 1)]
    await Applier(store).apply(Place(SCORES, 0), records, 2, 1_773_832_500)
    app = build_collector(SETTINGS, MemoryProducer(), ViewReader(store), registry=CollectorRegistry())
    async with TestServer(app) as server:
        url = str(server.make_url("/?account=acc-acme"))
        text = await asyncio.to_thread(rendered, url, tmp_path)
        image = await asyncio.to_thread(screenshot, url, tmp_path / "page.png")

    assert "Three people compared prices this week" in text
    assert "71.270" in text
    assert image.stat().st_size > PLAIN_BYTES
