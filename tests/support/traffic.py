"""Seeded raw traffic of a market in a hurry: all streams, and people whose home becomes known late or changes.

Times are near a given now, because a worker ticks by the wall clock. The same seed and now give the same bytes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
from support.tails import Message

HOUR = 3_600_000
ROLES = ("champion", "economic_buyer", "technical_evaluator", "user")
PAGES = "pricing comparison security case_study product docs blog why_us careers home".split()


class Traffic:
    """Endless records of `companies` companies, of which ten are busy at a time; `at` is now in ms UTC."""

    def __init__(self, seed: int, at: int, companies: int = 60, span: int = 24_000) -> None:
        self._rng = random.Random(seed)
        self._seed = seed
        self._at = at
        self._companies = companies
        self._span = span  # records in which every company has had its turn
        self._count = 0
        self._known: set[int] = set()
        self._sent: list[Message] = []
        self._kinds: list[tuple[int, Callable[[int, int], Iterator[Message]]]] = [
            (400, self._visit), (120, self._download), (80, self._email), (60, self._third_party),
            (80, self._stranger), (60, self._alias), (40, self._contact), (30, self._freemail), (20, self._profile),
            (10, self._hand_raise), (10, self._disposition), (10, self._moves), (30, self._again), (1, self._erase),
        ]  # fmt: skip

    def take(self, count: int) -> list[Message]:
        """At least `count` more records (topic, key, value)."""
        found: list[Message] = []
        while len(found) < count:
            found += self._act()
        self._sent = (self._sent + found)[-3_000:]
        return found

    def _act(self) -> Iterator[Message]:
        first = self._count * self._companies // self._span
        company = (first + self._rng.randrange(10)) % self._companies
        if company not in self._known:
            self._known.add(company)
            yield from self._profile(company, 0)
        weights = [weight for weight, _ in self._kinds]
        ((_, kind),) = self._rng.choices(self._kinds, weights)
        yield from kind(company, self._rng.randrange(4))

    # -- what people do ---------------------------------------------------------------------------

    def _visit(self, company: int, person: int, **who: Any) -> Iterator[Message]:
        who = who or self._who(company, person)
        session = f"s-{self._rng.randrange(40)}"
        category = self._rng.choice(PAGES)
        page = {
            "session_id": session, "session_source": self._rng.choice(("direct", "organic_search", "email")),
            "url": f"https://www.signalworks.example/{category}", "page_category": category,
        }  # fmt: skip
        at = self._moment()
        yield self._record("web", "page_view", at, **page, **who)
        if self._rng.random() < 0.4:
            dwell = self._rng.choice((3, 25, 70, 130, 300))
            yield self._record("web", "page_engagement", at + 1000, dwell_seconds=dwell, **page, **who)

    def _download(self, company: int, person: int) -> Iterator[Message]:
        kind = self._rng.choice(
            ("download_consumed", "webinar_attended", "question_asked", "webinar_registered")
        )
        yield self._record(
            "content", kind, self._moment(), content_id=f"c-{self._rng.randrange(12)}", content_type="paper",
            stage=self._rng.choice(("awareness", "consideration", "decision")), dwell_seconds=90, minutes=25,
            prompted_by=self._rng.choice(("self", "email")), **self._who(company, person),
        )  # fmt: skip

    def _email(self, company: int, person: int) -> Iterator[Message]:
        kind = self._rng.choice(("delivered", "open", "click", "click", "reply", "forward", "unsubscribe"))
        email = {"email_id": f"m-{self._rng.randrange(8)}", "link_id": f"l-{self._rng.randrange(4)}"}
        after = self._rng.choice((2, 60, 600))
        yield self._record(
            "email", kind, self._moment(), seconds_after_delivery=after, **email, **self._who(company, person)
        )

    def _third_party(self, company: int, person: int) -> Iterator[Message]:
        domain = {"account_domain": _domain(company)}
        if self._rng.random() < 0.5:
            yield self._record(
                "thirdparty", "review_site", self._moment(), provider="reviews",
                review_action=self._rng.choice(("category", "compare", "pricing")), **domain,
            )  # fmt: skip
            return
        yield self._record(
            "thirdparty", "topic_surge", self._moment(), provider="topics", topic_id=f"t-{person}",
            topic_class="category", score=self._rng.randrange(50, 100), **domain,
        )  # fmt: skip

    # -- who they turn out to be ------------------------------------------------------------------

    def _stranger(self, company: int, person: int) -> Iterator[Message]:
        """A visitor by reverse IP, or of nowhere; now and then one who signs in, at this company or the next."""
        who: dict[str, Any] = {"anonymous_id": f"v-{company}-{person}"}
        if self._rng.random() < 0.6:
            who |= {
                "account_domain": _domain(company), "account_match": {"method": "reverse_ip", "confidence": 0.9},
            }  # fmt: skip
        elif self._rng.random() < 0.3:
            who["email"] = self._email_of((company + self._rng.randrange(2)) % self._companies, person)
        yield from self._visit(company, person, **who)

    def _alias(self, company: int, person: int) -> Iterator[Message]:
        """Somebody with an address of the company's other domain."""
        yield from self._visit(company, person, email=f"p{person}.alias@{_alias(company)}")

    def _freemail(self, company: int, person: int) -> Iterator[Message]:
        """A person at home with themselves until a contact record says where they belong."""
        yield from self._visit(company, person, email=f"free.{company}.{person}@gmail.com")
        if self._rng.random() < 0.1:
            yield self._record(
                "contacts", "contact", self._moment(), contact_id=f"free-{company}-{person}",
                email=f"free.{company}.{person}@gmail.com", account_id=f"acc-{company}", role="champion",
                account_domain=_domain(company),
            )  # fmt: skip

    def _contact(self, company: int, person: int) -> Iterator[Message]:
        yield self._record(
            "contacts", "contact", self._moment(), role=ROLES[person], title="Head of Data",
            account_domain=_domain(company), **self._who(company, person),
        )  # fmt: skip

    def _moves(self, company: int, person: int) -> Iterator[Message]:
        """A contact record places somebody at the neighbouring company."""
        yield self._record(
            "contacts", "contact", self._moment(), contact_id=f"p-{company}-{person}",
            email=self._email_of(company, person), account_domain=_domain((company + 1) % self._companies),
        )  # fmt: skip

    def _profile(self, company: int, person: int) -> Iterator[Message]:
        aliases = [_alias(company)] if self._rng.random() < 0.7 else []
        yield self._record(
            "accounts", "account", self._moment(), account_id=f"acc-{company}", account_domain=_domain(company),
            alt_domains=aliases, name=f"Company {company}", employees=200 + company, country="DE",
            industry="software", named_account=company % 2 == 0, revenue=40_000_000, technologies=["kafka"],
            owner=f"owner-{company % 5}",
        )  # fmt: skip

    def _hand_raise(self, company: int, person: int) -> Iterator[Message]:
        yield self._record(
            "web", "form_submit", self._moment(), form_kind="demo_request", session_id="s-form",
            url="https://www.signalworks.example/demo", page_category="demo", **self._who(company, person),
        )  # fmt: skip

    def _disposition(self, company: int, person: int) -> Iterator[Message]:
        status, reason = self._rng.choice((("accepted", ""), ("working", ""), ("rejected", "no_budget")))
        yield self._record(
            "dispositions", "disposition", self._at, sales_ready_id="latest", account_id=f"acc-{company}",
            account_domain=_domain(company), status=status, reason=reason, actor_id="sdr-1",
        )  # fmt: skip

    def _erase(self, company: int, person: int) -> Iterator[Message]:
        yield self._record("erase", "erase", self._at, **self._who(company, person))

    def _again(self, company: int, person: int) -> Iterator[Message]:
        """A client's retry: the same bytes."""
        if self._sent:
            yield self._rng.choice(self._sent)

    # -- records ----------------------------------------------------------------------------------

    def _who(self, company: int, person: int) -> dict[str, Any]:
        """Identity keys; sometimes the first link of a visitor to a person."""
        who: dict[str, Any] = {"email": self._email_of(company, person)}
        if person < 3:
            who["contact_id"] = f"p-{company}-{person}"
        if self._rng.random() < 0.05:
            who["anonymous_id"] = f"v-{company}-{person}"
        return who

    def _email_of(self, company: int, person: int) -> str:
        return f"p{person}@{_domain(company)}"

    def _moment(self) -> int:
        return self._at - self._rng.randrange(48 * HOUR)

    def _record(self, stream: str, type: str, at: int, **fields: Any) -> Message:
        self._count += 1
        value = {
            "event_id": f"e-{self._seed}-{self._count}", "source": stream, "type": type, "tenant_id": "demo",
            "occurred_at": iso(at), "received_at": iso(max(at, self._at)), **fields,
        }  # fmt: skip
        key = f"k-{self._rng.randrange(100)}".encode()  # producers key as they like
        return f"intent.{stream}.v1", key, msgspec.json.encode(value)


def iso(ms: int) -> str:
    """A moment as input records write it."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _domain(company: int) -> str:
    return f"company{company}.example"


def _alias(company: int) -> str:
    return f"company{company}-group.example"
