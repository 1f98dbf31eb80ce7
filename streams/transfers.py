"""The records that homes write to each other, and what of a ledger goes where."""

from typing import Any

import msgspec

from schemas.signal import Claim, LogRecord, Move, Place
from streams.account import Account, Link, Rank
from streams.ledger import Ledger, recount
from streams.placement import destination

WHOLE_HOME = "*"


def claim_record(
    cause: LogRecord, identity: str, home: str, rank: Rank, link: Link | None = None, via: str = ""
) -> Claim:
    """What a home tells a registry: a claim, a link, or, with neither, that it listens."""
    at = link[0] if link else rank[2]
    event_id = link[1] if link else rank[3]
    return Claim(
        event_id=event_id or cause.event_id, tenant=cause.tenant, at=at if event_id else cause.at,
        received=cause.received, identity=identity, home=home, rank=rank[0], confidence=rank[1],
        person=link[2] if link else "", person_home=link[3] if link else "", via=via, hops=cause.hops + 1,
    )  # fmt: skip


def alias_record(cause: LogRecord, name: str, home: str) -> Place:
    """What a home tells another of its names."""
    return Place(
        event_id=f"alias:{name}:{cause.event_id}", tenant=cause.tenant, at=cause.at, received=cause.received,
        identity=WHOLE_HOME, home=home, hops=cause.hops + 1,
    )  # fmt: skip


def move_record(cause: LogRecord, identity: str, source: str, target: str, content: Any) -> Move:
    """What a home hands to another; the same cause gives the same id."""
    return Move(
        event_id=f"move:{identity}:{source}:{target}:{cause.event_id}", tenant=cause.tenant, at=cause.at,
        received=cause.received, identity=identity, from_home=source, ledger=content, hops=cause.hops + 1,
    )  # fmt: skip


def slices(account: Account, identity: str, ledger: Ledger) -> dict[str, Ledger]:
    """An anonymous visitor's ledger by the home each fact belongs to."""
    parts: dict[str, Ledger] = {}
    for key, visit in ledger.visits.items():
        target = destination(account, identity, visit.at)
        parts.setdefault(target, _empty_like(ledger)).visits[key] = visit
    for fact_key, fact in ledger.facts.items():
        target = destination(account, identity, fact.at)
        parts.setdefault(target, _empty_like(ledger)).facts[fact_key] = fact
    for review in ledger.reviews:
        target = destination(account, identity, review.at)
        parts.setdefault(target, _empty_like(ledger)).reviews.append(review)
    return parts


def _empty_like(ledger: Ledger) -> Ledger:
    return msgspec.structs.replace(ledger, visits={}, facts={}, reviews=[])


def take_out(ledger: Ledger, part: Ledger) -> None:
    """Remove from a ledger what was handed on."""
    for key in part.visits:
        ledger.visits.pop(key, None)
    for fact_key in part.facts:
        ledger.facts.pop(fact_key, None)
    ledger.reviews = [review for review in ledger.reviews if review not in part.reviews]
    recount(ledger)
