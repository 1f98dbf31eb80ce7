"""Moving people between homes: claims, answers, forwards and moves, as records of the log (placement.py decides).

Every function takes the store of one partition and an outbox. Nothing here looks at points.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from schemas.home import account_home, domain_home
from schemas.signal import AccountProfile, Act, Claim, ContactProfile, LogRecord, Move, Place, SignalRecord
from streams.account import Account, Link, Placed, Rank, Registration
from streams.claims import (
    NO_RANK,
    add_claim,
    hand_on,
    handed_over,
    hear,
    inherit,
    own_claim,
    spell_out,
    telling,
)  # fmt: skip
from streams.ledger import Ledger, keep_after, merge_ledgers
from streams.placement import (
    MAX_HOPS,
    ONLY,
    add_links,
    answers,
    best_home,
    better,
    claim_of,
    destination,
    is_account,
    is_here,
    knowledge,
    link_says_more,
    only,
    people_of,
    placed,
    registry_home,
)  # fmt: skip
from streams.store import Store
from streams.transfers import WHOLE_HOME, alias_record, claim_record, move_record, slices, take_out

_WITHHELD: Final = 8
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
        elif identity.startswith("anon:"):
            self._spell_out(account, identity)

    def learn_links(self, account: Account, record: Act | ContactProfile, identity: str) -> None:
        """Note which other names of the record stand for its person, and tell their registries."""
        if identity.startswith("anon:") or not (record.email or record.anonymous_id):
            return
        if isinstance(record, Act) and record.is_bot:
            return
        registry = registry_home(record.tenant, identity, record.email_domain)
        link = (record.at, record.event_id, identity, registry)
        if record.contact_id and record.email:
            self._link(account, f"email:{record.email}", record.email_domain, link, record)
        if record.anonymous_id:
            self._link(account, f"anon:{record.anonymous_id}", "", link, record)

    def attend(self, account: Account, identity: str, email_domain: str, cause: LogRecord) -> None:
        """Listen to the registry of an identity that is here without a claim of this home."""
        registry = registry_home(cause.tenant, identity, email_domain)
        if is_here(account, registry):
            return
        notes = placed(account, identity)
        if not (notes.listening or notes.claimed[0]):
            notes.listening = True
            self._changed(account)
            self._send(registry, claim_record(cause, identity, account.home, NO_RANK))

    def _claim(
        self, account: Account, identity: str, email_domain: str, rank: Rank, cause: LogRecord
    ) -> None:
        registry = registry_home(cause.tenant, identity, email_domain)
        if is_here(account, registry):
            registration = account.registry.get(identity)
            known = None if registration is None else registration.claims.get(account.home)
            if known is None or better(rank, known):
                self._register_claim(account, identity, account.home, rank, cause)
            return
        notes = placed(account, identity)
        if identity.startswith("anon:"):
            self._keep_claim(account, identity, notes, rank, cause)
        if better(rank, notes.claimed):
            notes.claimed = rank
            self._changed(account)
            self._send(registry, claim_record(cause, identity, account.home, rank))

    def _keep_claim(
        self, account: Account, identity: str, notes: Placed, rank: Rank, cause: LogRecord
    ) -> None:
        """Of a visitor a claim that is not the best may be the best of another person."""
        if notes.claimed[0] and notes.claimed[:2] != rank[:2]:
            self._spell_out(account, identity)
        if not notes.spelled:
            return  # the ledger will have it
        if better(rank, notes.claimed):
            notes.told = [*notes.told, notes.claimed] if notes.claimed[0] else notes.told
        elif rank != notes.claimed and add_claim(notes, rank, self.least):
            self.store.touch(account.home)
            self._tell_claims(account, identity, notes, cause)

    def _spell_out(self, account: Account, identity: str) -> None:
        if not is_account(account.home):
            return
        ledger = self.store.ledgers(account.home).get(identity)
        if spell_out(placed(account, identity), ledger, self.least):
            self._changed(account)

    def _tell_claims(
        self, account: Account, identity: str, notes: Placed, cause: LogRecord, everything: bool = False
    ) -> None:
        if notes.links or everything:
            for rank in telling(notes, identity, everything):
                said = claim_record(cause, identity, account.home, rank)
                self._send(registry_home(cause.tenant, identity), said)

    def _link(self, account: Account, identity: str, email_domain: str, link: Link, cause: LogRecord) -> None:
        registry = registry_home(cause.tenant, identity, email_domain)
        if is_here(account, registry):
            registration = account.registry.get(identity)
            if registration is None or link_says_more(registration.links, identity, link):
                self._register_link(account, identity, account.home, link, cause)
            return
        notes = placed(account, identity)
        if link in notes.links or link in notes.withheld:
            return
        if link_says_more(notes.links, identity, link):
            self._say_link(account, identity, notes, registry, link, cause)
        elif identity.startswith("anon:"):
            notes.withheld = add_links(notes.withheld, [link])[-_WITHHELD:]
            self.store.touch(account.home)

    def _say_link(
        self, account: Account, identity: str, notes: Placed, registry: str, link: Link, cause: LogRecord
    ) -> None:
        notes.links = add_links(notes.links, [link])
        self._changed(account)
        self._send(registry, claim_record(cause, identity, account.home, NO_RANK, link))
        self._relinked(account, identity, notes, cause)

    def _relinked(self, account: Account, identity: str, notes: Placed, cause: LogRecord) -> None:
        """Claims that said nothing new may do so now that it is known whose they are."""
        if identity.startswith("anon:") and is_account(account.home):
            self._spell_out(account, identity)
            self._tell_claims(account, identity, notes, cause)

    # the registry ------------------------------------------------------------------------------------------------

    def take_claim(self, account: Account, record: Claim) -> None:
        """The registry hears a claim, a link, or that a home listens."""
        identity = record.identity
        registration = account.registry.setdefault(identity, Registration())
        registration.version = max(registration.version, record.version)
        if record.via:
            inherit(registration, record)
            self._registered(account, identity, registration, record)
        elif record.person:
            link = (record.at, record.event_id, record.person, record.person_home)
            self._register_link(account, identity, record.home, link, record)
        elif record.rank:
            rank = (record.rank, record.confidence, record.at, record.event_id)
            self._register_claim(account, identity, record.home, rank, record)
        else:
            registration.told[record.home] = ""
            self._registered(account, identity, registration, record)

    def _register_claim(
        self, account: Account, identity: str, home: str, rank: Rank, cause: LogRecord
    ) -> None:
        registration = account.registry.setdefault(identity, Registration())
        hear(registration, identity, home, rank)
        if registration.told.get(home, "").startswith(ONLY):
            del registration.told[home]  # it holds acts now and has to know
        self._registered(account, identity, registration, cause)

    def _register_link(
        self, account: Account, identity: str, home: str, link: Link, cause: LogRecord
    ) -> None:
        registration = account.registry.setdefault(identity, Registration())
        registration.links = add_links(registration.links, [link])
        if home not in registration.claims:
            registration.told.setdefault(home, only(link[2]))
        if not is_here(account, link[3]):
            self._listen(account, link[2], link[3], cause)
        self._registered(account, identity, registration, cause)

    def _registered(
        self, account: Account, identity: str, registration: Registration, cause: LogRecord
    ) -> None:
        """After any change: pass claims on, answer who listens, let go of what lives elsewhere."""
        self._changed(account)
        self.outbox.extend(hand_on(identity, registration, self.least, cause))
        self._answer(account, identity, registration, cause)
        self.settle(account, identity, cause)

    def _listen(self, account: Account, identity: str, registry: str, cause: LogRecord) -> None:
        notes = placed(account, identity)
        if not (notes.listening or notes.claimed[0]):
            notes.listening = True
            self._send(registry, claim_record(cause, identity, account.home, NO_RANK))

    def _answer(self, account: Account, identity: str, registration: Registration, cause: LogRecord) -> None:
        due = answers(account, registration)
        if not due:
            return
        home, people = best_home(registration) or account.home, people_of(account, registration)
        for listener in due:
            self._send(
                listener,
                Place(
                    event_id=f"place:{identity}:{listener}:{cause.event_id}", tenant=cause.tenant, at=cause.at,
                    received=cause.received, identity=identity, home=home, links=tuple(registration.links),
                    people=people, version=registration.version, erased=registration.erased, hops=cause.hops + 1,
                ),
            )  # fmt: skip

    def take_place(self, account: Account, record: Place) -> None:
        """A home hears where an identity lives, or that it is an alias itself."""
        if record.identity == WHOLE_HOME:
            self._become_alias(account, record)
            return
        identity, notes = record.identity, placed(account, record.identity)
        notes.links = add_links(notes.links, record.links)
        if record.version >= notes.version:
            notes.home, notes.people, notes.version = record.home, dict(record.people), record.version
        notes.erased = max(notes.erased, record.erased)
        self._changed(account)
        self._say_withheld(account, identity, notes, record)
        if notes.links or (notes.home and not is_here(account, notes.home)):
            self._relinked(account, identity, notes, record)
        self.settle(account, identity, record)
        for other, registration in sorted(account.registry.items()):
            if any(link[2] == identity for link in registration.links):
                self._answer(account, other, registration, record)
                self.settle(account, other, record)

    def _say_withheld(self, account: Account, identity: str, notes: Placed, cause: LogRecord) -> None:
        """Links that said nothing new may do so now that somebody else's are known."""
        for link in list(notes.withheld):
            if link_says_more(notes.links, identity, link):
                notes.withheld.remove(link)
                registry = registry_home(cause.tenant, identity)
                self._say_link(account, identity, notes, registry, link, cause)

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
                self._add_alias(account, name)
                self._send(name, alias_record(record, name, account.home))

    def _add_alias(self, account: Account, name: str) -> None:
        account.aliases = sorted([*account.aliases, name])
        self._changed(account)

    def _become_alias(self, account: Account, record: Place) -> None:
        if record.home == account.home or (record.at, record.event_id) <= account.forward[:2]:
            return
        account.forward = (record.at, record.event_id, record.home)
        self._changed(account)
        for identity, notes in sorted(account.places.items()):
            if identity.startswith("anon:") and notes.claimed[0]:
                self._spell_out(account, identity)
                self._tell_claims(account, identity, notes, record, everything=True)
        for identity in sorted(self.store.ledgers(account.home)):
            self._move(account, identity, self.store.ledgers(account.home)[identity], record.home, record)
            self.store.drop_ledger(account.home, identity)
        for identity, registration in sorted(account.registry.items()):
            self.outbox += [(record.home, claim) for claim in handed_over(identity, registration, record)]
        for alias in account.aliases:
            self._send(alias, alias_record(record, alias, record.home))
        rows = {"topics": account.topics, "review_acts": account.review_acts, "aliases": account.aliases}
        if any(rows.values()):
            self._send(record.home, move_record(record, "", account.home, record.home, rows))
        account.registry, account.places, account.aliases = {}, {}, []
        account.topics, account.review_acts = {}, {}
        self.moved.add(account.home)

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
        """Move on what is here of an identity and belongs elsewhere."""
        ledger = self.store.ledgers(account.home).get(identity)
        if ledger is None or cause.hops >= MAX_HOPS:
            return
        known = knowledge(account, identity)
        if identity.startswith("anon:") and known.links:
            self._settle_slices(account, identity, ledger, cause)
            return
        target = destination(account, identity, 0)
        if target != account.home:
            self._move(account, identity, ledger, target, cause)
            self.store.drop_ledger(account.home, identity)
            self.moved.add(account.home)

    def _settle_slices(self, account: Account, identity: str, ledger: Ledger, cause: LogRecord) -> None:
        for target, part in slices(account, identity, ledger).items():
            if target != account.home:
                self._move(account, identity, part, target, cause)
                take_out(ledger, part)
                self.store.touch(account.home, identity)
        if not ledger.size():
            self.store.drop_ledger(account.home, identity)
        self.moved.add(account.home)

    def _move(self, account: Account, identity: str, ledger: Ledger, target: str, cause: LogRecord) -> None:
        content = msgspec.to_builtins(ledger, str_keys=True)
        move = move_record(cause, identity, account.home, target, content)
        move.rank, move.confidence = ledger.rank, ledger.confidence
        known = knowledge(account, identity)
        move.links, move.people = tuple(known.links), known.people
        self._send(target, move)

    def take_move(self, account: Account, record: Move, erased_at: int = -1) -> None:
        """Merge what another home held; weight arrives once however often the record does.

        What happened up to `erased_at` stays away: the person was erased while the record was on its way.
        """
        identity = record.identity
        incoming = msgspec.convert(record.ledger, Ledger, str_keys=True)
        if erased_at >= 0 and not keep_after(incoming, erased_at):
            return
        if identity.startswith("anon:"):
            self._spell_out(account, identity)
        rank = (record.rank, record.confidence) if is_here(account, record.from_home) else (0, 0)
        ledger = self.store.ledger(account.home, identity)
        merge_ledgers(ledger, incoming)
        self.store.restructure(account.home, relations=False)
        ledger.rank, ledger.confidence = max(
            (ledger.rank, ledger.confidence), rank, own_claim(account, identity)
        )
        self.attend(account, identity, ledger.email_domain, record)
        notes = account.places.get(identity)
        if identity not in account.registry and notes is not None and not notes.version:
            notes.links, notes.people = (
                add_links(notes.links, record.links),
                {**record.people, **notes.people},
            )
            self._changed(account)
            self._relinked(account, identity, notes, record)
        self.settle(account, identity, record)

    def take_names(self, account: Account, names: Iterable[str]) -> None:
        """The other names of a home that became an alias of this one."""
        for name in names:
            if not is_here(account, name):
                self._add_alias(account, name)

    def _changed(self, account: Account) -> None:
        self.store.touch(account.home)
        self.store.restructure(account.home)

    def _send(self, home: str, record: SignalRecord) -> None:
        self.outbox.append((home, record))
