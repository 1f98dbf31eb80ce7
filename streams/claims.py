"""What is said of one identity's account and counts for another: an e-mail's claims, an anonymous visitor's acts.

An e-mail's claims are its contact's. A claim of an anonymous act is one of the person whom the id stood for at the time
(scoring.md section 2: all their acts follow the account, also those from before it was known), so of a visitor every
claim may be the best of somebody. As long as all acts of a visitor at a home say the same of it, its ledger is the list
of them; then a home keeps them one by one ("spelled out"). It tells the registry the best of each person, as far as it
knows the links, and the registry hands them on to the registries of the persons.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.signal import Act, Claim, ContactProfile, LogRecord, Place
from streams.account import Account, Placed, Rank, Registration
from streams.ledger import Ledger
from streams.placement import MATCH_RANK, better, claim_of, is_here, linked
from streams.transfers import claim_record

NO_RANK: Final[Rank] = (0, 0, 0, "")
_REVERSE_IP: Final = MATCH_RANK["reverse_ip"]
_KEPT: Final = 16  # claims of a visitor that say nothing more as far as a home knows
_HEARD: Final = 100  # claims of one home that a visitor's registry keeps


def places_person(rank: Rank, least: int) -> bool:
    """Whether a claim of an anonymous act may place an identified person."""
    return rank[0] > _REVERSE_IP or rank[1] >= least


# at the registry -------------------------------------------------------------------------------------------------


def hear(registration: Registration, identity: str, home: str, rank: Rank) -> None:
    """Note a claim: the best of each home, of a visitor the others too, since they may be another person's."""
    known = registration.claims.get(home)
    if known is None or better(rank, known):
        registration.claims[home], rank = rank, known or rank
    if identity.startswith("anon:") and rank != registration.claims[home]:
        heard = {*registration.heard.get(home, ()), rank}
        registration.heard[home] = sorted(heard, key=_by_time)[-_HEARD:]


def inherit(registration: Registration, record: Claim) -> None:
    """Take what another identity's registry hands on, or takes back."""
    claims = registration.inherited.setdefault(record.via, {})
    if not record.home:
        claims.clear()
    elif record.rank:
        claims[record.home] = (record.rank, record.confidence, record.at, record.event_id)
    else:
        claims.pop(record.home, None)
    if not claims:
        del registration.inherited[record.via]


def hand_on(
    identity: str, registration: Registration, least: int, cause: LogRecord
) -> Iterator[tuple[str, Claim]]:
    """What the registries of an identity's persons must hear now; it counts as said."""
    registries = {link[2]: link[3] for link in registration.links}
    wanted = _by_person(identity, registration, least)
    for person in sorted({*wanted, *registration.handed}):
        new, old = wanted.get(person, {}), registration.handed.pop(person, {})
        if new:
            registration.handed[person] = new
        for home in sorted({*new, *old}) if person in registries else ():
            if new.get(home) != old.get(home):
                said = claim_record(cause, person, home, new.get(home, NO_RANK), via=identity)
                yield registries[person], said


def _by_person(identity: str, registration: Registration, least: int) -> dict[str, dict[str, Rank]]:
    """For each person an identity stands for the best claim of each home."""
    if not registration.links or identity.startswith("contact:"):
        return {}
    found: dict[str, dict[str, Rank]] = {}
    anonymous = identity.startswith("anon:")
    for home, rank in _all_claims(registration):
        link = linked(registration.links, identity, rank[2])
        if link is None or (anonymous and not places_person(rank, least)):
            continue
        best = found.setdefault(link[2], {})
        if home not in best or better(rank, best[home]):
            best[home] = rank
    return found


def _all_claims(registration: Registration) -> Iterator[tuple[str, Rank]]:
    yield from registration.claims.items()
    for claims in registration.inherited.values():
        yield from claims.items()
    for home, heard in registration.heard.items():
        for rank in heard:
            yield home, rank


def handed_over(identity: str, registration: Registration, cause: Place) -> list[Claim]:
    """A registration as claims to the main home of a company: also whoever listens, and what others handed on."""
    said = [claim_record(cause, identity, home, rank) for home, rank in sorted(registration.claims.items())]
    said += [claim_record(cause, identity, cause.home, NO_RANK, link) for link in registration.links]
    said += [claim_record(cause, identity, home, NO_RANK) for home in sorted(registration.told)]
    for via, claims in sorted(registration.inherited.items()):
        said += [claim_record(cause, identity, home, rank, via=via) for home, rank in sorted(claims.items())]
    for claim in said:
        claim.version = registration.version
    return said


# at a home that claims a visitor -----------------------------------------------------------------------------------


def spell_out(notes: Placed, ledger: Ledger | None, least: int) -> bool:
    """From now on keep the claims to a visitor one by one; true when they were not yet.

    To be called before the ledger holds, or loses, an act that says something else of this home.
    """
    if notes.spelled:
        return False
    notes.spelled = True
    rank, confidence = notes.claimed[:2]
    if ledger is not None and rank and places_person(notes.claimed, least):
        stamps = [(visit.at, visit.id) for visit in ledger.visits.values()]
        stamps += [(fact.at, fact.id) for fact in ledger.facts.values()]
        _withhold(notes, [(rank, confidence, at, event_id) for at, event_id in stamps])
    return True


def add_claim(notes: Placed, rank: Rank, least: int) -> bool:
    """Keep one more claim to a visitor that is not the best; whether it is news."""
    if not places_person(rank, least):
        return False
    before = len(notes.kept)
    _withhold(notes, [rank])
    return len(notes.kept) > before


def telling(notes: Placed, identity: str, everything: bool = False) -> list[Rank]:
    """The claims that are the best of a person by the links known now and were not told; they count as told."""
    best: dict[str, Rank] = {}
    for rank in (notes.claimed, *notes.told, *notes.kept):
        link = linked(notes.links, identity, rank[2])
        person = rank[3] if everything else "" if link is None else link[2]
        if rank[0] and (person not in best or better(rank, best[person])):
            best[person] = rank
    news = sorted({*best.values()} & {*notes.kept}, key=_by_time)
    notes.told = sorted([*notes.told, *news], key=_by_time)[-_HEARD:]
    notes.kept = [rank for rank in notes.kept if rank not in news][-_KEPT:]
    return news


def _withhold(notes: Placed, claims: Iterable[Rank]) -> None:
    known = {notes.claimed, *notes.told}
    notes.kept = sorted({*notes.kept, *(rank for rank in claims if rank not in known)}, key=_by_time)


def _by_time(rank: Rank) -> tuple[int, str, int, int]:
    return rank[2], rank[3], rank[0], rank[1]


# how sure a home is of who is there ------------------------------------------------------------------------------


def note_rank(ledger: Ledger, record: Act | ContactProfile, account: Account, least: int) -> None:
    """Keep the best claim that placed the identity at this home."""
    claim = claim_of(record, least)
    if claim.home and is_here(account, claim.home):
        best = max((ledger.rank, ledger.confidence), (claim.rank, claim.confidence))
        ledger.rank, ledger.confidence = best


def own_claim(account: Account, identity: str) -> tuple[int, int]:
    """The best claim of this home to an identity, as far as it made one."""
    notes, registration = account.places.get(identity), account.registry.get(identity)
    ranks = [NO_RANK if notes is None else notes.claimed]
    if registration is not None:
        ranks += [rank for home, rank in registration.claims.items() if is_here(account, home)]
    return max(rank[:2] for rank in ranks)
