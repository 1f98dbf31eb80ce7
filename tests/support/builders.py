"""A story told record by record: what happens, then what must come out. Says only what matters.

Days count from Monday 2026-03-16, times are UTC. A company fits the ICP of the scenarios' policy entirely (F 100)
unless told otherwise. Points in expectations are whole points, written out as they are reckoned.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from support.scenarios import Event
from support.strategies import ACCOUNTS, CONTACTS, CONTENT, EMAIL, START, THIRD, WEB, line

from streams.timeline import DAY, MINUTE, SECOND, iso_text

SCENARIO_POLICY: Final = Path(__file__).parents[1] / "golden" / "scenarios" / "policy.json"
FAR: Final = -100  # the day of the tenant's first event: the baseline is observed, and silent
GATES: Final = ("fit", "intent", "people", "decision_stage", "self_directed", "score")


def when(day: int, clock: str = "00:00") -> int:
    """A moment of a story, ms."""
    hour, minute, second = (int(part) for part in (clock + ":00").split(":")[:3])
    return START + day * DAY + (hour * 60 + minute) * MINUTE + second * SECOND


def milli(points: float) -> int:
    """Points as milli-points."""
    return round(points * 1000)


def decayed(points: float, days: int, half_life: int = 14) -> float:
    """Points after whole days: the millionths of the decay table, then half-even milli-points."""
    return round(milli(points) * round(1e6 * 2 ** (-days / half_life)) / 1e6) / 1000


class Tale:
    """One story. Each call appends a record; `expect` and `out` say what must be seen."""

    def __init__(self, name: str, requirements: str, text: str, policy: dict[str, Any] | None = None) -> None:
        self.name, self.requirements, self.text, self.policy = name, requirements, text, policy
        self.events: list[Event] = []
        self.explain: list[dict[str, Any]] = []
        self.outputs: list[dict[str, Any]] = []
        self.shown: list[dict[str, Any]] = []
        self.account = ""
        self._record(
            WEB, FAR, "09:00", type="page_view", anonymous_id="first", url="/home", page_category="home"
        )

    # who there is ------------------------------------------------------------------------------------------------

    def company(self, name: str, day: int = -90, clock: str = "06:00", **fields: Any) -> Tale:
        """A profile from the CRM; the first one is whom the story is about."""
        self.account = self.account or f"acc-{name}"
        fit: dict[str, Any] = {
            "account_id": f"acc-{name}",
            "account_domain": f"{name}.example",
            "name": name.title(),
            "employees": 400,
            "industry": "software",
            "country": "DE",
            "revenue": 60_000_000,
            "technologies": ["kafka"],
            "named_account": True,
            "lifecycle": "prospect",
        }
        return self._record(ACCOUNTS, day, clock, type="account", **{**fit, **fields})

    def contact(
        self, person: str, company: str, role: str | None = None, day: int = -89, **fields: Any
    ) -> Tale:
        """A contact record; the e-mail is person@company."""
        known = {"contact_id": person, "email": f"{person}@{company}.example", "role": role}
        return self._record(CONTACTS, day, "07:00", type="contact", **{**known, **fields})

    # what they do ------------------------------------------------------------------------------------------------

    def page(
        self, person: str | None, category: str, day: int, clock: str, source: str = "direct", **fields: Any
    ) -> Tale:
        """A page view without a known dwell."""
        view = {
            "type": "page_view",
            "contact_id": person,
            "session_id": f"{person}-{day}",
            "session_source": source,
            "url": f"https://us.example/{category}",
            "page_category": category,
        }
        return self._record(WEB, day, clock, **{**view, **fields})

    def reads(self, person: str, kind: str, day: int, clock: str, **fields: Any) -> Tale:
        """An act of the content stream."""
        act = {"type": kind, "contact_id": person, "content_id": f"{kind}-1"}
        return self._record(CONTENT, day, clock, **{**act, **fields})

    def mail(self, person: str, kind: str, day: int, clock: str, **fields: Any) -> Tale:
        """An act of the e-mail stream."""
        return self._record(EMAIL, day, clock, type=kind, contact_id=person, email_id="mail-1", **fields)

    def asks(self, person: str, day: int, clock: str, **fields: Any) -> Tale:
        """A demo request."""
        form = {
            "type": "form_submit",
            "form_kind": "demo_request",
            "contact_id": person,
            "session_source": "direct",
        }
        return self._record(WEB, day, clock, **{**form, **fields})

    def topic(
        self, company: str, topic: str, day: int, clock: str, score: int, klass: str, **fields: Any
    ) -> Tale:
        """A topic surge at a provider."""
        surge = {"type": "topic_surge", "provider": "topicwatch", "topic_id": topic, "topic_name": topic}
        more = {"topic_class": klass, "score": score, "account_domain": f"{company}.example"}
        return self._record(THIRD, day, clock, **{**surge, **more, **fields})

    def reviews(self, company: str, action: str, day: int, clock: str, **fields: Any) -> Tale:
        """An act on a review site."""
        act = {"type": "review_site", "provider": "reviews", "review_action": action}
        return self._record(THIRD, day, clock, account_domain=f"{company}.example", **act, **fields)

    def says(
        self, status: str, day: int, clock: str, company: str = "", reason: str | None = None, **fields: Any
    ) -> Tale:
        """A disposition of the account's latest event."""
        account = f"acc-{company}" if company else self.account
        said = {"type": "disposition", "sales_ready_id": "latest", "account_id": account, "actor_id": "sdr-1"}
        said |= {
            "account_domain": f"{account.removeprefix('acc-')}.example",
            "status": status,
            "reason": reason,
        }
        return self._record("intent.dispositions.v1", day, clock, **{**said, **fields})

    def tag(self, content_id: str, day: int, clock: str, **tags: Any) -> Tale:
        """What the taxonomy says of a piece of content from here on."""
        return self._record("intent.taxonomy.v1", day, clock, content_id=content_id, **tags)

    def erase(self, day: int, clock: str, **names: Any) -> Tale:
        """Somebody wants to be forgotten."""
        return self._record("intent.erase.v1", day, clock, type="erase", **names)

    def policy_change(self, document: dict[str, Any], day: int, clock: str) -> Tale:
        """From here on another policy decides."""
        return self._record("intent.policy.v1", day, clock, type="policy", policy=document)

    def pair(self, day: int, clock: str, people: tuple[str, ...] = ("ann", "ben"), **fields: Any) -> Tale:
        """Pricing and comparison, direct, all in one minute: 8 x 1.25 x 1.25 twice, 25 points a person."""
        for number, person in enumerate(people):
            for category, second in (("pricing", 10 * number + 1), ("comparison", 10 * number + 5)):
                self.page(person, category, day, f"{clock}:{second:02d}", **fields)
        return self

    def calm(self, day: int, clock: str) -> Tale:
        """As strong, but only one of them on pricing, so no act-now: Ann 25, Ben comparison and a reply, 27.5."""
        self.pair(day, clock, people=("ann",)).page("ben", "comparison", day, f"{clock}:20")
        return self.mail("ben", "reply", day, f"{clock}:30")

    def until(self, day: int, clock: str = "09:00") -> Tale:
        """Time moves on: a visitor without a company."""
        return self._record(
            WEB, day, clock, type="page_view", anonymous_id="last", url="/home", page_category="home"
        )

    def _record(self, topic: str, day: int, clock: str, /, **fields: Any) -> Tale:
        at, delay = when(day, clock), int(fields.pop("delay", 0)) * SECOND
        number = f"e-{len(self.events) + 1:03d}"
        common = {
            "event_id": number,
            "source": "tale",
            "occurred_at": iso_text(at),
            "received_at": iso_text(at + delay),
        }
        self.events.append(line(topic, **{**common, **fields}))
        return self

    # what must be seen -------------------------------------------------------------------------------------------

    def expect(
        self, day: int, clock: str = "23:00", account: str = "", failed: str | None = None, **block: Any
    ) -> Tale:
        """The account as of a moment, in points (S to R, anonymous, third_party, persons); failed gates by name."""
        entry: dict[str, Any] = {
            "at": iso_text(when(day, clock)),
            **({"account": account} if account else {}),
        }
        for key, value in block.items():
            entry[key] = value
            if key in ("S", "F", "I", "R", "anonymous", "third_party"):
                entry[key] = milli(value)
            elif key == "persons":
                entry[key] = {person: milli(points) for person, points in value.items()}
            elif key == "people":
                entry[key] = milli(value)
        if failed is not None:
            entry["gates"] = {gate: gate not in failed.split() for gate in GATES}
        self.explain.append(entry)
        return self

    def out(self, kind: str, day: int, clock: str, tier: str | None = None, trigger: str | None = None,
            reason: str | None = None, subject: str = "") -> Tale:  # fmt: skip
        """A record that must come out: `opened`, `near_miss`, `held` ... at a moment."""
        family, topic = _FAMILY[kind]
        found = {"topic": topic, "type": f"intent.{family}.{kind}.v1", "tier": tier, "trigger": trigger}
        found |= {"subject": subject or self.account, "time": iso_text(when(day, clock))}
        self.outputs.append(found | ({"reason": reason} if reason else {}))
        return self

    def shows(self, kind: str, day: int, clock: str, subject: str = "", /, **data: Any) -> Tale:
        """What a record of any topic must carry; `brief__visits=...` is the member `visits` of the block `brief`."""
        family, topic = _FAMILY[kind]
        found = {"topic": topic, "type": f"intent.{family}.{kind}.v1", "subject": subject or self.account}
        found |= {"time": iso_text(when(day, clock))}
        self.shown.append(found | {"data": {path.replace("__", "."): value for path, value in data.items()}})
        return self

    def files(self) -> dict[str, str]:
        """The files of the story's folder."""
        title = self.name.partition("-")[2].replace("-", " ").capitalize()
        events = sorted(self.events, key=lambda event: str(event["value"]["received_at"]))
        expected = [f'  "account": {json.dumps(self.account)},', *_block("explain", self.explain, ",")]
        outputs = _block("outputs", self.outputs, "," if self.shown else "")
        outputs += _block("shows", self.shown, "") if self.shown else []
        found = {
            "story.md": f"# {title}\n\n{self.requirements}\n\n{self.text.strip()}\n",
            "events.jsonl": "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events),
            "expected.json": "\n".join(["{", *expected, *outputs, "}", ""]),
        }
        if self.policy is not None:
            base = json.loads(SCENARIO_POLICY.read_text())
            found["policy.json"] = json.dumps({**base, **self.policy}, indent=2) + "\n"
        return found


_FAMILY: Final = {
    **dict.fromkeys(("opened", "updated", "expired", "withdrawn"), ("sales_ready", "intent.sales-ready.v1")),
    **dict.fromkeys(("early", "near_miss", "cleared"), ("watch", "intent.watch.v1")),
    **dict.fromkeys(("held", "released", "not_released", "redirected"), ("review", "intent.review.v1")),
    **dict.fromkeys(("warn", "breach", "escalate"), ("sla", "intent.sla.v1")),
}


def _block(name: str, rows: list[dict[str, Any]], comma: str) -> list[str]:
    shown = [f"    {json.dumps(row)}" for row in rows]
    return [f'  "{name}": [', *[row + ("," if row is not shown[-1] else "") for row in shown], f"  ]{comma}"]
