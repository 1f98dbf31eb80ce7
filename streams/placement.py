"""Where an identity lives: claims and links meet at its registry, and every home moves on what is not its own.

An identity is `contact:ID`, `email:E` or `anon:A`. Its registry is the one home that can be told from it alone. A home
that sees an identity claims it there; the registry ranks the claims (scoring.md section 2, Account of a person) and
answers whoever holds or names the identity. An e-mail that stands for a contact hands its claims on to the contact's
registry; an anonymous id asks the registries of its persons. So every answer is complete by itself: where, and who in
the end. What decides is a function of the set of claims and links, so their order cannot matter.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, NamedTuple

from schemas.home import account_home, anon_home, contact_home, domain_home, email_home, split_home
from schemas.signal import AccountProfile, Act, ContactProfile
from streams.account import Account, Link, Placed, Rank, Registration

CONTACT_RECORD: Final = 5
MATCH_RANK: Final = {"crm": 4, "email_domain": 3, "provider": 2, "reverse_ip": 1}
MAX_HOPS: Final = 24
ONLY: Final = "only "
_LINKS: Final = 200  # of one identity: a terminal that many people use


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
    """The claimant an identity belongs to: highest rank, then confidence, then the first; "" for none."""
    best, winner = None, ""
    for claims in (registration.claims, *registration.inherited.values()):
        for home, (rank, confidence, at, event_id) in claims.items():
            order = (-rank, -confidence, at, event_id, home)
            if best is None or order < best:
                best, winner = order, home
    return winner


def better(new: Rank, old: Rank) -> bool:
    """Whether a claim outranks another: higher rank, then confidence, then earlier."""
    return (-new[0], -new[1], new[2], new[3]) < (-old[0], -old[1], old[2], old[3])


class Known(NamedTuple):
    """What a home knows of an identity: where it lives ("" for here), its links, and who their persons are."""

    home: str
    links: list[Link]
    people: dict[str, tuple[str, str]]


NOTHING: Final = Known("", [], {})


def knowledge(account: Account, identity: str) -> Known:
    """What this home knows, as the identity's registry or as it was told."""
    registration = account.registry.get(identity)
    if registration is not None:
        return Known(best_home(registration), registration.links, people_of(account, registration))
    notes = account.places.get(identity)
    return NOTHING if notes is None else Known(notes.home, notes.links, notes.people)


def people_of(account: Account, registration: Registration) -> dict[str, tuple[str, str]]:
    """For each person of a registration's links who that is in the end, and where; the unanswered ones are left out."""
    found: dict[str, tuple[str, str]] = {}
    for _, _, person, _ in registration.links:
        if person not in found and (where := whereabouts(account, person)) is not None:
            found[person] = where
    return found


def whereabouts(account: Account, identity: str) -> tuple[str, str] | None:
    """Who an identified identity is in the end and where they live; None while its registry has not answered."""
    registration = account.registry.get(identity)
    if registration is not None:
        if registration.links:
            return whereabouts(account, registration.links[0][2])
        return identity, best_home(registration) or account.home
    notes = account.places.get(identity)
    if notes is None or not (notes.version or notes.claimed[0]):
        return None
    if notes.links:
        return notes.people.get(notes.links[0][2])
    return identity, notes.home or account.home


def linked(links: list[Link], identity: str, at: int) -> Link | None:
    """The link that counts at a time: the latest before it, else the first; of an e-mail always the first."""
    if not links:
        return None
    chosen = links[0]
    if identity.startswith("anon:"):
        for link in links:
            if link[0] > at:
                break
            chosen = link
    return chosen


def resolved(account: Account, identity: str, at: int) -> tuple[str, str]:
    """Whom an act of the identity at a time counts for and where, as far as this home knows."""
    known = knowledge(account, identity)
    link = linked(known.links, identity, at)
    root, home = identity, known.home
    if link is not None:
        root, home = known.people.get(link[2], (identity, ""))
    return root, account.home if not home or is_here(account, home) else home


def destination(account: Account, identity: str, at: int) -> str:
    """The home where an act of the identity at a time belongs, as far as this home knows."""
    return resolved(account, identity, at)[1]


def root_of(account: Account, identity: str, at: int) -> str:
    """The person an act counts for at this home: the end of its links."""
    return resolved(account, identity, at)[0]


def is_here(account: Account, home: str) -> bool:
    """Whether a home is this one, also under another of its names."""
    return home == account.home or home in account.aliases


def add_links(links: list[Link], more: Iterable[Link]) -> list[Link]:
    """The union of links, ascending by (time, id); of very many the latest."""
    return sorted({*links, *more})[-_LINKS:]


def link_says_more(links: list[Link], identity: str, link: Link) -> bool:
    """Whether a link changes what its identity stands for at some time, or stands before all known ones."""
    if not links or link[:2] < links[0][:2]:
        return True
    if not identity.startswith("anon:"):
        return False
    known = linked(links, identity, link[0])
    return known is None or known[2] != link[2]


def placed(account: Account, identity: str) -> Placed:
    """This home's own notes about an identity whose registry is elsewhere."""
    return account.places.setdefault(identity, Placed())


def digest(text: str) -> str:
    """A short stand-in for what was said, which names nobody."""
    return blake2b(text.encode(), digest_size=6).hexdigest()


def only(person: str) -> str:
    """The mark of a home that takes for granted that an identity stands for one person."""
    return ONLY + digest(person)


def answers(account: Account, registration: Registration) -> list[str]:
    """The homes that must be told again; none while a person of its links is not found yet."""
    people = people_of(account, registration)
    if any(link[2] not in people for link in registration.links):
        return []
    best = best_home(registration)
    marks = digest(f"{best}|{registration.links}|{sorted(people.items())}|{registration.erased}")
    persons = {only(link[2]) for link in registration.links}
    due = []
    for home in sorted({*registration.claims, *registration.told}):
        last = registration.told.get(home)
        if is_here(account, home) or last == marks:
            continue
        if last is None and home == best and not persons and not registration.erased:
            continue  # what a claimant takes for granted
        if persons == {last} and not registration.erased:
            continue
        registration.told[home] = marks
        due.append(home)
    if due and registration.answer != marks:
        registration.answer, registration.version = marks, registration.version + 1
    return due
