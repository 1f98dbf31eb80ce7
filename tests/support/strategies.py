"""Hypothesis strategies: raw records of small markets in which identities meet, split and move."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from support.scenarios import Event

from streams.timeline import DAY, MINUTE, SECOND, iso_text

START = 1_773_619_200_000  # 2026-03-16T00:00:00Z
COMPANIES = ("acme.example", "bolt.example", "cove.example")
ALIASES = {"acme.example": ("acme-labs.example",), "bolt.example": ("bolt.test",), "cove.example": ()}
PEOPLE = {
    "ann": "ann@acme.example",
    "ben": "ben@gmail.com",
    "cay": "cay@acme-labs.example",
    "dan": "dan@bolt.example",
    "eve": "eve@outlook.com",
}
VISITORS = ("v1", "v2", "v3")
WEB, EMAIL, CONTENT, THIRD = "intent.web.v1", "intent.email.v1", "intent.content.v1", "intent.thirdparty.v1"
ACCOUNTS, CONTACTS = "intent.accounts.v1", "intent.contacts.v1"
PAGES = (
    "pricing",
    "comparison",
    "product",
    "docs",
    "blog",
    "security",
    "case_study",
    "why_us",
    "careers",
    "home",
    "login",
)


def examples(share: float) -> settings:
    """So many of the profile's examples: a whole run costs more than a call."""
    return settings(max_examples=max(1, int(settings().max_examples * share)))


def a_profile(domain: str, number: int = 0, **fields: Any) -> Event:
    """A company's profile as the CRM sends it."""
    name = domain.partition(".")[0]
    value = {
        "event_id": f"profile-{name}-{number}",
        "source": "crm",
        "type": "account",
        "occurred_at": iso_text(START),
        "account_id": f"acc-{name}",
        "account_domain": domain,
        "alt_domains": list(ALIASES.get(domain, ())),
        "employees": 200,
        "industry": "software",
        "country": "DE",
        **fields,
    }
    return {"topic": ACCOUNTS, "key": domain, "value": value}


def line(topic: str, /, **value: Any) -> Event:
    """An input line; what is None is left out."""
    return {
        "topic": topic,
        "key": None,
        "value": {name: member for name, member in value.items() if member is not None},
    }


@st.composite
def who(draw: st.DrawFn) -> dict[str, Any]:
    """The names a record carries: a visitor, a person, or both; with or without the e-mail."""
    visitor = draw(st.none() | st.sampled_from(VISITORS))
    person = (
        draw(st.none() | st.sampled_from(sorted(PEOPLE)))
        if visitor
        else draw(st.sampled_from(sorted(PEOPLE)))
    )
    if person is None:
        return {"anonymous_id": visitor}
    shape = draw(st.sampled_from(("contact", "email", "both")))
    return {
        "anonymous_id": visitor,
        "contact_id": person if shape != "email" else None,
        "email": PEOPLE[person] if shape != "contact" else None,
    }


@st.composite
def company_of(draw: st.DrawFn) -> dict[str, Any]:
    """What a record says of the account: mostly nothing."""
    kind = draw(st.sampled_from(("", "", "", "id", "domain", "crm", "reverse_ip")))
    name = draw(st.sampled_from((*COMPANIES, "acme-labs.example")))
    if kind == "id":
        return {"account_id": f"acc-{draw(st.sampled_from(COMPANIES)).partition('.')[0]}"}
    if kind == "domain":
        return {"account_domain": name}
    if kind in ("crm", "reverse_ip"):
        confidence = draw(st.sampled_from((0.5, 0.79, 0.8, 0.95)))
        return {"account_domain": name, "account_match": {"method": kind, "confidence": confidence}}
    return {}


@st.composite
def identity_events(draw: st.DrawFn, acts: int = 14) -> list[Event]:
    """Acts, contact records and profiles of a few people at a few companies, in order of time."""
    events = [a_profile(domain) for domain in COMPANIES if draw(st.booleans())]
    count = draw(st.integers(1, acts))
    minutes = draw(st.lists(st.integers(0, 400), min_size=count, max_size=count))
    for number, minute in enumerate(sorted(minutes)):
        names, time = draw(who()), iso_text(START + minute * MINUTE)
        known = names.get("contact_id") or names.get("email")
        if known and draw(st.integers(0, 4)) == 0:
            place = draw(st.sampled_from((*COMPANIES, "acme-labs.example", "")))
            events.append(
                line(
                    CONTACTS,
                    event_id=f"r{number}",
                    source="crm",
                    type="contact",
                    occurred_at=time,
                    account_domain=place or None,
                    **names,
                )
            )
        else:
            events.append(
                line(
                    WEB,
                    event_id=f"e{number}",
                    source="site",
                    type="page_view",
                    occurred_at=time,
                    session_id=f"s{number}",
                    url=f"https://signalworks.example/{number}",
                    page_category=draw(st.sampled_from(PAGES)),
                    **names,
                    **draw(company_of()),
                )
            )
    return events


def arriving(events: list[Event], first: int = START + DAY, gap: int = SECOND) -> list[Event]:
    """The same records, received one after the other in this order."""
    return [
        {**event, "value": {**event["value"], "received_at": iso_text(first + number * gap)}}
        for number, event in enumerate(events)
    ]
