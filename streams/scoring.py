"""An account as of one UTC day: fit, intent, readiness, score, gates (scoring.md sections 4 to 6)."""

from typing import Any

import msgspec

from streams.account import Account, field
from streams.decay import div_half_even
from streams.engagement import Engagement, add_boxes, tally_of, total
from streams.fit import Firmographics, FitResult, fit
from streams.ledger import Ledger
from streams.people import (
    SHARED,
    Person,
    consent_of,
    exclusion,
    groups_of,
    person_of,
    role_factor,
    role_of,
    seeks_job,
)  # fmt: skip
from streams.policy import Policy
from streams.store import Store
from streams.surge import SurgeResult, surge_test
from streams.tally import Tally
from streams.thirdparty import ThirdPartyRow, third_party_rows

GATES = ("fit", "intent", "people", "decision_stage", "self_directed", "score")


class Member(msgspec.Struct, gc=False):
    """One person as the account sees them. Points in milli-points."""

    ref: str
    person: Person
    role: str
    engagement: Engagement
    excluded: str  # disqualifier code or ""
    engaged: bool
    factor: int  # role factor, thousandths
    points: int  # what enters I
    boxes: list[Person] = []  # the shared mailboxes that this one person stands for
    shown: Any = None  # what records say of them, once made (buying_group.py)

    @property
    def persons(self) -> list[Person]:
        """The person, or every shared mailbox that this one stands for."""
        return self.boxes or [self.person]


class Assessment(msgspec.Struct, gc=False):
    """The account as of a day; all scores in milli-points, people in thousandths."""

    day: int
    S: int
    F: int
    I: int  # noqa: E741 - the specification's name
    R: int
    fit: FitResult
    surge: SurgeResult
    members: list[Member]  # resolved persons, the excluded ones too
    visitors: list[Member]  # anonymous ones that count
    anonymous: int
    anonymous_raw: int
    third_party: int
    third_rows: list[ThirdPartyRow]
    intent_raw: int  # before the cap at 100
    people: int
    engaged: int
    minimum: int
    roles: list[str]  # required roles engaged
    decision_people: int
    stage: str  # of the engaged persons: decision, consideration or ""
    positive: int
    emailed: int
    gates: dict[str, bool]
    first_day: int = 0  # UTC day of the first record or tick of the partition
    employees: int | None = None
    unplaced: list[Member] = []  # anonymous ones that count nowhere: consent denied, or too unsure a company
    reviewing: list[tuple[Member, Person]] = []  # whose hand-raise waits for the company to become known

    @property
    def everybody(self) -> list[Member]:
        """All persons at the home, counted or not."""
        return [*self.members, *self.visitors, *self.unplaced]

    @property
    def counted(self) -> list[Member]:
        """Resolved persons that are not excluded."""
        return [member for member in self.members if not member.excluded]

    def self_directed_share(self) -> int:
        """Thousandths of the positive first-party points that e-mail did not prompt."""
        return (self.positive - self.emailed) * 1000 // self.positive if self.positive else 0


class Seen(msgspec.Struct, gc=False):
    """One person as computed from their facts: who they are, and what the account sees of them."""

    person: Person
    member: Member
    box: bool  # a shared mailbox that counts
    reviewing: bool  # a hand-raise of theirs waits for its company to become known


class Known(msgspec.Struct, gc=False):
    """Who a person is, and whether and as what they count apart from what they do."""

    stamp: tuple[object, ...]
    person: Person
    code: str
    role: str
    shared: bool


class Memory:
    """What was computed for one home, kept for as long as the facts behind it stand."""

    __slots__ = (
        "basis", "company", "groups", "known", "mark", "owners", "people", "places", "structure", "tallies",
    )  # fmt: skip

    def __init__(self) -> None:
        self.structure = -1
        self.basis: tuple[object, ...] = ()  # day, policy and company size that `people` were computed for
        self.mark = 0  # the store's last change that `people` know
        self.groups: dict[str, list[str]] = {}  # identities by person
        self.owners: dict[str, list[str]] = {}  # and persons by identity
        self.people: list[Seen] = []
        self.places: dict[str, int] = {}  # of a person in `people`
        self.tallies: dict[str, Tally] = {}  # by identity
        self.known: dict[str, Known] = {}  # who is whole at this home, by person
        self.company: tuple[tuple[object, ...], Firmographics, FitResult] | None = None

    def regroup(self, structure: int, groups: dict[str, list[str]]) -> None:
        """Who is who has changed."""
        self.structure, self.groups, self.owners = structure, dict(sorted(groups.items())), {}
        self.known.clear()
        self.places = {root: place for place, root in enumerate(self.groups)}
        for root, identities in self.groups.items():
            for identity in identities:
                self.owners.setdefault(identity, []).append(root)

    def tally(self, ledger: Ledger, version: int, role: str, policy: Policy) -> Tally:
        """The rows of one ledger, made anew unless they were kept up with every change of it."""
        tally = self.tallies.get(ledger.identity)
        if tally is None or tally.version != version or tally.role != role or tally.policy is not policy:
            tally = Tally(ledger.visits, ledger.facts, ledger.reset_at, role, policy)
            tally.version = version
            self.tallies[ledger.identity] = tally
        return tally

    def fitted(self, account: Account, policy: Policy) -> tuple[Firmographics, FitResult]:
        """The company and its fit, judged anew where its profile or the policy changed."""
        stamp = (policy.hash, *account.profile.values())
        if self.company is None or self.company[0] != stamp:
            company = firmographics(account)
            self.company = stamp, company, fit(company, policy)
        return self.company[1], self.company[2]


def assess(
    account: Account, store: Store, day: int, policy: Policy, memory: Memory | None = None
) -> Assessment:
    """Score the account as of a UTC day; reads state, changes none of it. `memory` only saves work."""
    memory = memory or Memory()
    people = _people(account, store, day, policy, memory)
    members, visitors, unplaced = _members(people, day, policy)
    rows = third_party_rows(account, day, policy)
    company, fitted = memory.fitted(account, policy)
    result = combine(company.employees, fitted, members, visitors, rows, day, store.meta.first_day, policy)
    result.unplaced = unplaced
    if any([seen.reviewing for seen in people]):
        result.reviewing = [
            (member, person)
            for member in result.everybody
            for person in member.persons
            if any([ledger.reviews for ledger in person.ledgers])
        ]
    return result


def combine(
    employees: int | None, fitted: FitResult, members: list[Member], visitors: list[Member],
    rows: list[ThirdPartyRow], day: int, first_day: int, policy: Policy,
) -> Assessment:  # fmt: skip
    """The account as its people, visitors and third-party rows make it; also what it would be without some."""
    minimum = policy.people.minimum_people(employees)
    counted = [m for m in members if not m.excluded]
    surge = surge_test([m.engagement.days for m in counted], day, first_day, employees, minimum, policy)
    third = min(sum([row.value for row in rows]), policy.caps.third_party)
    anonymous_raw = sum([v.engagement.points for v in visitors])
    anonymous = min(anonymous_raw, policy.people.anonymous_cap)
    intent_raw = sum([m.points for m in counted]) + anonymous + third
    intent = min(intent_raw, policy.caps.intent)
    result = Assessment(
        day=day, S=0, F=fitted.total, I=intent, R=0, fit=fitted, surge=surge, members=members, visitors=visitors,
        anonymous=anonymous, anonymous_raw=anonymous_raw, third_party=third, third_rows=rows, intent_raw=intent_raw,
        people=0, engaged=0, minimum=minimum, roles=[], decision_people=0, stage="", positive=0, emailed=0, gates={},
        first_day=first_day, employees=employees,
    )  # fmt: skip
    _group(result, policy)
    result.R = sum([points for _, points in readiness_steps(result, policy)])
    result.S = sum(weighted(result, policy))
    result.gates = _gates(result, policy)
    return result


def _people(account: Account, store: Store, day: int, policy: Policy, memory: Memory) -> list[Seen]:
    """Every person at the home; those whose facts have not changed since the last call are not looked at again."""
    ledgers, structure = store.ledgers(account.home), store.structure(account.home)
    versions, mark = store.versions(account.home), memory.mark
    basis = (day, policy.hash, field(account, "employees"))
    memory.mark = store.changes

    def look(root: str) -> Seen:
        identities = memory.groups[root]
        known = _known(account, ledgers, root, identities, policy, memory)
        version = versions.get(identities[0], 0) if len(identities) == 1 and known.person.whole else 0
        return _look(known, day, policy, memory, version)

    if memory.structure != structure or memory.basis != basis:
        if memory.structure != structure:
            memory.regroup(structure, groups_of(account, ledgers))
        memory.basis = basis
        memory.people = [look(root) for root in memory.groups]
    else:
        changed = [identity for identity, version in versions.items() if version > mark]
        for root in {root for identity in changed for root in memory.owners.get(identity, ())}:
            memory.people[memory.places[root]] = look(root)
    return memory.people


def _known(
    account: Account,
    ledgers: dict[str, Ledger],
    root: str,
    identities: list[str],
    policy: Policy,
    memory: Memory,
) -> Known:
    """Who a person is; not worked out again while nothing but acts came."""
    stamp: tuple[object, ...] = memory.basis[1:]  # not the day
    for identity in identities:
        led = ledgers[identity]
        said = (led.email, led.email_kind, led.email_domain, led.confidence, led.consent, led.excluded)
        stamp = (*stamp, said, *led.profile.values())
    known = memory.known.get(root)
    if known is None or known.stamp != stamp:
        person = person_of(account, ledgers, root, identities)
        known = Known(stamp, person, "", "unknown", False)
        if person.anonymous:
            known.code = "opted_out" if consent_of(person) == "denied" else ""  # a visitor can say no, too
        else:
            known.code, known.shared = exclusion(person, account, policy), person.shared_mailbox(policy)
            if known.code or not known.shared:
                known.role = role_of(person.profile, policy)
        if person.whole:
            memory.known[root] = known
    return known


def _look(known: Known, day: int, policy: Policy, memory: Memory, version: int) -> Seen:
    person, code, role = known.person, known.code, known.role

    def rows(role: str) -> Tally:
        if version:
            return memory.tally(person.ledgers[0], version, role, policy)
        return tally_of(person.activity, role, policy)

    person.tally = rows(role)
    found = total(person.tally, day)
    if not (person.anonymous or code) and seeks_job(person, day, policy):
        code, role = "job_seeker", role_of(person.profile, policy)
        if known.shared:
            person.tally = rows(role)
            found = total(person.tally, day)
    member = _member(person, role, code, found, day, policy)
    return Seen(person, member, known.shared and not code, any([led.reviews for led in person.ledgers]))


def _members(people: list[Seen], day: int, policy: Policy) -> tuple[list[Member], list[Member], list[Member]]:
    members: list[Member] = []
    visitors: list[Member] = []
    unplaced: list[Member] = []
    boxes: list[Seen] = []
    for seen in people:
        if seen.person.anonymous:
            sure = seen.person.confidence >= policy.people.anonymous_confidence
            placed = sure and not seen.member.excluded
            (visitors if placed else unplaced).append(seen.member)
        elif seen.box:
            boxes.append(seen)
        else:
            members.append(seen.member)
    if boxes:
        added = add_boxes([box.member.engagement for box in boxes], policy)
        box = _member(boxes[0].person, "unknown", "", added, day, policy)
        box.ref, box.boxes = SHARED, [seen.person for seen in boxes]
        members.append(box)
    return members, visitors, unplaced


def _member(person: Person, role: str, code: str, found: Engagement, day: int, policy: Policy) -> Member:
    factor = role_factor(role, policy)
    points = 0 if code else div_half_even(found.points * factor, 1000)
    engaged = not code and found.engaged(day, policy)
    return Member(person.ref, person, role, found, code, engaged, factor, points)


def _group(result: Assessment, policy: Policy) -> None:
    people = policy.people
    counted = result.counted
    engaged = [m for m in counted if m.engaged]
    result.engaged = len(engaged)
    extra = min(people.anonymous_weight * sum([v.engaged for v in result.visitors]), people.anonymous_max)
    result.people = 1000 * len(engaged) + (extra if engaged else 0)
    covered = {m.role for m in engaged}
    result.roles = [role for role in policy.required_roles if role in covered]
    result.decision_people = sum([m.engagement.decision for m in engaged])
    if result.decision_people:
        result.stage = "decision"
    elif any([m.engagement.consideration for m in engaged]):
        result.stage = "consideration"
    crowd = [*counted, *result.visitors]
    result.positive = sum([m.engagement.positive for m in crowd])
    result.emailed = sum([m.engagement.emailed for m in crowd])


def readiness_steps(result: Assessment, policy: Policy) -> list[tuple[str, int]]:
    """The steps of R in milli-points, in a fixed order; they sum to R."""
    rules = policy.readiness
    whole = min(result.people // 1000, len(rules.people_points) - 1)
    stage = 0
    if result.decision_people >= 2:
        stage = rules.decision_two
    elif result.decision_people == 1:
        stage = rules.decision_one
    elif result.stage == "consideration":
        stage = rules.consideration
    return [
        ("people", rules.people_points[whole]),
        ("stage", stage),
        ("roles", min(rules.role_points * len(result.roles), rules.role_cap)),
        ("surge", rules.surge_points if result.surge.surge else 0),
    ]


def weighted(result: Assessment, policy: Policy) -> tuple[int, int, int]:
    """The three weighted lines of S, each rounded half-even."""
    weights = policy.weights
    return (
        div_half_even(result.F * weights.fit, 1000),
        div_half_even(result.I * weights.intent, 1000),
        div_half_even(result.R * weights.readiness, 1000),
    )


def _gates(result: Assessment, policy: Policy) -> dict[str, bool]:
    marks = policy.thresholds
    directed = (result.positive - result.emailed) * 1000 >= policy.people.self_directed_gate * result.positive
    return {
        "fit": result.fit.passed,
        "intent": marks.intent_gate <= result.I,
        "people": result.people >= 1000 * result.minimum,
        "decision_stage": result.decision_people >= 1,
        "self_directed": bool(result.positive) and directed,
        "score": marks.ready <= result.S,
    }


def firmographics(account: Account) -> Firmographics:
    """What the profiles of the account say about the company."""
    return Firmographics(
        known=bool(account.profile), employees=field(account, "employees"), industry=field(account, "industry"),
        country=field(account, "country"), revenue=field(account, "revenue"),
        technologies=field(account, "technologies"), named_account=field(account, "named_account"),
    )  # fmt: skip
