"""Hypothesis strategies: a few weeks of a market of two companies, every kind of record, as plain lines.

A move is a small tuple (kind, who, day, minute, variant); `lines` makes the record of it. So failing examples shrink
to a short list of moves that can be read.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from hypothesis import strategies as st
from support.scenarios import Event
from support.strategies import ACCOUNTS, CONTACTS, CONTENT, EMAIL, START, THIRD, WEB, line

from streams.timeline import DAY, MINUTE, SECOND, iso_text

DISPOSITIONS: Final = "intent.dispositions.v1"
PAGES: Final = (
    "pricing",
    "comparison",
    "security",
    "why_us",
    "demo",
    "case_study",
    "product",
    "docs",
    "blog",
    "home",
    "login",
)
SOURCES: Final = ("direct", "organic_search", "email", "social", "unknown")
ROLES: Final = ("champion", "economic_buyer", "technical_evaluator", "user", "student", "unknown")
DWELLS: Final = (2, 12, 45, 130, 260)
TOPICS: Final = ("streaming", "etl", "cdc")
STATUSES: Final = (
    ("accepted", None),
    ("working", None),
    ("rejected", "no_budget"),
    ("rejected", "bad_timing"),
    ("recycled", "researching_future"),
    ("rejected", "wrong_person"),
    ("closed_lost", "no_need"),
    ("closed_won", None),
)
ACTS: Final = (
    "view",
    "dwell",
    "form",
    "chat",
    "paper",
    "gated",
    "webinar",
    "video",
    "registered",
    "question",
    "click",
    "reply",
    "unsubscribe",
    "bot",
    "stranger",
    "linked",
    "story",
    "topic",
    "review",
    "contact",
)
CONTROLS: Final = ("hand_raise", "disposition", "lifecycle", "denied", "careers")


class Turn(NamedTuple):
    """One thing that happens: `who` of 0-5 (0-3 at the first company), `variant` chooses among its forms."""

    kind: str
    who: int
    day: int
    minute: int
    variant: int


def turns(kinds: tuple[str, ...] = ACTS, size: int = 30, days: int = 24) -> st.SearchStrategy[list[Turn]]:
    """What happens, in order of time."""
    turn = st.builds(
        Turn,
        st.sampled_from(kinds),
        st.integers(0, 5),
        st.integers(0, days),
        st.integers(0, 600),
        st.integers(0, 59),
    )
    return st.lists(turn, min_size=1, max_size=size).map(
        lambda found: sorted(found, key=lambda t: (t.day, t.minute))
    )


def lines(found: list[Turn]) -> list[Event]:
    """The records: two profiles, a visitor long before, then one for each turn; received two seconds later."""
    first = [
        line(
            WEB,
            event_id="first",
            source="site",
            type="page_view",
            occurred_at=iso_text(START - 100 * DAY),
            received_at=iso_text(START - 100 * DAY),
            anonymous_id="first",
            url="u",
            page_category="home",
        ),
        *(_profile(number, START - 99 * DAY, 0) for number in (0, 1)),
    ]
    events = first + [_record(turn, number) for number, turn in enumerate(found)]
    return [{**event, "offset": number} for number, event in enumerate(events)]


def moment(turn: Turn) -> int:
    """When it happens, ms; each turn of a minute at its own second."""
    return START + turn.day * DAY + turn.minute * MINUTE + turn.variant * SECOND


def _company(who: int) -> int:
    return 0 if who < 4 else 1


def _profile(number: int, at: int, variant: int) -> Event:
    lifecycle = ("prospect", "customer", "open_opp", "prospect")[variant % 4]
    domain = ("acme.example", "bolt.example")[number]
    return line(
        ACCOUNTS,
        event_id=f"profile-{number}-{at}",
        source="crm",
        type="account",
        occurred_at=iso_text(at),
        received_at=iso_text(at + 2 * SECOND),
        account_id=f"acc-{number}",
        account_domain=domain,
        name=f"Company {number}",
        employees=(400, 2000)[number],
        industry="software",
        country="DE",
        named_account=True,
        lifecycle=lifecycle,
    )


def _record(turn: Turn, number: int) -> Event:
    at, variant, who = moment(turn), turn.variant, turn.who
    domain = ("acme.example", "bolt.example")[_company(who)]
    common: dict[str, Any] = {
        "event_id": f"t{number}",
        "source": "test",
        "occurred_at": iso_text(at),
        "received_at": iso_text(at + 2 * SECOND),
    }
    person = {"contact_id": f"p{who}", "email": f"p{who}@{domain}"}
    if turn.kind in _ACCOUNT_KINDS:
        return _account_record(turn, domain, common)
    topic, fields = _PERSON_KINDS[turn.kind](turn, variant)
    if turn.kind == "stranger":
        match = {"method": "reverse_ip", "confidence": (0.7, 0.85, 0.95)[variant % 3]}
        person = {"anonymous_id": f"v{who}", "account_domain": domain, "account_match": match}  # type: ignore[dict-item]
    elif turn.kind == "linked":
        person["anonymous_id"] = f"v{variant % 6}"
    return line(topic, **common, **person, **fields)


def _view(turn: Turn, variant: int) -> tuple[str, dict[str, Any]]:
    page = PAGES[variant % len(PAGES)]
    fields = {
        "type": "page_view",
        "page_category": page,
        "url": f"https://us.example/{page}/{variant % 2}",
        "session_id": f"s{turn.who}-{turn.day}",
        "session_source": SOURCES[variant % len(SOURCES)],
    }
    return WEB, fields


def _dwell(turn: Turn, variant: int) -> tuple[str, dict[str, Any]]:
    topic, fields = _view(turn, variant)
    return topic, {**fields, "type": "page_engagement", "dwell_seconds": DWELLS[variant % len(DWELLS)]}


def _careers(turn: Turn, variant: int) -> tuple[str, dict[str, Any]]:
    return WEB, {
        **_view(turn, variant)[1],
        "page_category": "careers",
        "url": f"https://us.example/careers/{variant}",
    }


def _content(kind: str, **fields: Any) -> Any:
    def made(turn: Turn, variant: int) -> tuple[str, dict[str, Any]]:
        prompted = ("self", "email", "ad", "unknown")[variant % 4]
        stage = ("awareness", "consideration", "decision")[variant % 3]
        more = {
            "content_id": f"c{variant % 5}",
            "prompted_by": prompted,
            "stage": stage,
            "dwell_seconds": 20 * (variant % 8),
        }
        return CONTENT, {"type": kind, **more, **fields}

    return made


def _story(turn: Turn, variant: int) -> tuple[str, dict[str, Any]]:
    story = {"storyline_id": "s1", "storyline_length": 4, "dwell_seconds": 60}
    return CONTENT, {**_content("download_consumed")(turn, variant)[1], **story}


def _email(kind: str) -> Any:
    def made(turn: Turn, variant: int) -> tuple[str, dict[str, Any]]:
        return EMAIL, {
            "type": kind,
            "email_id": f"m{variant % 3}",
            "link_id": f"l{variant % 4}",
            "seconds_after_delivery": 4 * (variant % 30),
        }

    return made


def _form(kind: str) -> Any:
    return lambda turn, variant: (
        WEB,
        {"type": "form_submit", "form_kind": kind, "session_source": SOURCES[variant % 5]},
    )


_PERSON_KINDS: Final = {
    "view": _view,
    "dwell": _dwell,
    "stranger": _dwell,
    "linked": _view,
    "careers": _careers,
    "story": _story,
    "bot": lambda t, v: (WEB, {**_view(t, v)[1], "is_bot": True}),
    "denied": lambda t, v: (WEB, {**_view(t, v)[1], "consent": {"state": ("denied", "granted")[v % 2]}}),
    "form": _form("other"),
    "hand_raise": _form("demo_request"),
    "chat": lambda t, v: (WEB, {"type": "chat_started"}),
    "paper": _content("download_consumed"),
    "gated": _content("download_clicked"),
    "webinar": _content("webinar_attended", minutes=30),
    "video": _content("video_played", content_type="demo_video", completion_pct=80),
    "registered": _content("webinar_registered"),
    "question": _content("question_asked"),
    "click": _email("click"),
    "reply": _email("reply"),
    "unsubscribe": _email("unsubscribe"),
    "contact": lambda t, v: (CONTACTS, {"type": "contact", "role": ROLES[v % len(ROLES)]}),
}
_ACCOUNT_KINDS: Final = frozenset({"topic", "review", "lifecycle", "disposition"})


def _account_record(turn: Turn, domain: str, common: dict[str, Any]) -> Event:
    variant, at = turn.variant, moment(turn)
    if turn.kind == "lifecycle":
        return _profile(_company(turn.who), at, variant)
    if turn.kind == "disposition":
        status, reason = STATUSES[variant % len(STATUSES)]
        return line(
            DISPOSITIONS,
            **common,
            type="disposition",
            sales_ready_id="latest",
            account_id=f"acc-{_company(turn.who)}",
            account_domain=domain,
            status=status,
            reason=reason,
            actor_id="sdr",
        )
    if turn.kind == "review":
        action = ("category", "alternatives", "compare", "profile", "pricing")[variant % 5]
        return line(
            THIRD, **common, type="review_site", provider="r", account_domain=domain, review_action=action
        )
    name = TOPICS[variant % 3]
    return line(
        THIRD,
        **common,
        type="topic_surge",
        provider="b",
        account_domain=domain,
        topic_id=name,
        topic_name=name,
        topic_class=("brand", "competitor", "category", "problem")[variant % 4],
        score=40 + variant,
        period_start=iso_text(at - 7 * DAY),
        period_end=iso_text(at),
    )
