"""A whole market over many days, with its ground truth: for judging precision and recall.

The truth is the intent that an account was made with. What its people then do is drawn: acts are left out,
everybody also reads without a purpose, and chance may look like intent. So a perfect score is neither expected
nor possible. Memory grows with the accounts and the running stories, not with the days.
"""

import random
from collections.abc import Iterator
from typing import Final

import msgspec

from streams.market import bad_leads, stories
from streams.market.acts import mailing, page, told
from streams.market.cast import ANALYST, BUYER, CHAMPION, ENGINEER, Names
from streams.market.record import Raw
from streams.market.story import Maker, Story, held
from streams.market.teller import Teller
from streams.market.truth import Truth
from streams.timeline import DAY, HOUR, SECOND, day_of, day_text

_BUYING: Final = 0.12  # share of accounts that buy
_BAD: Final = 0.18  # share that only looks like it; the rest reads now and then
_LEFT_OUT: Final = 0.08  # chance that an act before the last day of a story does not happen
_RATES: Final = (0.1, 0.25, 0.5, 1.0, 2.0)  # visits a week without a purpose, one of them an account
_REGULAR: Final = 0.6  # chance that it is the one regular reader of the company
_BURST: Final = 0.2  # chance that a visit brings a colleague on the same day
_PAGES: Final = (
    ("blog", 40), ("home", 20), ("docs", 15), ("product", 10), ("case_study", 4), ("integrations", 3), ("legal", 2),
    ("login", 2), ("pricing", 1.5), ("why_us", 1), ("security", 0.5), ("comparison", 0.5), ("careers", 0.5),
)  # fmt: skip
_CATEGORIES: Final = [category for category, _ in _PAGES]
_WEIGHTS: Final = [weight for _, weight in _PAGES]
_SOURCES: Final = ("organic_search", "organic_search", "direct", "social", "paid", "referral", "email")


class Season:
    """A market of `accounts` over `days` from `start` (ms UTC, cut to its day). Deterministic in `seed`.

    `records()` yields in received order; `truths()` are its accounts in the same order of every run.
    """

    def __init__(self, days: int, accounts: int, seed: int, start: int, tenant: str = "default") -> None:
        self.days = days
        self.accounts = accounts
        self._seed = seed
        self._first = day_of(start)
        self._tenant = tenant
        self._named = list(bad_leads.NAMED)

    def truths(self) -> Iterator[Truth]:
        """The ground truth of every account."""
        for number in range(self.accounts):
            story, last = self._story(number)
            truth = story.truth
            if truth.expected == "fires":
                opening = max(last + min(scene.day for scene in story.scenes), self._first)
                truth = msgspec.structs.replace(truth, journeys=((day_text(opening), day_text(last)),))
            yield truth

    def records(self) -> Iterator[Raw]:
        """Every record of the season, by received_at."""
        tellers: list[Teller] = []
        waiting: dict[int, list[int]] = {}
        for number in range(self.accounts):
            story, last = self._story(number)
            tellers.append(Teller(story.company, story.people, self._tenant, f"s{self._seed}"))
            opening = last + min((scene.day for scene in story.scenes), default=0)
            waiting.setdefault(max(opening, self._first), []).append(number)
        yield from self._profiles(tellers)
        told_days: dict[int, list[Raw]] = {}
        for day in range(self._first, self._first + self.days):
            for number in waiting.pop(day, ()):
                self._tell(number, tellers[number], told_days)
            records = told_days.pop(day, [])
            records += self._noise(day, tellers)
            records.sort(key=lambda raw: raw.at)
            yield from records

    def _story(self, number: int) -> tuple[Story, int]:
        """The story of one account and the UTC day it ends on; a pure function of seed and number."""
        rng = random.Random(f"story:{self._seed}:{number}")
        names = Names(f"season:{self._seed}", number + 2)
        calm = min(92, self.days // 2)
        last = self._first + rng.randrange(calm, self.days) if self.days > 1 else self._first
        kind = rng.random()
        if number < len(self._named):
            return self._named[number](names), last
        if kind < _BUYING:
            return rng.choice(_ALL_STORIES)(names), last
        if kind < _BUYING + _BAD:
            return rng.choice(_BAD_LEADS)(names), last
        return _quiet(names, rng), last

    def _profiles(self, tellers: list[Teller]) -> Iterator[Raw]:
        """What the CRM knows before the season begins."""
        for number, teller in enumerate(tellers):
            at = (self._first - 1) * DAY + number * (20 * HOUR // max(self.accounts, 1))
            if teller.company.known:
                records = [teller.profile(at), *teller.contacts(at)]
                yield from records

    def _tell(self, number: int, teller: Teller, told_days: dict[int, list[Raw]]) -> None:
        story, last = self._story(number)
        rng = random.Random(f"tell:{self._seed}:{number}")
        scenes = [
            s
            for s in story.scenes
            if last + s.day >= self._first and (s.day == 0 or rng.random() >= _LEFT_OUT)
        ]
        for raw in told(teller, scenes, last, 7 * 3600 + rng.randrange(3 * 3600), 300 + rng.randrange(600)):
            told_days.setdefault(day_of(raw.at), []).append(raw)

    def _noise(self, day: int, tellers: list[Teller]) -> list[Raw]:
        """Visits and mails without a purpose, in bursts: colleagues send each other links."""
        rng = random.Random(f"noise:{self._seed}:{day}")
        records: list[Raw] = []
        for number, teller in enumerate(tellers):
            size = len(teller.people)
            if not size or not teller.company.known:
                continue
            if day % 7 == number % 7:
                for who in range(size):
                    records += mailing(f"weekly{day}")(teller, _moment(day, rng), who)
            if rng.random() < _RATES[number % len(_RATES)] / 7:
                regular = number % size
                first = regular if rng.random() < _REGULAR else rng.randrange(size)
                records += _wander(teller, day, first, rng)
                if rng.random() < _BURST:
                    records += _wander(teller, day, rng.randrange(size), rng)
        return records


_ALL_STORIES: Final[tuple[Maker, ...]] = (*stories.WITH_A_PAST, *stories.OF_ONE_DAY)
_BAD_LEADS: Final[tuple[Maker, ...]] = tuple(maker for maker in bad_leads.ALL if maker not in bad_leads.NAMED)


def _quiet(names: Names, rng: random.Random) -> Story:
    company = names.company("good" if rng.random() < 0.6 else "poor")
    people = names.people(CHAMPION, ENGINEER, BUYER, ANALYST)
    return held("quiet", company, people, [], "intent", "reads now and then, for no purpose", "silent")


def _moment(day: int, rng: random.Random) -> int:
    return day * DAY + rng.randrange(6 * 3600, 20 * 3600) * SECOND


def _wander(teller: Teller, day: int, who: int, rng: random.Random) -> Iterator[Raw]:
    """One visit of one to three pages."""
    at = _moment(day, rng)
    source = rng.choice(_SOURCES)
    for category in rng.choices(_CATEGORIES, _WEIGHTS, k=rng.randrange(1, 4)):
        yield from page(category, rng.choice((8, 25, 45, 75, 130)), source)(teller, at, who)
        at += 180 * SECOND
