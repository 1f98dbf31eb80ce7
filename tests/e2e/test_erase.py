"""A person is erased: no byte of them is left in changelog, scores or Redis, nor after their records come again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from support.kafka import Broker
from support.redis import redis_server
from support.services import free_port, wait_until
from support.system import System

from agents.topic_admin import changelog_name
from streams.timeline import iso_text

CANARIES = (b"zdenka.canary", b"canary-visitor", b"canary-contact", b"Zdenka")
WEB, CONTACTS, ACCOUNTS, ERASE = (
    "intent.web.v1",
    "intent.contacts.v1",
    "intent.accounts.v1",
    "intent.erase.v1",
)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_an_erased_person_is_nowhere(embedded: Broker, tmp_path: Path) -> None:
    port, now = free_port(), int(time.time() * 1000)
    system = System(embedded, tmp_path, f"redis://127.0.0.1:{port}/0").create_topics()
    with redis_server(tmp_path, port), system.worker() as worker:
        worker.until_ready()
        system.produce(_records(now - 60_000))
        wait_until(
            lambda: _left(system, port) == {"changelog", "scores", "redis"}, seconds=60, what="they are known"
        )

        system.produce([_raw(ERASE, now, "erase", "erase-1", email="zdenka.canary@acme.example")])
        wait_until(lambda: _left(system, port) == set(), seconds=120, what="they are forgotten", every=1.0)

        system.produce(_records(now - 60_000))
        time.sleep(8)  # a tick and a commit later
        assert _left(system, port) == set()
        assert worker.terminate() == 0


def _records(at: int) -> list[tuple[str, bytes | None, bytes | None]]:
    """One company with two people; one of them has three names."""
    who = {"contact_id": "canary-contact", "email": "zdenka.canary@acme.example"}
    page: dict[str, Any] = {
        "session_id": "s",
        "url": "https://www.example.com/pricing",
        "page_category": "pricing",
    }
    return [
        _raw(ACCOUNTS, at, "account", "p", account_id="acc", account_domain="acme.example", name="Acme", employees=200),
        _raw(CONTACTS, at, "contact", "c", **who, account_domain="acme.example", name="Zdenka Canary"),
        _raw(WEB, at, "page_view", "v1", anonymous_id="canary-visitor", **page),
        _raw(WEB, at + 1, "page_view", "v2", **who, anonymous_id="canary-visitor", **page),
        _raw(WEB, at + 2, "page_view", "v3", contact_id="other", email="otto@acme.example", **page),
    ]  # fmt: skip


def _raw(topic: str, at: int, type: str, id: str, **fields: Any) -> tuple[str, bytes | None, bytes | None]:
    value = {
        "event_id": id,
        "source": "t",
        "type": type,
        "occurred_at": iso_text(at),
        "received_at": iso_text(at),
    }
    return topic, b"k", msgspec.json.encode(value | fields)


def _left(system: System, port: int) -> set[str]:
    """Where the newest values still name the person."""
    found = set()
    for name, topic in (
        ("changelog", changelog_name(system.settings.app_id)),
        ("scores", "intent.scores.v1"),
    ):
        newest = {record.key: record.value for record in system.read(topic)}
        held = b"".join((key or b"") + value for key, value in newest.items() if value)
        if any(canary in held for canary in CANARIES):
            found.add(name)
    client = redis.Redis(port=port)
    held = b"".join(_dump(client, key) for key in client.scan_iter())
    return found | ({"redis"} if any(canary in held for canary in CANARIES) else set())


def _dump(client: Any, key: bytes) -> bytes:
    readers = {b"string": client.get, b"hash": client.hgetall, b"zset": lambda k: client.zrange(k, 0, -1)}
    return key + repr(readers[client.type(key)](key)).encode()
