"""The people of one account: identities grouped into persons, their roles and who is left out (section 4 and 9)."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from streams.account import Account, field
from streams.contributions import Activity
from streams.domains import HASHED
from streams.ledger import Fact, Ledger, Visit, merge_visits
from streams.placement import destination, knowledge, root_of
from streams.policy import Policy
from streams.tally import Tally
from streams.timeline import day_of

SHARED = "shared"
_WORDS: Final = re.compile(r"[\w-]+")


class Person(msgspec.Struct, gc=False):
    """One person of an account: their root identity, the ledgers that speak of them, and their facts."""

    root: str
    ledgers: list[Ledger]
    parts: "list[Part]"  # of each ledger what is theirs
    anonymous: bool
    profile: dict[str, Any]
    email: str
    email_domain: str
    email_kind: str
    confidence: int  # of the best claim, thousandths
    whole: bool  # every fact of every ledger is theirs
    tally: Tally | None = None  # their rows, once somebody has asked

    @property
    def activity(self) -> Activity:
        """Their visits and facts, gathered from all their ledgers."""
        return _activity(self.parts)

    @property
    def ref(self) -> str:
        """How records name the person: contact_id, else e-mail, else anonymous id."""
        return self.root.partition(":")[2]

    def shared_mailbox(self, policy: Policy) -> bool:
        """Whether the address is a role's and not a person's."""
        return self.email.partition("@")[0] in policy.people.shared_mailboxes if self.email else False


Part = tuple[Ledger, list[Visit] | None, list[Fact] | None]  # None: all of them


def groups_of(account: Account, ledgers: dict[str, Ledger]) -> dict[str, list[str]]:
    """Identities by the person they stand for at this home; what belongs elsewhere is left out."""
    groups: dict[str, list[str]] = {}
    for identity in sorted(ledgers):
        if _sliced(account, identity):
            for root in _roots(account, identity, ledgers[identity]):
                groups.setdefault(root, []).append(identity)
        elif destination(account, identity, 0) == account.home:
            groups.setdefault(root_of(account, identity, 0), []).append(identity)
    return groups


def person_of(account: Account, ledgers: dict[str, Ledger], root: str, identities: list[str]) -> Person:
    """One person of `groups_of` with their facts."""
    parts: list[Part] = []
    for identity in identities:
        ledger = ledgers[identity]
        if _sliced(account, identity):
            visits = [v for v in ledger.visits.values() if _is_of(account, identity, v.at, root)]
            facts = [f for f in ledger.facts.values() if _is_of(account, identity, f.at, root)]
            parts.append((ledger, visits, facts))
        else:
            parts.append((ledger, None, None))
    return _person(root, parts)


def _sliced(account: Account, identity: str) -> bool:
    """Whether an anonymous visitor's acts are divided over persons by time."""
    return identity.startswith("anon:") and bool(knowledge(account, identity)[1])


def _is_of(account: Account, identity: str, at: int, root: str) -> bool:
    return destination(account, identity, at) == account.home and root_of(account, identity, at) == root


def _roots(account: Account, identity: str, ledger: Ledger) -> list[str]:
    times = [v.at for v in ledger.visits.values()] + [f.at for f in ledger.facts.values()]
    here = {
        root_of(account, identity, at) for at in times if destination(account, identity, at) == account.home
    }
    return sorted(here)


def _person(root: str, parts: list[Part]) -> Person:
    ledgers = [ledger for ledger, _, _ in parts]
    own = next((led for led in ledgers if led.identity == root), ledgers[0])
    named = own if own.email else next((led for led in ledgers if led.email), own)
    return Person(
        root=root, ledgers=ledgers, parts=parts, anonymous=root.startswith("anon:"),
        profile=_profile(ledgers), email=named.email, email_domain=named.email_domain, email_kind=named.email_kind,
        confidence=max(led.confidence for led in ledgers), whole=all(visits is None for _, visits, _ in parts),
    )  # fmt: skip


def _activity(parts: list[Part]) -> Activity:
    reset = max(ledger.reset_at for ledger, _, _ in parts)
    if len(parts) == 1 and parts[0][1] is None:
        ledger = parts[0][0]
        return Activity(list(ledger.visits.values()), list(ledger.facts.values()), reset)
    visits: dict[str, Visit] = {}
    facts: dict[str, Fact] = {}
    for ledger, some_visits, some_facts in parts:
        for visit in ledger.visits.values() if some_visits is None else some_visits:
            key = f"{day_of(visit.at)}|{visit.session_id}|{visit.url or visit.category}"
            known = visits.get(key)
            visits[key] = visit if known is None else merge_visits(known, visit, known.count + visit.count)
        for fact in ledger.facts.values() if some_facts is None else some_facts:
            facts.setdefault(f"{fact.id}|{fact.type}", fact)
    return Activity(list(visits.values()), list(facts.values()), reset)


def _profile(ledgers: Sequence[Ledger]) -> dict[str, Any]:
    if len(ledgers) == 1:
        return {name: stamped[2] for name, stamped in ledgers[0].profile.items()}
    best: dict[str, tuple[int, str, Any]] = {}
    for ledger in ledgers:
        for name, stamped in ledger.profile.items():
            known = best.get(name)
            if known is None or (stamped[0], stamped[1]) > (known[0], known[1]):
                best[name] = stamped
    return {name: stamped[2] for name, stamped in best.items()}


def role_of(profile: dict[str, Any], policy: Policy) -> str:
    """Explicit role > rules on seniority and function > unknown; never guessed from behaviour."""
    role = profile.get("role")
    if role:
        return str(role).lower()
    people = policy.people
    by_seniority = people.seniority_roles.get(str(profile.get("seniority") or ""))
    if by_seniority:
        return by_seniority
    function = profile.get("function")
    if not function or function in ("unknown", "other"):
        return "unknown"
    return people.function_roles.get(str(function), people.known_function_role)


def role_factor(role: str, policy: Policy) -> int:
    """Thousandths by which a person's points enter the account."""
    return policy.people.role_factor.get(role, policy.people.other_role)


def consent_of(person: Person) -> str:
    """The latest consent statement by time."""
    return max([ledger.consent for ledger in person.ledgers])[2]


def exclusion(person: Person, account: Account, policy: Policy) -> str:
    """Why a person does not count, whatever they did (a disqualifier code of section 9), "" where they may."""
    if person.email_domain in policy.own_domains or account.home.partition("/")[2] in policy.own_domains:
        return "internal"
    said = max([ledger.excluded for ledger in person.ledgers])
    if said:
        return said
    if not person.shared_mailbox(policy):  # a role's address studies nothing and consents to nothing
        code = _by_person(person, account, policy)
        if code:
            return code
    return "disposable" if person.email_kind == "disposable" else ""


def seeks_job(person: Person, day: int, policy: Policy) -> bool:
    """Whether a person counts as a job seeker on a UTC day."""
    return last_job_search(person, day, policy) >= 0


def _by_person(person: Person, account: Account, policy: Policy) -> str:
    if consent_of(person) == "denied":
        return "opted_out"
    if _student(person, policy):
        return "student"
    return "freelancer" if _freelancer(person, account, policy) else ""


def _student(person: Person, policy: Policy) -> bool:
    rules = policy.disqualify
    if policy.icp.serves_education:
        return False
    if person.email_domain and _studies_at(person.email_domain, rules.student_domains):
        return True
    title, company = person.profile.get("title") or "", person.profile.get("company") or ""
    return bool(title or company) and _says(f"{title} {company}", rules.student_titles)


@lru_cache(maxsize=1 << 14)
def _studies_at(domain: str, forms: Iterable[str]) -> bool:
    return any(_academic(domain, form) for form in forms)


@lru_cache(maxsize=1 << 14)
def _says(text: str, titles: Iterable[str]) -> bool:
    words = f" {' '.join(_WORDS.findall(text.lower()))} "
    return any(f" {title} " in words for title in titles)


def _academic(domain: str, form: str) -> bool:
    """Whether a domain has a suffix: ".edu" itself or below a country, ".ac.*" any country under .ac."""
    stem = form.removesuffix(".*")
    tail = f".{domain}"
    return (tail.endswith(stem) and form == stem) or f"{stem}." in tail


def _freelancer(person: Person, account: Account, policy: Policy) -> bool:
    employees, rules = field(account, "employees"), policy.disqualify
    if employees is not None and employees <= rules.freelancer_employees:
        return True
    title = str(person.profile.get("title") or "").lower()
    return bool(title) and any([word in title for word in rules.freelancer_titles])


def last_job_search(person: Person, day: int, policy: Policy) -> int:
    """The last UTC day that makes a person a job seeker as of a day; -1 for none.

    On such a day careers visits were enough, and a large enough share of all page visits of the days before it. Judged
    are whole days, those with a visit and the day itself, so it does not matter when somebody looks (section 9).
    """
    rules = policy.disqualify
    if person.tally is not None and len(person.tally.seekers) < rules.job_seeker_visits:
        return -1
    pages: Counter[int] = Counter()
    careers: Counter[int] = Counter()
    for visit in person.activity.visits:
        pages[day_of(visit.at)] += 1
        careers[day_of(visit.at)] += visit.category == rules.job_seeker_category
    judged = sorted([d for d in pages if 0 <= day - d <= rules.job_seeker_exclude_days], reverse=True)
    for last in (*judged, day):
        days = range(last - rules.job_seeker_days, last + 1)
        sought, seen = sum([careers[d] for d in days]), sum([pages[d] for d in days])
        if sought >= rules.job_seeker_visits and 1000 * sought >= rules.job_seeker_share * seen:
            return last
    return -1


def channels(person: Person) -> tuple[bool, bool]:
    """Whether e-mail and phone are usable for a person (section 2, contacts)."""
    declared = person.profile.get("channels")
    opted = set(person.profile.get("opt_outs") or ())
    addressed = person.email and person.email_kind != HASHED  # nobody can write to a digest
    open_channels = {"email"} if declared is None and addressed else set(declared or ())
    spoiled = any(led.bounced or led.reset_at >= 0 for led in person.ledgers)
    opted.update(channel for led in person.ledgers for channel in led.blocked)
    return "email" in open_channels - opted and not spoiled, "phone" in open_channels - opted
