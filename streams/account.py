"""What one home remembers: the company, its place in the world, its third-party rows and its episode.

The ledgers of its people stand beside it under keys of their own (store.py).
"""

from typing import Any

import msgspec

Stamp = tuple[int, str]
Link = tuple[int, str, str, str]  # from ms, event id, person, the person's registry
Rank = tuple[int, int, int, str]  # rank, confidence, at, id of the best claim


class Registration(msgspec.Struct, array_like=True, gc=False):
    """What the registry of an identity was told: who claims it, and which persons it stands for."""

    claims: dict[str, Rank] = {}
    links: list[Link] = []
    told: dict[str, str] = {}  # home that listens -> digest of what it knows
    erased: int = 0
    inherited: dict[str, dict[str, Rank]] = {}  # claims of an e-mail or a visitor that stands for this person
    version: int = 0  # of the answer, and its digest
    answer: str = ""
    handed: dict[str, dict[str, Rank]] = {}  # person -> claims as their registry was told them
    heard: dict[str, list[Rank]] = {}  # of a visitor: each home's claims that are not its best


class Placed(msgspec.Struct, array_like=True, gc=False):
    """What another home knows of an identity: its own claim and links, and the registry's answer."""

    claimed: Rank = (0, 0, 0, "")
    home: str = ""  # "" until the registry says otherwise: here
    links: list[Link] = []
    erased: int = 0
    people: dict[str, tuple[str, str]] = {}  # person of a link -> who that is in the end, and where
    version: int = 0  # of the answer, 0 for none
    listening: bool = False
    withheld: list[Link] = []  # links that said nothing new, in case somebody else's come between
    spelled: bool = False  # this home's claims to a visitor are here, one by one, and not in the ledger
    told: list[Rank] = []  # those but the best that the registry was told
    kept: list[Rank] = []  # those that said nothing new


class TopicRow(msgspec.Struct, array_like=True, gc=False):
    """The strongest report of one topic in one ISO week."""

    at: int
    id: str
    score_milli: int
    topic_class: str
    topic: str
    provider: str
    period_end: int
    trace: Any = None


class ReviewAct(msgspec.Struct, array_like=True, gc=False):
    """A review-site act: one per action and UTC day."""

    at: int
    id: str
    provider: str
    trace: Any = None


class Alert(msgspec.Struct, array_like=True, gc=False):
    """A running SLA clock of one alert."""

    sales_ready_id: str
    tier: str
    handed_off_at: int
    first_touch_due: int
    task_due: int
    followup_due: int
    touches: int = 0
    touched_at: int = -1
    followed_at: int = -1
    said: list[str] = []  # levels already sent, "clock:level"


class Machine(msgspec.Struct, array_like=True, gc=False):
    """The episode of one account (scoring.md section 7). Times in ms UTC, -1 for none."""

    state: str = "idle"  # idle, warming, open or cooling
    side: str = ""  # "", held, suppressed or redirected
    episode: int = 0
    counts: dict[str, int] = {}  # records sent, by kind; those of the episode are reset with it
    tier: str = ""  # of the last event
    trigger: str = ""
    standing: str = (
        ""  # T1 or T2 once the episode has qualified by score, "" while only a hand-raise opened it
    )
    standing_trigger: str = ""
    opened_at: int = -1
    ttl_at: int = -1
    expired: bool = False
    disposed: bool = False  # a disposition of this episode came
    exit_since: int = -1
    cooldown_until: int = -1  # set by a disposition; -1: 14 days after the TTL
    resting: bool = False  # that cooldown belongs to a rejection or recycling
    last_event_at: int = -1
    last_event_score: int = 0
    update_at: int = -1  # the last new_role or score_rise
    notice_at: int = -1  # the last opened, updated or early notice
    roles: list[str] = []  # required roles that an event of the episode had
    near_miss: bool = False
    early_due: int = -1
    ids: list[str] = []  # of the episode's records, the latest last
    alerts: list[Alert] = []
    hold: dict[str, Any] = {}  # what a held emission waits with
    owner: str = ""  # carried to the next episode
    disposition: Stamp = (-1, "")  # the latest disposition applied
    status: str = ""
    latest: tuple[str, str, int] = ("", "", -1)  # id, tier and time of the last opened or updated record


class Account(msgspec.Struct, array_like=True, gc=False):
    """One home."""

    home: str
    profile: dict[str, tuple[int, str, Any]] = {}  # field -> (at, id, value); the latest wins
    aliases: list[str] = []  # homes that are this one under another name
    forward: tuple[int, str, str] = (0, "", "")  # this home is an alias of that one
    topics: dict[str, TopicRow] = {}
    review_acts: dict[str, ReviewAct] = {}
    registry: dict[str, Registration] = {}
    places: dict[str, Placed] = {}
    machine: Machine = msgspec.field(default_factory=Machine)
    pending: bool = False
    fresh: bool = False  # something other than a late record made it pending
    due: int = -1
    scored_at: int = -1
    score_due: bool = False
    ids: dict[int, int] = {}  # event keys of recent records without a person -> UTC day of receipt
    swept: int = -1  # UTC day up to which what no rule looks at was dropped


def field(account: Account, name: str) -> Any:
    """A profile field, None where no record knows it."""
    known = account.profile.get(name)
    return None if known is None else known[2]
