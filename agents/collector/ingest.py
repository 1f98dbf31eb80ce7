"""The one way from decoded items to Kafka: marks, opt-outs, dead letters, one acknowledged send, counts."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agents.collector import bots, privacy
from agents.collector.meters import Meters
from agents.collector.producer import Producer, Unavailable
from agents.collector.records import (
    SIGNAL_TOPICS,
    TOPIC_OF_TYPE,
    Outgoing,
    RawRecord,
    dead_letter,
)
from agents.collector.settings import CollectorSettings
from schemas.codec import Refusal


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a request: its bytes as they came, and what it means."""

    original: bytes
    meaning: RawRecord | Refusal
    agent: str | None = None  # the visitor's user agent, None where it is not known
    address: str = ""


@dataclass(slots=True)
class Tally:
    """What became of the items of a request."""

    accepted: int = 0
    withheld: int = 0
    rejected: dict[str, int] = field(default_factory=dict)

    def reject(self, reason: str) -> None:
        """Count one more of a reason."""
        self.rejected[reason] = self.rejected.get(reason, 0) + 1


class Ingest:
    """Turns items into acknowledged Kafka records."""

    def __init__(
        self, settings: CollectorSettings, producer: Producer, meters: Meters, clock: Callable[[], datetime]
    ) -> None:
        self.settings = settings
        self.producer = producer
        self.meters = meters
        self.clock = clock
        self.proxies = bots.parse_networks(settings.trusted_proxies)
        self._bot_networks = bots.parse_networks(settings.bot_networks)

    async def accept(
        self, items: Sequence[Item], *, route: str, source: str, headers: Mapping[str, str] | None = None
    ) -> Tally:
        """Send the good items to their topics and the bad ones to the dead letters, all acknowledged.

        `source` is a configured name. Raises Unavailable when Kafka did not take them all.
        """
        signals = privacy.opted_out(headers) if headers is not None else ()
        tally = Tally()
        counts: list[tuple[str, str]] = []
        outgoing: list[Outgoing] = []
        for item in items:
            record = self._record(item, signals, tally, source)
            if isinstance(record, Refusal):
                tally.reject(record.reason.value)
                outgoing.append(self._dead_letter(item.original, record, route))
            elif record is not None:
                outgoing.append(record)
                counts.append((source, _type_label(item.meaning)))
        await self._send(outgoing)
        tally.accepted = len(counts)
        self._count(counts, tally, source)
        return tally

    def _record(
        self, item: Item, signals: tuple[str, ...], tally: Tally, source: str
    ) -> Outgoing | Refusal | None:
        meaning = item.meaning
        if isinstance(meaning, Refusal):
            return meaning
        if meaning.topic in SIGNAL_TOPICS:
            reason = bots.mark(meaning.value, item.agent, item.address, self._bot_networks)
            if reason:
                self.meters.bots.labels(source, _known_bot_reason(reason)).inc()
        if not privacy.apply(meaning.value, signals, self.settings):
            tally.withheld += 1
            return None
        try:
            return meaning.outgoing(self.settings.topic_prefix)
        except Refusal as refusal:
            return refusal

    def _dead_letter(self, original: bytes, refusal: Refusal, route: str) -> Outgoing:
        return dead_letter(
            original,
            refusal,
            prefix=self.settings.topic_prefix,
            route=route,
            app_id=self.settings.app_id,
            now=self.clock(),
        )

    async def _send(self, outgoing: Sequence[Outgoing]) -> None:
        if not outgoing:
            return
        begun = time.perf_counter()
        try:
            await self.producer.send(outgoing)
        except Unavailable:
            self.meters.produce_errors.inc()
            raise
        finally:
            self.meters.produce_duration.observe(time.perf_counter() - begun)

    def _count(self, counts: Sequence[tuple[str, str]], tally: Tally, source: str) -> None:
        for labels in counts:
            self.meters.received.labels(*labels).inc()
        for reason, number in tally.rejected.items():
            self.meters.rejected.labels(source, reason).inc(number)
        if tally.withheld:
            self.meters.withheld.labels(source).inc(tally.withheld)


def _type_label(meaning: Any) -> str:
    event_type = meaning.value.get("type") if isinstance(meaning, RawRecord) else None
    return event_type if event_type in TOPIC_OF_TYPE else "other"


def _known_bot_reason(reason: str) -> str:
    return reason if reason in ("user_agent", "empty_user_agent", "network", "head_request") else "sender"
