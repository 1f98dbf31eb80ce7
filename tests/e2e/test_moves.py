"""People move between accounts of two workers while one of them is killed: weight moves, and is never copied."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.kafka import Broker
from support.log_oracle import LogOracle
from support.services import wait_until
from support.system import Process, System
from support.tails import Message
from support.traffic import HOUR, Traffic, iso

from agents.runtime.outbox import partition_of
from schemas.signal import SIGNALS_TOPIC
from streams.domains import shipped_lists
from streams.events import score_block
from streams.intake import Intake, Routed
from streams.pipeline import Pipeline
from streams.placement import is_account
from streams.replay import Replay

PEOPLE = 4  # of each kind, in each round
PAGES = ("pricing", "comparison", "security", "product")


class Company:
    """Two accounts and an alias whose homes belong to different workers, and who goes from one to the other."""

    def __init__(self, number: int, domains: dict[str, str]) -> None:
        self.number = number
        self.old, self.new, self.alias = domains["old"], domains["new"], domains["alias"]
        self._now = int(time.time() * 1000)
        self._count = 0

    def before(self) -> list[Message]:
        """Everybody is at the old place: a person, a visitor by reverse IP, somebody of the alias domain."""
        found = [self._record("accounts", "account", account_id=f"acc-{d}", account_domain=d, employees=200,
                              industry="software", country="DE") for d in (self.old, self.new)]  # fmt: skip
        for one in range(PEOPLE):
            reverse = {"method": "reverse_ip", "confidence": 0.9}
            found += self._visits(contact_id=self._contact(one), email=f"p{one}@{self.old}")
            found += self._visits(
                anonymous_id=self._visitor(one), account_domain=self.old, account_match=reverse
            )
            found += self._visits(email=f"q{one}@{self.alias}")
        return found

    def moves(self) -> list[Message]:
        """What tells where they belong: a contact record, a sign-in, an alternate domain."""
        found = []
        for one in range(PEOPLE):
            found.append(
                self._record(
                    "contacts", "contact", contact_id=self._contact(one), email=f"p{one}@{self.old}",
                    account_domain=self.new, role="champion",
                )
            )  # fmt: skip
            found += self._visits(anonymous_id=self._visitor(one), email=f"v{one}@{self.new}")
        found.append(
            self._record(
                "accounts", "account", account_id=f"acc-{self.new}", account_domain=self.new,
                alt_domains=[self.alias], employees=200, industry="software", country="DE",
            )
        )  # fmt: skip
        return found

    def arrivals(self) -> set[str]:
        """Who has to be at the new place in the end."""
        people = range(PEOPLE)
        addresses = {f"v{n}@{self.new}" for n in people} | {f"q{n}@{self.alias}" for n in people}
        return {self._contact(n) for n in people} | addresses

    def _contact(self, one: int) -> str:
        return f"mover-{self.number}-{one}"

    def _visitor(self, one: int) -> str:
        return f"visitor-{self.number}-{one}"

    def _visits(self, **who: Any) -> list[Message]:
        return [
            self._record(
                "web", "page_view", session_id=f"s-{category}", session_source="organic_search",
                url=f"https://www.signalworks.example/{category}", page_category=category, **who,
            )
            for category in PAGES
        ]  # fmt: skip

    def _record(self, stream: str, type: str, **fields: Any) -> Message:
        self._count += 1
        moment = self._now - 20 * HOUR + self._count * 1000
        value = {
            "event_id": f"move-{self.number}-{self._count}", "source": stream, "type": type, "tenant_id": "demo",
            "occurred_at": iso(moment), "received_at": iso(self._now), **fields,
        }  # fmt: skip
        return f"intent.{stream}.v1", b"any", msgspec.json.encode(value)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_weight_moves_once_between_workers_through_kills(kafka: Broker, tmp_path: Path) -> None:
    system = System(kafka, tmp_path, INTENT_COMMIT_SECONDS="0.1").create_topics()
    oracle, traffic = LogOracle(system), Traffic(4, int(time.time() * 1000), companies=20, span=6_000)
    sent: list[Message] = []

    def send(messages: list[Message]) -> None:
        sent.extend(messages)
        system.produce(messages)

    send(traffic.take(1_500))
    companies: list[Company] = []
    with ExitStack() as stack:
        workers = [stack.enter_context(system.worker()) for _ in range(2)]
        for number, victim in enumerate(("old", "new")):
            owners = wait_until(
                lambda: _owners(system, workers), seconds=90, what="both own partitions", every=0.5
            )
            company = Company(number, _domains(number, owners))
            companies.append(company)
            send(company.before())
            wait_until(oracle.drained, seconds=60, what="all is processed before the move", every=0.3)
            killed = workers[0 if victim == "old" else 1]
            moving = _moving(killed)
            send(company.moves())
            wait_until(moving, seconds=30, what="the move has begun", every=0.02)
            killed.kill()
            send(traffic.take(500))
            workers[workers.index(killed)] = stack.enter_context(system.worker())
        wait_until(lambda: _owners(system, workers), seconds=90, what="both own partitions again", every=0.5)
        wait_until(oracle.drained, seconds=90, what="everything is processed", every=0.5)
        for worker in workers:
            assert worker.terminate() == 0
    verdict = oracle.finish()
    assert verdict.violations == []

    at = int(time.time() * 1000)
    durable = _scores(oracle.restored(), at)
    assert durable == _scores([_replayed(oracle, sent)], at)
    for company in companies:
        assert set(durable[f"demo/{company.new}"]["persons"]) == company.arrivals()
        assert durable[f"demo/{company.old}"]["persons"] == {}
        assert f"demo/{company.alias}" not in {home for home, block in durable.items() if block["persons"]}


def _moving(worker: Process) -> Callable[[], bool]:
    """True once a worker has applied more than it had when asked first."""
    before = worker.counted("intent_records_applied_total")
    return lambda: worker.counted("intent_records_applied_total") > before + 5


def _owners(system: System, workers: list[Process]) -> dict[int, int] | None:
    """Which worker has which partition of the log, once every one is owned and no worker has none."""
    gauge = re.compile(r'intent_consumer_lag_messages\{partition="(\d+)",topic="(.+?)"\}')
    alternative = re.compile(r'intent_consumer_lag_messages\{topic="(.+?)",partition="(\d+)"\}')
    found: dict[int, int] = {}
    for number, worker in enumerate(workers):
        text = worker.metrics() if worker.counted("intent_worker_ready") else ""
        pairs = [*gauge.findall(text), *((p, t) for t, p in alternative.findall(text))]
        found |= {int(p): number for p, topic in pairs if topic == system.topic(SIGNALS_TOPIC)}
    return found if len(found) == system.settings.partitions and len(set(found.values())) == 2 else None


def _domains(number: int, owners: dict[int, int]) -> dict[str, str]:
    """A domain for each part, its home owned by the worker that the part needs."""

    def candidates(name: str) -> Iterator[str]:
        return (f"{name}{number}x{n}.example" for n in range(1000))

    def owner(domain: str) -> int:
        return owners[partition_of(f"demo/{domain}".encode(), len(owners))]

    needed = {"old": 0, "new": 1, "alias": 0}
    return {name: next(d for d in candidates(name) if owner(d) == worker) for name, worker in needed.items()}


def _replayed(oracle: LogOracle, sent: list[Message]) -> Pipeline:
    """One process, no broker, the raw input in the order it was written."""
    replay, intake = Replay(oracle.policy), Intake(shipped_lists())
    for number, (topic, key, value) in enumerate(sent):
        taken = intake.take(topic, key, value, 0, number, None, {})
        assert isinstance(taken, Routed), taken
        for _ in replay.feed(taken.home, taken.record):
            pass
    for _ in replay.finish():
        pass
    return replay.pipeline


def _scores(pipelines: list[Pipeline], at: int) -> dict[str, dict[str, Any]]:
    """Every account's numbers as of one moment, without the state of its episode, which ticks decide."""
    found = {}
    for pipeline in pipelines:
        for home in list(pipeline.store.homes()):
            account, assessment = pipeline.store.account(home), pipeline.assessment(home, at)
            if is_account(home) and account is not None and assessment is not None:
                found[home] = {
                    name: v for name, v in score_block(account, assessment).items() if name != "state"
                }
    return found
