"""From HTTP in to a sales-ready record out, the account in Redis and both processes measured, on each broker."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
import requests
from support.kafka import Broker
from support.redis import redis_server
from support.services import wait_until
from support.system import TOKEN, WRITE_KEY, Process, System
from support.traffic import HOUR, iso

from agents.metrics import FAMILIES
from agents.view.keys import Keys
from streams.policy import parse_policy

DOMAIN, HOME = "northwind.example", "default/northwind.example"
PEOPLE = {"ada": "champion", "ben": "economic_buyer", "cleo": "technical_evaluator"}
ALONE, ALONE_HOME = "smallfish.example", "default/smallfish.example"
SALES_READY = "intent.sales-ready.v1"
VISITS = (("ada", 50, "pricing"), ("ada", 49, "comparison"), ("ben", 30, "security"), ("ben", 29, "case_study"),
          ("cleo", 6, "product"), ("cleo", 5, "docs"), ("cleo", 4, "pricing"))  # fmt: skip


class Clients:
    """What a site, a mailer, a content library and a CRM send, with event times around now."""

    def __init__(self, collector: Process) -> None:
        self._url = collector.url
        self._now = int(time.time() * 1000)

    def hours_ago(self, hours: float) -> str:
        """A moment as clients write it."""
        return iso(self._now - int(hours * HOUR))

    def post(self, path: str, body: Any, status: int = 200) -> Any:
        """The JSON answer to a body under the write key."""
        answer = requests.post(self._url + path, json=body, auth=(WRITE_KEY, ""), timeout=30)
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        """A JSON answer of the query API; None for 404."""
        answer = requests.get(self._url + path, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
        assert answer.status_code in (200, 404), answer.text
        return answer.json() if answer.status_code == 200 else None

    def page(self, who: str, domain: str, hours: float, category: str) -> dict[str, Any]:
        """A Segment page call."""
        return {
            "type": "page", "messageId": f"{who}-{category}-{hours}", "userId": f"{who}-{domain}",
            "timestamp": self.hours_ago(hours), "context": {"traits": {"email": f"{who}@{domain}"}},
            "properties": {
                "url": f"https://www.signalworks.example/{category}", "session_id": f"s-{who}-{hours:.0f}",
                "session_source": "organic_search",
            },
        }  # fmt: skip

    def track(self, who: str, hours: float, event: str, **properties: Any) -> dict[str, Any]:
        """A Segment track call."""
        return {
            "type": "track", "event": event, "messageId": f"{who}-{event}-{hours}", "userId": f"{who}-{DOMAIN}",
            "timestamp": self.hours_ago(hours), "context": {"traits": {"email": f"{who}@{DOMAIN}"}},
            "properties": properties,
        }  # fmt: skip

    def record(self, type: str, hours: float, **fields: Any) -> dict[str, Any]:
        """A record in our own form."""
        event_id = f"{type}-{hours}-{fields.get('email', fields.get('account_domain'))}"
        return {"event_id": event_id, "type": type, "occurred_at": self.hours_ago(hours), **fields}

    def profiles(self) -> None:
        """The CRM's word on both companies and on Northwind's people."""
        good = {"domain": DOMAIN, "name": "Northwind", "employees": 400, "industry": "software", "country": "DE",
                "revenue": 60_000_000, "technologies": ["kafka"], "named_account": True}  # fmt: skip
        group = {"type": "group", "messageId": "g-1", "groupId": "acc-northwind", "traits": good,
                 "timestamp": self.hours_ago(70)}  # fmt: skip
        bad = self.record(
            "account", 70, account_id="acc-small", account_domain=ALONE, name="Small", employees=3
        )
        contacts = [
            self.record("contact", 70, contact_id=f"{who}-{DOMAIN}", email=f"{who}@{DOMAIN}", role=role)
            for who, role in PEOPLE.items()
        ]
        self.post("/v1/batch", {"batch": [group], "sentAt": self.hours_ago(0)})
        assert self.post("/events", [bad, *contacts])["accepted"] == 4

    def surge(self) -> None:
        """All four streams of one buying group, and one busy person of a company that fits nobody."""
        lone = [
            self.page("zed", ALONE, hours, c) for hours, c in ((3, "pricing"), (2, "security"), (1, "docs"))
        ]
        batch = [
            *(self.page(who, DOMAIN, hours, category) for who, hours, category in VISITS),
            *lone,
            self.track("ada", 28, "Download Consumed", content_id="roi", content_type="roi_calculator",
                       stage="decision", dwell_seconds=200),
            self.track("ben", 27, "Webinar Attended", content_id="w-1", content_type="webinar", minutes=40,
                       stage="consideration"),
        ]  # fmt: skip
        self.post("/v1/batch", {"batch": batch, "sentAt": self.hours_ago(0)})
        events = [
            self.record("click", 6.2, email=f"cleo@{DOMAIN}", contact_id=f"cleo-{DOMAIN}", email_id="m-1",
                        link_id="l-1", seconds_after_delivery=900),
            self.record("topic_surge", 20, account_domain=DOMAIN, provider="topics", topic_id="t-1", score=85,
                        topic_class="category", topic_name="intent data"),
            self.record("topic_surge", 19, account_domain=DOMAIN, provider="topics", topic_id="t-2", score=80,
                        topic_class="brand", topic_name="signalworks"),
        ]  # fmt: skip
        assert self.post("/events", events) == {"success": True, "accepted": 3, "rejected": 0}


@pytest.fixture
def deployed(broker: Broker, tmp_path: Path) -> Iterator[tuple[System, Process, Process, str]]:
    """System, worker, collector and the URL of a real Redis."""
    with redis_server(tmp_path) as server:
        system = System(broker, tmp_path, server.url).create_topics()
        with system.worker() as worker, system.collector() as collector:
            worker.until_ready()
            collector.until_ready()
            yield system, worker, collector, server.url
            assert worker.terminate() == 0
            assert collector.terminate() == 0


@pytest.mark.timeout(180)
def test_a_surge_over_http_becomes_one_sales_ready_event(
    deployed: tuple[System, Process, Process, str],
) -> None:
    system, worker, collector, redis_url = deployed
    clients = Clients(collector)
    clients.profiles()
    clients.surge()
    clients.surge()  # a client's retry changes nothing
    wait_until(lambda: system.read(SALES_READY), seconds=60, what="a sales-ready record", every=0.5)
    wait_until(lambda: clients.get(f"/accounts/{ALONE}"), seconds=60, what="the bad lead is scored")

    records = system.read(SALES_READY)
    opened = [record for record in records if b"intent.sales_ready.opened.v1" in record.value]
    assert len(opened) == 1
    event = msgspec.json.decode(opened[0].value)
    _is_the_event(system, opened[0], event)
    card = wait_until(
        lambda: _opened(clients.get(f"/accounts/{DOMAIN}/explain")),
        seconds=60,
        what="the card is in the view",
    )
    _adds_up(card["explanation"])
    _is_in_redis(redis_url, card)
    assert [row["home"] for row in clients.get("/accounts")["accounts"]] == [HOME, ALONE_HOME]
    assert event["id"] in {row["id"] for row in clients.get("/sales-ready")["sales_ready"]}

    lone = clients.get(f"/accounts/{ALONE}")
    assert lone["state"] != "open"
    assert {name for name, passed in lone["gates"].items() if not passed} >= {"fit", "people", "score"}
    assert {r.key.decode() for r in system.read(SALES_READY)} == {HOME}
    assert system.read("intent.dlq.v1") == []
    _families_are_there(worker, ("worker", "view", "any"))
    _families_are_there(collector, ("collector",))
    assert worker.counted("intent_sales_ready_total") >= 1


def _opened(card: dict[str, Any] | None) -> dict[str, Any] | None:
    """The card once it knows of the episode and has its lines."""
    if card is None or card["state"] != "open" or not all(d["lines"] for d in card["explanation"]):
        return None
    return card


def _is_the_event(system: System, record: Any, event: dict[str, Any]) -> None:
    data = event["data"]
    policy = parse_policy(Path(system.environ["INTENT_POLICY"]).read_bytes())
    assert record.key.decode() == HOME
    assert dict(record.headers)["content-type"] == b"application/cloudevents+json; charset=UTF-8"
    assert (event["specversion"], event["type"]) == ("1.0", "intent.sales_ready.opened.v1")
    assert event["subject"] == "acc-northwind"
    name = f"default|{SALES_READY}|{HOME}|1|opened|1|{policy.hash}"
    assert event["id"] == str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    assert (data["policy"]["policy_id"], data["policy"]["hash"]) == (policy.policy_id, policy.hash)
    assert all(gate["passed"] for gate in data["decision"]["gates"])
    assert {person["role"] for person in data["buying_group"]["people"]} >= set(PEOPLE.values())
    for dimension, block in data["explanation"].items():
        assert sum(line["points"] for line in block["lines"]) == block["total"], dimension
        assert block["residual"] == 0
    assert data["explanation"]["score"]["total"] == data["decision"]["S"]
    assert data["why_now"]["sentences"]


def _adds_up(explanation: list[dict[str, Any]]) -> None:
    assert [block["dimension"] for block in explanation] == ["fit", "intent", "readiness", "score"]
    for block in explanation:
        assert block["sum"] == block["total"]
        assert block["residual"] == 0


def _is_in_redis(url: str, card: dict[str, Any]) -> None:
    keys = Keys()
    with redis.Redis.from_url(url) as client:
        stored = msgspec.json.decode(client.get(keys.account(HOME)))
        assert (stored["key"], stored["S"]) == (keys.account(HOME), card["S"])
        assert client.zscore(keys.board, HOME) == card["S"]
        assert len(client.hgetall(keys.contacts(HOME))) == len(PEOPLE)


def _families_are_there(process: Process, parts: tuple[str, ...]) -> None:
    shown = {line.split(" ")[2] for line in process.metrics().splitlines() if line.startswith("# TYPE ")}
    wanted = {family.name for family in FAMILIES if family.part in parts}
    assert wanted <= shown, wanted - shown
