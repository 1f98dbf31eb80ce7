"""One account whose scores the test dictates, so that its state machine can be watched alone.

Time is given as (day, minute) after Monday 2026-03-16 00:00 UTC.
"""

from typing import Any

from support.stories import a_policy

from schemas.signal import Disposition
from streams.account import Account, Machine
from streams.engagement import Engagement
from streams.evaluation import Decision, Evaluation
from streams.feedback import apply_disposition
from streams.fit import FitResult
from streams.ledger import Ledger
from streams.people import Person
from streams.policy import Policy
from streams.qualification import evaluate, raise_hand
from streams.scoring import GATES, Assessment, Member
from streams.surge import SurgeResult
from streams.timeline import DAY, MINUTE, day_of

MIDNIGHT = 1_773_619_200_000  # 2026-03-16T00:00:00Z
HOME = "default/northwind.example"


def moment(day: int, minute: int = 0) -> int:
    """Milliseconds of a moment."""
    return MIDNIGHT + day * DAY + minute * MINUTE


def a_member(name: str = "ines", **changes: Any) -> Member:
    """An engaged champion who can be written to."""
    person = Person(
        root=f"contact:{name}", ledgers=[Ledger(f"contact:{name}")], parts=[], anonymous=False,
        profile={}, email=f"{name}@northwind.example", email_domain="northwind.example", email_kind="business",
        confidence=1000, whole=True,
    )  # fmt: skip
    found = Engagement(
        points=20_000, unfloored=20_000, signals=[], positive=20_000, emailed=0, decision=True, consideration=False,
        strong=True, last_day=0, days=frozenset(), last_at=-1, decisive={},
    )  # fmt: skip
    member = Member(name, person, "champion", found, "", True, 1150, 23_000)
    for field, value in changes.items():
        setattr(member, field, value)
    return member


def an_assessment(
    day: int, S: int = 30, F: int = 80, tier: str = "", failed: tuple[str, ...] = ("score",), p: float = 1.0,  # noqa: N803
    roles: tuple[str, ...] = (), people: list[Member] | None = None,
) -> Assessment:  # fmt: skip
    """An account with this score (whole points); `tier` T1 or T2 passes every gate, else those `failed` are not."""
    people = [a_member()] if people is None else people
    gates = {name: bool(tier) or name not in failed for name in GATES}
    surge = SurgeResult(4, 3, 0, 84, 0.04, 96.0, p, 90.0, tier == "T1")
    return Assessment(
        day=day, S=1000 * S, F=1000 * F, I=0, R=0, fit=FitResult(1000 * F, 1000, gates["fit"], []), surge=surge,
        members=people, visitors=[], anonymous=0, anonymous_raw=0, third_party=0, third_rows=[], intent_raw=0,
        people=1000 * len(people), engaged=sum(m.engaged for m in people), minimum=2, roles=list(roles),
        decision_people=sum(m.engaged for m in people), stage="decision", positive=1, emailed=0, gates=gates,
    )  # fmt: skip


class Desk:
    """The machine of one account; `tick` and `hand` say what comes out, as words."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or a_policy()
        self.account = Account(HOME, profile={"account_id": (0, "", "acc")})
        self.decisions: list[Decision] = []

    @property
    def machine(self) -> Machine:
        """The account's machine."""
        return self.account.machine

    @property
    def state(self) -> str:
        """The state and the side state."""
        return f"{self.machine.state} {self.machine.side}".strip()

    def tick(self, day: int, minute: int = 0, /, fresh: bool = True, **scores: Any) -> list[str]:
        """One evaluation."""
        found = an_assessment(day_of(moment(day, minute)), **scores)
        return self._heard(
            evaluate(Evaluation(self.account, found, moment(day, minute), fresh, self.policy, []))
        )

    def nights(self, first: int, last: int, **scores: Any) -> list[str]:
        """An evaluation at each 00:00 of these days, both ends too."""
        return [word for day in range(first, last + 1) for word in self.tick(day, **scores)]

    def hand(self, day: int, minute: int = 0, /, event: str = "raise", **scores: Any) -> list[str]:
        """A hand-raise of a known company."""
        found = an_assessment(day_of(moment(day, minute)), **scores)
        evaluation = Evaluation(self.account, found, moment(day, minute), True, self.policy, [])
        raise_hand(evaluation, found.members[0] if found.members else a_member(), event)
        return self._heard(evaluation.said)

    def disposed(self, status: str, day: int, minute: int = 0, **fields: Any) -> str:
        """What sales did; the outcome."""
        said = {"sales_ready_id": "latest", "account_id": "acc", "event_id": f"d-{day}-{minute}", **fields}
        record = Disposition(at=moment(day, minute), received=moment(day, minute), status=status, **said)
        return apply_disposition(self.account, record, self.policy)

    def profile(self, day: int, **fields: Any) -> None:
        """What the CRM says of the company from now on."""
        for name, value in fields.items():
            self.account.profile[name] = (moment(day), f"p-{day}", value)

    def _heard(self, said: list[Decision]) -> list[str]:
        self.decisions += said
        return [_words(decision) for decision in said]


def _words(decision: Decision) -> str:
    parts = [decision.kind, decision.tier or "", decision.reason or ""]
    return " ".join(part for part in parts if part)
