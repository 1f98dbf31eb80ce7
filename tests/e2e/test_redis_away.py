"""Redis is only a view: killed in mid-run it costs the worker nothing, and comes back empty to the same picture."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from support.kafka import Broker
from support.redis import redis_server
from support.services import free_port, wait_until
from support.system import System
from support.traffic import Traffic

from agents.view.keys import Keys

SCORES, SALES_READY = "intent.scores.v1", "intent.sales-ready.v1"
FIELDS = ("time", "S", "F", "I", "R", "state", "people")


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_redis_killed_in_mid_run_costs_the_worker_nothing(embedded: Broker, tmp_path: Path) -> None:
    port = free_port()
    system = System(embedded, tmp_path, f"redis://127.0.0.1:{port}/0").create_topics()
    traffic = Traffic(3, int(time.time() * 1000))
    with ExitStack() as first, system.worker() as worker:
        first.enter_context(redis_server(tmp_path, port))
        worker.until_ready()
        system.produce(traffic.take(1_500))
        wait_until(lambda: _shown(port), seconds=60, what="the view is filled")

        first.close()
        before = worker.counted("intent_commits_total")
        system.produce(traffic.take(1_500))
        wait_until(lambda: _processed(system), seconds=60, what="work goes on without Redis", every=0.5)
        assert worker.counted("intent_commits_total") > before
        wait_until(lambda: worker.counted("intent_view_errors_total"), seconds=60, what="the loss is counted")
        assert worker.exit_code is None

        with redis_server(tmp_path, port):
            wait_until(lambda: _equal(system, port), seconds=60, what="the view equals the topics", every=0.5)
            assert worker.terminate() == 0


def _processed(system: System) -> bool:
    tails = system.tails("intent.web.v1", "intent.content.v1", "intent.contacts.v1")
    tails.catch_up()
    committed = system.committed("intent.web.v1", "intent.content.v1", "intent.contacts.v1")
    ends = {(topic, n): len(found) for topic, parts in tails.records.items() for n, found in parts.items()}
    return all(committed[place] >= end for place, end in ends.items())


def _equal(system: System, port: int) -> bool:
    """Every account's card is its last score, the board has their order, the list every sales-ready event."""
    scores: dict[str, Any] = {}
    for record in system.read(SCORES):
        scores[record.key.decode()] = msgspec.json.decode(record.value) if record.value else None
    wanted = {home: {f: score[f] for f in FIELDS} for home, score in scores.items() if score is not None}
    ready = {msgspec.json.decode(record.value)["id"] for record in system.read(SALES_READY)}
    shown = _shown(port)
    listed = _members(port, Keys().ready)
    return bool(wanted) and bool(ready) and shown == wanted and listed.keys() == ready


def _shown(port: int) -> dict[str, Any]:
    """The cards, each with its score on the board; nothing while the view was written to between the reads."""
    keys = Keys()
    with redis.Redis(port=port) as client:
        homes = _members(port, keys.board)
        cards = [client.get(keys.account(home)) for home in homes]
        if _members(port, keys.board) != homes:
            return {}
    decoded = {home: msgspec.json.decode(card) for home, card in zip(homes, cards, strict=True) if card}
    assert all(card["S"] == homes[home] for home, card in decoded.items())
    return {home: {field: card[field] for field in FIELDS} for home, card in decoded.items()}


def _members(port: int, key: str) -> dict[str, float]:
    with redis.Redis(port=port) as client:
        return {member.decode(): score for member, score in client.zrange(key, 0, -1, withscores=True)}
