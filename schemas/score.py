"""The score record of an account: compacted, keyed by its home, what every reader's card is made of."""

from typing import Any, Final

import msgspec

from schemas.decision import Gate, PolicyRef, State
from schemas.explanation import Line

SCORES_TOPIC: Final = "intent.scores.v1"


class ContactCard(msgspec.Struct, kw_only=True, gc=False):
    """One person of an account, by contact_id, else e-mail. Points in milli-points before the role factor."""

    person: str
    points: int = 0
    share: int = 0  # thousandths of the points of all persons
    contact_id: str | None = None
    name: str | None = None
    title: str | None = None
    role: str = "unknown"
    seniority: str | None = None
    engaged: bool = False
    excluded: str = ""  # the disqualifier, where there is one
    last_seen: str | None = None
    top_signals: list[str] = []


class Score(msgspec.Struct, kw_only=True, gc=False):
    """An account at one moment. S, F, I, R and points in milli-points, people in thousandths, p to 1e-9."""

    tenant_id: str
    home: str
    time: str
    S: int
    F: int
    I: int  # noqa: E741  the specification's name
    R: int
    people: int
    engaged: int
    surge: bool
    n_current: int
    p: float
    gates: dict[str, bool]
    persons: dict[str, int]
    anonymous: int
    third_party: int
    state: State
    account_id: str | None = None
    account_domain: str | None = None
    name: str | None = None
    policy: PolicyRef | None = None
    gate_details: list[Gate] = []
    people_list: list[ContactCard] = []
    lines: list[Line] = []
    sales_ready: dict[str, Any] | None = None  # the latest sales-ready event: id, tier, time
