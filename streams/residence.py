"""Moving people between homes: claims, answers, forwards and moves, as records of the log (placement.py decides).

Every function takes the store of one partition and an outbox. Nothing here looks at points.
"""

from typing import Any, Final

import msgspec

from schemas.home import account_home, domain_home
from schemas.signal import AccountProfile, Act, Claim, ContactProfile, LogRecord, Move, Place, SignalRecord
from streams.account import Account, Link, Rank, Registration
from streams.ledger import Ledger, keep_after, merge_ledgers
from streams.placement import (
    CONTACT_RECORD,
    MAX_HOPS,
    add_link,
    answers,
    better,
    claim_of,
    destination,
    is_here,
    knowledge,
    link_says_more,
    placed,
    registry_home,
)  # fmt: skip
from streams.store import Store

WHOLE_HOME: Final = "*"
Outbox = list[tuple[str, SignalRecord]]


class Residence:
    """The identities of one partition's homes, and the records that keep other homes informed."""

    def __init__(self, store: Store, reverse_ip_least: int) -> None:
        self.store = store
        self.outbox: Outbox = []
        self.moved: set[str] = set()  # homes whose people changed since the caller looked
        self.least = reverse_ip_least  # confidence from which a reverse IP match places an identified person

    # learning from records ---------------------------------------------------------------------------------------

    def learn_claim(self, account: Account, record: Act | ContactProfile, identity: str) -> None:
        """Note that the record places its person at this home, and tell the identity's registry."""
        claim = claim_of(record, self.least)
        if claim.home and is_here(account, claim.home):
            rank = (claim.rank, claim.confidence, record.at, record.event_id)
            self._claim(account, identity, record.email_domain, rank, record)

    def learn_links(self, account: Account, record: Act | ContactProfile, identity: str) -> None:
        """Note which other names of the record stand for its person, and tell their registries."""
        link = (record.at, record.event_id, identity, account.home)
        if record.contact_id and record.email:
            self._link(account, f"email:{record.email}", record.email_domain, link, record)
        if record.anonymous_id and not identity.startswith("anon:"):
            self._link(account, f"anon:{record.anonymous_id}", "", link, record)

    def _claim(self, account: Account, identity: str, email_domain: str, rank: Rank, cause: LogRecord) -> None:
        registry = registry_home(cause.tenant, identity, email_domain)
        if is_here(account, registry):
            registration = account.registry.get(identity)
            known = None if registration is None else registration.claims.get(account.home)
            if known is None or better(rank, known):
                self._register(account, identity, account.home, rank, None, cause)
            return
        notes = placed(account, identity)
        if better(rank, notes.claimed):
            notes.claimed = rank
            self._changed(account)
            self._send(registry, _claim_record(cause, identity, account.home, rank))

    def _link(self, account: Account, identity: str, email_domain: str, link: Link, cause: LogRecord) -> None:
        _, links = knowledge(account, identity)
        if not link_says_more(links, identity, link):
            return
        registry = registry_home(cause.tenant, identity, email_domain)
        if is_here(account, registry):
            self._register(account, identity, "", (0, 0, 0, ""), link, cause)
            return
        notes = placed(account, identity)
        notes.links = add_link(notes.links, link)
        self._changed(account)
        self._send(registry, _claim_record(cause, identity, account.home, (0, 0, 0, ""), link))
        self.settle(account, identity, cause)

    # the registry ------------------------------------------------------------------------------------------------

    def take_claim(self, account: Account, record: Claim) -> None:
        """The registry hears a claim or a link."""
        rank = (record.rank, record.confidence, record.at, record.event_id)
        link = (record.at, record.event_id, record.person, record.person_home) if record.person else None
        self._register(account, record.identity, record.home if record.rank else "", rank, link, record)

    def _register(
        self, account: Account, identity: str, home: str, rank: Rank, link: Link | None, cause: LogRecord
    ) -> None:
        registration = account.registry.setdefault(identity, Registration())
        if home and (home not in registration.claims or better(rank, registration.claims[home])):
            registration.claims[home] = rank
        if link is not None:
            registration.links = add_link(registration.links, link)
        self._changed(account)
        self._answer(account, identity, registration, cause)
        self.settle(account, identity, cause)

    def _answer(self, account: Account, identity: str, registration: Registration, cause: LogRecord) -> None:
        for home, best in answers(account, registration):
            self._send(
                home,
                Place(
                    event_id=f"place:{identity}:{home}:{cause.event_id}", tenant=cause.tenant, at=cause.at,
                    received=cause.received, identity=identity, home=best, links=tuple(registration.links),
                    erased=registration.erased, hops=cause.hops + 1,
                ),
            )  # fmt: skip

    def take_place(self, account: Account, record: Place) -> None:
        """A home hears where an identity lives, or that it is an alias itself."""
        if record.identity == WHOLE_HOME:
            self._become_alias(account, record)
            return
        notes = placed(account, record.identity)
        notes.home = record.home
        for link in record.links:
            notes.links = add_link(notes.links, link)
        notes.erased = max(notes.erased, record.erased)
        self._changed(account)
        self.settle(account, record.identity, record)

    # aliases -----------------------------------------------------------------------------------------------------

    def learn_aliases(self, account: Account, record: AccountProfile) -> None:
        """The other names of a company become forwarding addresses to this home."""
        names = [domain_home(record.tenant, domain) for domain in record.alt_domains]
        if record.account_domain:
            names.append(domain_home(record.tenant, record.account_domain))
        if record.account_id:
            names.append(account_home(record.tenant, record.account_id))
        for name in names:
            if not is_here(account, name):
                account.aliases = sorted([*account.aliases, name])
                self._changed(account)
                self._send(
                    name,
                    Place(
                        event_id=f"alias:{name}:{record.event_id}", tenant=record.tenant, at=record.at,
                        received=record.received, identity=WHOLE_HOME, home=account.home, hops=record.hops + 1,
                    ),
                )  # fmt: skip

    def _become_alias(self, account: Account, record: Place) -> None:
        if record.home == account.home or (record.at, record.event_id) <= account.forward[:2]:
            return
        account.forward = (record.at, record.event_id, record.home)
        self._changed(account)
        for identity in sorted(self.store.ledgers(account.home)):
            self._move(account, identity, self.store.ledgers(account.home)[identity], record.home, record)
            self.store.drop_ledger(account.home, identity)
        for identity, registration in sorted(account.registry.items()):
            self._hand_over(record, identity, registration)
        account.registry, account.places = {}, {}
        if account.topics or account.review_acts:
            rows = {"topics": account.topics, "review_acts": account.review_acts}
            self._send(record.home, _move_record(record, "", account.home, record.home, rows, 0, 0))
            account.topics, account.review_acts = {}, {}
        self.moved.add(account.home)

    def _hand_over(self, record: Place, identity: str, registration: Registration) -> None:
        """The registry of an alias goes to its main home."""
        for home, rank in sorted(registration.claims.items()):
            self._send(record.home, _claim_record(record, identity, home, rank))
        for link in registration.links:
            self._send(record.home, _claim_record(record, identity, link[3], (0, 0, 0, ""), link))

    def forward(self, account: Account, record: SignalRecord) -> bool:
        """Write a record on if this home is an alias; true when it went."""
        target = account.forward[2]
        alias_news = isinstance(record, Place) and record.identity == WHOLE_HOME
        if not target or alias_news or record.hops >= MAX_HOPS:
            return False
        self.write_on(target, record)
        return True

    def write_on(self, home: str, record: SignalRecord) -> None:
        """Send a record to another home, once more."""
        self._send(home, msgspec.structs.replace(record, hops=record.hops + 1))

    # moves -------------------------------------------------------------------------------------------------------

    def settle(self, account: Account, identity: str, cause: LogRecord) -> None:
        """Move on every ledger that `identity` speaks for and that belongs elsewhere."""
        if cause.hops >= MAX_HOPS:
            return
        for name in sorted(self.store.ledgers(account.home)):
            links = knowledge(account, name)[1]
            if name == identity or any(link[2] == identity for link in links):
                self._settle_one(account, name, bool(links) and name.startswith("anon:"), cause)

    def _settle_one(self, account: Account, identity: str, sliced: bool, cause: LogRecord) -> None:
        ledger = self.store.ledgers(account.home)[identity]
        if not sliced:
            target = destination(account, identity, 0)
            if target != account.home:
                self._move(account, identity, ledger, target, cause)
                self.store.drop_ledger(account.home, identity)
                self.moved.add(account.home)
            return
        for target, part in _slices(account, identity, ledger).items():
            if target != account.home:
                self._move(account, identity, part, target, cause)
                _take_out(ledger, part)
                self.store.touch(account.home, identity)
                self.moved.add(account.home)
        if not ledger.size():
            self.store.drop_ledger(account.home, identity)
        self.moved.add(account.home)

    def _move(self, account: Account, identity: str, ledger: Ledger, target: str, cause: LogRecord) -> None:
        content = msgspec.to_builtins(ledger, str_keys=True)
        self._send(target, _move_record(cause, identity, account.home, target, content, ledger.rank, ledger.confidence))

    def take_move(self, account: Account, record: Move, erased_at: int = -1) -> None:
        """Merge what another home held; weight arrives once however often the record does.

        What happened up to `erased_at` stays away: the person was erased while the record was on its way.
        """
        incoming = msgspec.convert(record.ledger, Ledger, str_keys=True)
        if erased_at >= 0 and not keep_after(incoming, erased_at):
            return
        ledger = self.store.ledger(account.home, record.identity)
        merge_ledgers(ledger, incoming)
        ledger.rank = max(ledger.rank, record.rank)
        ledger.confidence = max(ledger.confidence, record.confidence)
        if record.rank and not knowledge(account, record.identity)[0]:
            rank = (record.rank, record.confidence, record.at, record.event_id)
            self._claim(account, record.identity, ledger.email_domain, rank, record)
        self.settle(account, record.identity, record)

    def _changed(self, account: Account) -> None:
        self.store.touch(account.home)
        self.store.restructure(account.home)

    def _send(self, home: str, record: SignalRecord) -> None:
        self.outbox.append((home, record))


def note_rank(ledger: Ledger, record: Act | ContactProfile, account: Account, least: int) -> None:
    """Keep the best claim that placed the identity at this home."""
    claim = claim_of(record, least)
    if claim.home and is_here(account, claim.home):
        best = max((ledger.rank, ledger.confidence), (claim.rank, claim.confidence))
        ledger.rank, ledger.confidence = best


def is_contact_record(ledger: Ledger) -> bool:
    """Whether a contact record placed the identity here."""
    return ledger.rank >= CONTACT_RECORD


def _claim_record(cause: LogRecord, identity: str, home: str, rank: Rank, link: Link | None = None) -> Claim:
    at = link[0] if link else rank[2]
    event_id = link[1] if link else rank[3]
    return Claim(
        event_id=event_id or cause.event_id, tenant=cause.tenant, at=at or cause.at, received=cause.received,
        identity=identity, home=home, rank=rank[0], confidence=rank[1], person=link[2] if link else "",
        person_home=link[3] if link else "", hops=cause.hops + 1,
    )  # fmt: skip


def _move_record(cause: LogRecord, identity: str, source: str, target: str, content: Any, rank: int, sure: int) -> Move:
    return Move(
        event_id=f"move:{identity}:{source}:{target}:{cause.event_id}", tenant=cause.tenant, at=cause.at,
        received=cause.received, identity=identity, from_home=source, ledger=content, rank=rank, confidence=sure,
        hops=cause.hops + 1,
    )  # fmt: skip


def _slices(account: Account, identity: str, ledger: Ledger) -> dict[str, Ledger]:
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


def _take_out(ledger: Ledger, part: Ledger) -> None:
    for key in part.visits:
        ledger.visits.pop(key, None)
    for fact_key in part.facts:
        ledger.facts.pop(fact_key, None)
    ledger.reviews = [review for review in ledger.reviews if review not in part.reviews]
