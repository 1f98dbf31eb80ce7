"""Stories of one market for tests: acts in, records out, without a broker. Say only what matters.

Time is given as (day, minute): UTC days and minutes after Monday 2026-03-16 09:00.
"""

from typing import Any

import msgspec

from schemas.home import domain_home
from schemas.signal import SignalRecord
from streams.account import Account
from streams.domains import shipped_lists
from streams.intake import Intake, Routed
from streams.outcome import Emit
from streams.policy import Policy, parse_policy
from streams.replay import Replay
from streams.scoring import Assessment
from streams.timeline import DAY, HOUR, MINUTE, iso_text

START = 1_773_619_200_000 + 9 * HOUR  # 2026-03-16T09:00:00Z
DOMAIN = "northwind.example"
ACCOUNT = "acc-northwind"
POLICY: dict[str, Any] = {
    "icp": {
        "employees_min": 50,
        "employees_max": 1000,
        "industries": ["software"],
        "countries": ["DE"],
        "technologies": ["kafka"],
    },
    "own_domains": ["signalworks.example"],
    "competitor_domains": ["rival.example"],
    "required_roles": ["economic_buyer", "champion", "technical_evaluator"],
}
INTAKE = Intake(shipped_lists())


def a_policy(**changes: Any) -> Policy:
    """The policy of the stories with tables replaced."""
    return parse_policy({**POLICY, **changes})


def at(day: int = 0, minute: int = 0) -> int:
    """A moment of a story, ms."""
    return START + day * DAY + minute * MINUTE


class Story:
    """One run over the records of a story; `records` is everything that came out so far."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or a_policy()
        self.replay = Replay(self.policy, processor_version="test")
        self.inputs: list[tuple[str, SignalRecord]] = []
        self.records: list[Emit] = []

    def say(self, topic: str, day: int = 0, minute: int = 0, /, **fields: Any) -> "Story":
        """Feed one raw record of a stream, received two seconds after it happened."""
        moment, number = at(day, minute), len(self.inputs) + 1
        value = {
            "event_id": f"e-{number}",
            "source": "test",
            "occurred_at": iso_text(moment),
            "received_at": iso_text(moment + 2000),
            **fields,
        }
        took = INTAKE.take(topic, b"key", msgspec.json.encode(value), 0, number, None, {})
        assert isinstance(took, Routed), took
        self.inputs.append((took.home, took.record))
        self.records += self.replay.feed(took.home, took.record)
        return self

    def company(self, day: int = -100, minute: int = 0, domain: str = DOMAIN, **fields: Any) -> "Story":
        """An account profile that fits, but for what is said."""
        fit = {
            "type": "account",
            "account_id": ACCOUNT,
            "account_domain": domain,
            "name": "Northwind Labs",
            "employees": 400,
            "industry": "software",
            "country": "DE",
            "technologies": ["kafka"],
            "named_account": True,
        }
        return self.say("intent.accounts.v1", day, minute, **{**fit, **fields})

    def contact(
        self, person: str, day: int = -99, minute: int = 0, domain: str = DOMAIN, **fields: Any
    ) -> "Story":
        """A contact record."""
        record = {"type": "contact", "contact_id": person, "email": f"{person}@{domain}", **fields}
        return self.say("intent.contacts.v1", day, minute, **record)

    def page(self, person: str, category: str, day: int = 0, minute: int = 0, **fields: Any) -> "Story":
        """A page view of a minute, straight."""
        seen = {
            "type": "page_engagement",
            "contact_id": person,
            "email": f"{person}@{DOMAIN}",
            "session_id": f"{person}-{day}",
            "session_source": "direct",
            "url": f"https://us.example/{category}?who={person}#top",
            "page_category": category,
            "dwell_seconds": 60,
        }
        return self.say("intent.web.v1", day, minute, **{**seen, **fields})

    def content(self, person: str, kind: str, day: int = 0, minute: int = 0, **fields: Any) -> "Story":
        """An act of the content stream."""
        act = {"type": kind, "contact_id": person, "email": f"{person}@{DOMAIN}", "content_id": f"{kind}-1"}
        return self.say("intent.content.v1", day, minute, **{**act, **fields})

    def asks(self, person: str, day: int = 0, minute: int = 0, **fields: Any) -> "Story":
        """A demo request."""
        form = {"type": "form_submit", "form_kind": "demo_request", "url": "https://us.example/demo?x=1"}
        who = {"contact_id": person, "email": f"{person}@{DOMAIN}"}
        return self.say("intent.web.v1", day, minute, **{**form, **who, **fields})

    def reviews(self, action: str = "compare", day: int = 0, minute: int = 0, **fields: Any) -> "Story":
        """An act on a review site."""
        act = {
            "type": "review_site",
            "provider": "reviews",
            "review_action": action,
            "account_domain": DOMAIN,
        }
        return self.say("intent.thirdparty.v1", day, minute, **{**act, **fields})

    def topic(self, name: str, day: int = 0, minute: int = 0, **fields: Any) -> "Story":
        """A topic surge at a provider."""
        act = {
            "type": "topic_surge",
            "provider": "topicwatch",
            "topic_id": name,
            "topic_name": name,
            "topic_class": "category",
            "score": 80,
            "period_end": iso_text(at(day)),
            "account_domain": DOMAIN,
        }
        return self.say("intent.thirdparty.v1", day, minute, **{**act, **fields})

    def buying_group(self) -> "Story":
        """Three people of a company that fits, over every line and a surge on the second day."""
        self.company().contact("ines", role="champion", name="Ines Doe", title="Head of Data")
        self.contact("tomas", function="engineering").contact("vera", seniority="vp", name="Vera Poe")
        self.page("ines", "pricing").page("ines", "product", 0, 10).page("tomas", "docs", 0, 60)
        self.content("vera", "webinar_attended", 0, 90, minutes=45, stage="consideration")
        self.page("tomas", "security", 1, 0).page("tomas", "product", 1, 1).page("vera", "case_study", 1, 2)
        return self.page("ines", "comparison", 1, 10).page("ines", "security", 1, 11)

    def end(self, day: int | None = None, minute: int = 0) -> "Story":
        """Let time pass to a moment, or finish: one tick after the last record, and every account's score."""
        if day is None:
            self.records += self.replay.finish()
        else:
            self.records += self.replay.advance(at(day, minute))
        return self

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of a kind so far, e.g. "opened" or "near_miss"."""
        return [e.value for e in self.records if str(e.value.get("type", "")).endswith(f".{kind}.v1")]

    def scores(self) -> list[dict[str, Any]]:
        """The score records so far."""
        return [emit.value for emit in self.records if emit.topic == "intent.scores.v1"]

    def account(self, domain: str = DOMAIN) -> Account:
        """The account of a domain."""
        found = self.replay.pipeline.store.account(domain_home("default", domain))
        assert found is not None
        return found

    def assessment(self, day: int = 1, domain: str = DOMAIN) -> Assessment:
        """The account as of a day of the story."""
        found = self.replay.pipeline.assessment(domain_home("default", domain), at(day, 600))
        assert found is not None
        return found
