"""Forgetting a person: every home that knows them drops what it holds and tells the others (scoring.md section 10).

What stays is a digest of each erased identity, so that older records of the person that come later are refused.
"""

from hashlib import blake2b

import msgspec

from schemas.signal import Act, Claim, ContactProfile, Erase, Place
from streams.account import Account, Placed, Registration
from streams.placement import is_here, knowledge, registry_home, root_of
from streams.residence import Residence
from streams.store import Store
from streams.timeline import DAY


def digest(tenant: str, identity: str) -> int:
    """64-bit digest of an identity; it names nobody."""
    return int.from_bytes(blake2b(f"{tenant}\x1f{identity}".encode(), digest_size=8).digest(), "big")


def identities_of(record: Act | ContactProfile | Erase) -> list[str]:
    """Every identity a record names."""
    named = (("contact", record.contact_id), ("email", record.email), ("anon", record.anonymous_id))
    return [f"{kind}:{value}" for kind, value in named if value]


def is_erased(store: Store, record: Act | ContactProfile) -> bool:
    """Whether the record is of an erased person and happened before the erasure."""
    return any(record.at <= erased_at(store, record.tenant, name) for name in identities_of(record))


def is_overtaken(store: Store, record: Claim | Place) -> bool:
    """Whether a record between homes speaks of somebody who was erased while it was on its way."""
    if isinstance(record, Claim):
        names = [record.identity, record.person, record.via]
    else:
        names = [record.identity, *(link[2] for link in record.links)]
    return any(record.at <= erased_at(store, record.tenant, name) for name in names)


def erased_at(store: Store, tenant: str, identity: str) -> int:
    """Up to when records of an identity are refused, ms; -1 where it was never erased."""
    return store.meta.erased.get(digest(tenant, identity), -1) if store.meta.erased else -1


def erase(store: Store, residence: Residence, account: Account, record: Erase, kept_days: int) -> bool:
    """Drop the named person at this home and pass the erasure on; true when something went.

    `kept_days` is how long the log may hold records of the person.
    """
    names = set(identities_of(record))
    known = names | _same_person(store, account, names)
    gone = False
    for name in sorted(known):
        gone = _forget(store, residence, account, name, record) or gone
    for name in sorted(known):
        registry = registry_home(
            record.tenant, name, record.email_domain if name.startswith("email:") else ""
        )
        _pass_on(residence, account, registry, name, record)
    _note(store, record, known, kept_days)
    return gone


def _same_person(store: Store, account: Account, names: set[str]) -> set[str]:
    """All identities at this home that stand for one of the named persons.

    A visitor whom several people have been says nothing about any of them.
    """
    roots = set(names)
    for name in names:
        people = {root_of(account, person, 0) for person in _linked(account, name)}
        if len(people) < 2:
            roots |= people | {root_of(account, name, 0)}
    candidates = {*store.ledgers(account.home), *account.registry, *account.places}
    return {name for name in candidates if not roots.isdisjoint(_stands_for(account, name))}


def _stands_for(account: Account, name: str) -> set[str]:
    """Everybody an identity was ever linked to, however many steps away."""
    linked = _linked(account, name)
    return linked | {root_of(account, other, 0) for other in {name, *linked}}


def _linked(account: Account, name: str) -> set[str]:
    return {link[2] for link in knowledge(account, name)[1]}


def _forget(store: Store, residence: Residence, account: Account, name: str, record: Erase) -> bool:
    registration = account.registry.pop(name, None)
    placed = account.places.pop(name, None)
    if registration is not None:
        homes = {*registration.claims, *registration.told, *(link[3] for link in registration.links)}
        for home in sorted(homes):
            _pass_on(residence, account, home, name, record)
    if placed is not None and placed.home:
        _pass_on(residence, account, placed.home, name, record)
    known = name in store.ledgers(account.home)
    if known:
        domain = store.ledgers(account.home)[name].email_domain
        store.drop_ledger(account.home, name)
        if domain:
            _pass_on(residence, account, registry_home(record.tenant, name, domain), name, record)
    others: list[Registration | Placed] = [*account.registry.values(), *account.places.values()]
    for other in others:
        _unname(other, name)
    hold = account.machine.hold
    if name in hold.get("people", ()):
        hold["people"] = [known for known in hold["people"] if known != name]
    if hold.get("person") == name:
        del hold["person"]
    store.touch(account.home)
    store.restructure(account.home)
    return known or registration is not None or placed is not None


def _unname(other: Registration | Placed, name: str) -> None:
    """Take an erased identity out of what is known of another one."""
    other.links = [link for link in other.links if link[2] != name]
    if isinstance(other, Placed):
        other.withheld = [link for link in other.withheld if link[2] != name]
        other.people = {p: where for p, where in other.people.items() if name not in (p, where[0])}
        return
    other.inherited.pop(name, None)
    other.handed.pop(name, None)


def _pass_on(residence: Residence, account: Account, home: str, name: str, record: Erase) -> None:
    """Tell another home once: a home that noted this erasure already is not told by us again."""
    if not home or is_here(account, home) or record.hops >= 6:
        return
    kind, _, value = name.partition(":")
    copy = msgspec.structs.replace(record, contact_id="", email="", anonymous_id="", hops=record.hops + 1)
    setattr(copy, {"contact": "contact_id", "email": "email", "anon": "anonymous_id"}[kind], value)
    if (home, copy) not in residence.outbox:
        residence.outbox.append((home, copy))


def _note(store: Store, record: Erase, names: set[str], kept_days: int) -> None:
    erased = store.meta.erased
    for name in sorted(names):  # a set has another order in each process
        key = digest(record.tenant, name)
        erased[key] = max(erased.get(key, -1), record.at)
    oldest = record.received - kept_days * DAY
    for key in [key for key, at in erased.items() if at < oldest]:
        del erased[key]
    store.touch_meta()


def already_noted(store: Store, account: Account, record: Erase) -> bool:
    """Whether this home has nothing more to do for the erasure: noted, and nothing of the person left."""
    names = identities_of(record)
    noted = all(store.meta.erased.get(digest(record.tenant, name), -1) >= record.at for name in names)
    left = any(
        name in store.ledgers(account.home) or name in account.registry or name in account.places
        for name in names
    )
    return noted and not left
