"""Where an identity lives: claims and links meet at its registry, and every home moves on what is not its own.

An identity is `contact:ID`, `email:E` or `anon:A`. Its registry is the one home that can be told from it alone. A home
that sees an identity claims it there; the registry ranks the claims (scoring.md section 2, Account of a person) and
tells the claimants that lost. What decides is a function of the set of claims and links, so their order cannot matter.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.home import account_home, anon_home, contact_home, domain_home, email_home, split_home
from schemas.signal import AccountProfile, Act, ContactProfile
from streams.account import Account, Link, Placed, Rank, Registration

CONTACT_RECORD: Final = 5
MATCH_RANK: Final = {"crm": 4, "email_domain": 3, "provider": 2, "reverse_ip": 1}
MAX_HOPS: Final = 8


class ClaimOf(NamedTuple):
    """What a record says of the account of its person: home, rank (0: nothing) and confidence in thousandths."""

    home: str
    rank: int
    confidence: int


def identity_of(record: Act | ContactProfile) -> str:
    """contact_id > e-mail > anonymous_id; "" where the record names nobody."""
    if record.contact_id:
        return f"contact:{record.contact_id}"
    if record.email:
        return f"email:{record.email}"
    return f"anon:{record.anonymous_id}" if record.anonymous_id else ""


def claim_of(record: Act | ContactProfile, reverse_ip_least: int = 800) -> ClaimOf:
    """The best claim that the record itself makes."""
    tenant = record.tenant
    best = ClaimOf("", 0, 0)
    if record.email_domain:
        best = ClaimOf(domain_home(tenant, record.email_domain), MATCH_RANK["email_domain"], 1000)
    if not (record.account_domain or record.account_id):
        return best
    where = account_home(tenant, record.account_id)
    if record.account_domain:
        where = domain_home(tenant, record.account_domain)
    if isinstance(record, ContactProfile):
        return ClaimOf(where, CONTACT_RECORD, 1000)
    rank = MATCH_RANK.get(record.match, MATCH_RANK["provider"])
    identified = bool(record.contact_id or record.email)
    if record.match == "reverse_ip" and identified and record.confidence < reverse_ip_least:
        return best
    return ClaimOf(where, rank, record.confidence) if rank > best.rank else best


def home_of(record: Act | ContactProfile) -> str:
    """The home of a record about a person or an account, told from the record alone."""
    claim = claim_of(record)
    if claim.home:
        return claim.home
    if record.contact_id:
        return contact_home(record.tenant, record.contact_id)
    if record.email:
        return email_home(record.tenant, record.email)
    return anon_home(record.tenant, record.anonymous_id)


def profile_home(record: AccountProfile) -> str:
    """The home of an account profile."""
    if record.account_domain:
        return domain_home(record.tenant, record.account_domain)
    return account_home(record.tenant, record.account_id)


def registry_home(tenant: str, identity: str, email_domain: str = "") -> str:
    """The home that keeps the register of an identity; a business address is kept by its own domain."""
    kind, _, value = identity.partition(":")
    if kind == "contact":
        return contact_home(tenant, value)
    if kind == "anon":
        return anon_home(tenant, value)
    return domain_home(tenant, email_domain) if email_domain else email_home(tenant, value)


def is_account(home: str) -> bool:
    """Whether the home is a company's: only those can fire."""
    return split_home(home).kind in ("domain", "account")


def best_home(registration: Registration) -> str:
    """The claimant an identity belongs to: highest rank, then confidence, then the first."""
    best, winner = None, ""
    for home, (rank, confidence, at, event_id) in registration.claims.items():
        order = (-rank, -confidence, at, event_id, home)
        if best is None or order < best:
            best, winner = order, home
    return winner


def better(new: Rank, old: Rank) -> bool:
    """Whether a claim outranks another: higher rank, then confidence, then earlier."""
    return (-new[0], -new[1], new[2], new[3]) < (-old[0], -old[1], old[2], old[3])


def knowledge(account: Account, identity: str) -> tuple[str, list[Link]]:
    """What this home knows: where the identity lives ("" for here) and its links."""
    registration = account.registry.get(identity)
    if registration is not None:
        return best_home(registration), registration.links
    placed = account.places.get(identity)
    return ("", []) if placed is None else (placed.home, placed.links)


def linked(links: list[Link], identity: str, at: int) -> Link | None:
    """The person an identity stands for at a time: the latest link before it, else the first; an e-mail's first."""
    if not links:
        return None
    chosen = links[0]
    if identity.startswith("anon:"):
        for link in links:
            if link[0] > at:
                break
            chosen = link
    return chosen


def destination(account: Account, identity: str, at: int) -> str:
    """The home where an act of the identity at a time belongs, as far as this home knows."""
    for _ in range(4):
        home, links = knowledge(account, identity)
        link = linked(links, identity, at)
        if link is None or link[2] == identity:
            break
        if not is_here(account, link[3]):
            return link[3]
        identity = link[2]
    return account.home if not home or is_here(account, home) else home


def root_of(account: Account, identity: str, at: int) -> str:
    """The person an act counts for at this home: the end of its links."""
    for _ in range(4):
        link = linked(knowledge(account, identity)[1], identity, at)
        if link is None or link[2] == identity:
            break
        identity = link[2]
    return identity


def is_here(account: Account, home: str) -> bool:
    """Whether a home is this one, also under another of its names."""
    return home == account.home or home in account.aliases


def add_link(links: list[Link], link: Link) -> list[Link]:
    """The union of links, ascending by (time, id)."""
    return links if link in links else sorted([*links, link])


def link_says_more(links: list[Link], identity: str, link: Link) -> bool:
    """Whether a link changes what its identity stands for at some time."""
    if not links:
        return True
    if not identity.startswith("anon:"):
        return (link[0], link[1]) < (links[0][0], links[0][1]) and link[2] != links[0][2]
    known = linked(links, identity, link[0])
    return known is None or known[2] != link[2] or link[0] < links[0][0]


def placed(account: Account, identity: str) -> Placed:
    """This home's own notes about an identity whose registry is elsewhere."""
    return account.places.setdefault(identity, Placed())


def answers(account: Account, registration: Registration) -> Iterator[tuple[str, str]]:
    """The claimants that must be told again, each with the home they are told."""
    best = best_home(registration)
    marks = f"{best}|{registration.links}|{registration.erased}"
    homes = {*registration.claims, *(link[3] for link in registration.links)}
    for home in sorted(homes):
        if home == account.home or not home:
            continue
        silent = f"{home}|[]|0"  # what a claimant assumes unless told
        if registration.told.get(home, silent) != marks:
            registration.told[home] = marks
            yield home, best
