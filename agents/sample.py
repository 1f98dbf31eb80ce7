"""The sample traffic of `intent up`: a simulated market played through the collector, as a tracker would send it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

import aiohttp

from agents.outputs import encode_value
from streams.market import Raw, SampleMarket

if TYPE_CHECKING:
    from agents.worker import Worker

SEED = 7
_BATCH = 200  # records a request
_PAUSE = 0.25  # seconds between two looks at the live market
_RETRIES = 20


def sample_policy() -> bytes:
    """The policy that the sample's companies are made for."""
    return files("agents").joinpath("sample_policy.toml").read_bytes()


async def load_history(url: str, market: SampleMarket, worker: Worker) -> int:
    """Send the 90 days that have been and return when all of it is scored; how many records that were.

    No tick is written meanwhile: a half told history must not decide anything.
    """
    history = market.history()
    async with aiohttp.ClientSession() as session:
        for start in range(0, len(history), _BATCH):
            await _send(session, url, history[start : start + _BATCH])
    while not await _settled(worker, len(history)):
        pass  # it waits
    return len(history)


async def play(url: str, market: SampleMarket, on_sent: asyncio.Queue[int]) -> None:
    """Send the live market as it happens, until cancelled; how many were sent goes to the queue."""
    async with aiohttp.ClientSession() as session:
        while True:
            records = market.live(now_ms())
            for start in range(0, len(records), _BATCH):
                await _send(session, url, records[start : start + _BATCH])
            on_sent.put_nowait(len(records))
            await asyncio.sleep(_PAUSE)


def now_ms() -> int:
    """The wall clock, ms UTC."""
    return int(time.time() * 1000)


async def _settled(worker: Worker, records: int) -> bool:
    """Whether so many records are through both hops and nothing has moved for half a second."""
    before = worker.scoring.applied
    await asyncio.sleep(0.5)
    return worker.intake.applied >= records and before == worker.scoring.applied >= worker.intake.applied


async def _send(session: aiohttp.ClientSession, url: str, records: Sequence[Raw]) -> None:
    """One request; while Kafka is away the collector says 503 and it is sent again."""
    body = encode_value([raw.line() for raw in records])
    for attempt in range(_RETRIES):
        async with session.post(
            f"{url}/events", data=body, headers={"content-type": "application/json"}
        ) as answer:
            if answer.status == 200:
                return
            if answer.status != 503:
                raise RuntimeError(f"the collector answered {answer.status} to sample traffic")
        await asyncio.sleep(min(2.0, 0.2 * (attempt + 1)))
    raise RuntimeError("the collector stayed unavailable")
