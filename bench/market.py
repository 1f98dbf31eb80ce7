"""Traffic for the bench: visits of buying groups in received order, endless and deterministic in its seed.

Bursts: a company comes by, one to three of its people read a few pages each, some of it prompted by a mailing, and
a few minutes later another company does. Each of `present` companies comes `VISITS` times on average, then a new one
takes its place. So a record costs the core the same wherever in the log it stands: engines that are given logs of
different lengths can be compared, and state grows as the log does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from heapq import heappop, heappush

from streams.market.acts import content, form, mailing, page, read, topic_surge, visitor
from streams.market.cast import ANALYST, BUYER, CHAMPION, ENGINEER, Names
from streams.market.record import Raw
from streams.market.teller import Teller

START = 1_767_600_000_000  # ms UTC, 2026-01-05
SECOND = 1000
BURST_SECONDS = 1800  # of event time, from one burst to the next
PRESENT = 12  # companies that come and go at a time
VISITS = 4
GOOD_FIT = 0.1
PAGES = (
    "blog",
    "docs",
    "product",
    "home",
    "case_study",
    "integrations",
    "security",
    "pricing",
    "why_us",
    "comparison",
)
WEIGHTS = (36, 20, 10, 20, 4, 4, 2, 2, 1, 1)
DWELLS = (8, 25, 45, 75, 130, 240)
SOURCES = ("organic_search", "organic_search", "direct", "social", "paid", "referral", "email")
PAPERS = ("guide-event-data", "paper-buying-groups", "paper-security", "path-1", "path-2", "path-3")


class Traffic:
    """An endless stream of raw records; `present` companies take turns, none older than a few visits."""

    def __init__(self, present: int = PRESENT, seed: int = 7, start: int = START) -> None:
        self._rng = random.Random(seed)
        self._seed = seed
        self._start = start
        self._tellers: list[Teller | None] = [None] * present
        self.companies = 0

    def __iter__(self) -> Iterator[Raw]:
        waiting: list[tuple[int, int, Raw]] = []
        count, at = 0, self._start
        while True:
            for raw in self._burst(at):
                count += 1
                heappush(waiting, (raw.at, count, raw))
            at += round(self._rng.uniform(0.2, 1.8) * BURST_SECONDS) * SECOND
            while waiting and waiting[0][0] < at:
                yield heappop(waiting)[2]

    def _burst(self, at: int) -> Iterator[Raw]:
        rng = self._rng
        place = rng.randrange(len(self._tellers))
        teller = self._tellers[place]
        if teller is None or rng.random() * VISITS < 1:
            teller = self._tellers[place] = self._newcomer()
            yield teller.profile(at)
            yield from teller.contacts(at)
        team = rng.sample(range(len(teller.people)), rng.choice((1, 1, 2, 2, 3)))
        if rng.random() < 0.35:
            campaign = f"c{at // (SECOND * 86_400)}"
            for who in range(len(teller.people)):
                yield from mailing(campaign, opened=rng.random() < 0.6)(teller, at, who)
        for who in team:
            yield from self._visit(teller, at + rng.randrange(600) * SECOND, who)
        yield from self._seldom(teller, at + rng.randrange(900) * SECOND, team[0])

    def _visit(self, teller: Teller, at: int, who: int) -> Iterator[Raw]:
        rng = self._rng
        source = rng.choice(SOURCES)
        for category in rng.choices(PAGES, WEIGHTS, k=rng.randrange(2, 7)):
            dwell = rng.choice(DWELLS)
            yield from page(category, dwell, source)(teller, at, who)
            at += (dwell + rng.randrange(5, 60)) * SECOND

    def _seldom(self, teller: Teller, at: int, who: int) -> Iterator[Raw]:
        chance = self._rng.random()
        if chance < 0.15:
            for category in self._rng.choices(PAGES, WEIGHTS, k=3):
                yield from visitor(category, 40)(teller, at, who)
                at += 90 * SECOND
        elif chance < 0.30:
            yield from read(self._rng.choice(PAPERS), 150)(teller, at, who)
        elif chance < 0.34:
            yield from content(
                "webinar_attended", "webinar-from-noise", "email", minutes=38, completion_pct=80
            )(teller, at, who)
        elif chance < 0.38:
            topic = self._rng.choice(("intent data", "event streaming", "buying groups"))
            yield from topic_surge(topic, "category", self._rng.randrange(55, 95))(teller, at, who)
        elif chance < 0.385:
            yield from form("demo_request")(teller, at, who)

    def _newcomer(self) -> Teller:
        self.companies += 1
        names = Names(f"bench:{self._seed}", self.companies + 1)
        company = names.company("good" if self._rng.random() < GOOD_FIT else "poor")
        people = names.people(CHAMPION, ENGINEER, BUYER, ANALYST)
        return Teller(company, people, "default", f"b{self._seed}")
