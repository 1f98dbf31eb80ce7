"""The market of `intent up`: 90 days that have been, then an endless live part in real time.

Nothing here reads a clock: the caller says when the market starts and, while it plays, what time it is.
"""

import random
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Final

from streams.market import bad_leads, stories
from streams.market.acts import Scene, page, told
from streams.market.cast import ANALYST, BUYER, ENGINEER, Names
from streams.market.record import Raw
from streams.market.story import Story, held
from streams.market.teller import Teller
from streams.timeline import DAY, HOUR, SECOND, day_of

_PAST_DAYS: Final = 92  # before the first baseline day of the surge test, so that all of them are observed
_FIRST_ROUND: Final = (2, 5, 9, 13, 18, 24, 30, 38, 46, 54, 60)  # seconds after the start, one a firing story
_SECOND_ROUND: Final = (75, 17)  # the first story of the second round, and the seconds between them
_BAD_LEADS: Final = (3, 2.5)  # likewise
_NEWCOMERS: Final = (80, 24)  # likewise, for ever; drawn between half and one and a half of it
_BACKGROUND_SECONDS: Final = 1.6  # between two page views of the crowd
_GAP: Final = 1_300  # ms between two scenes of a live story
_CROWD: Final = 18
_ENDLESS: Final = (
    bad_leads.lone_researcher, bad_leads.email_clickers, bad_leads.webinar_no_shows, bad_leads.scanners,
    bad_leads.freelancer, bad_leads.freemail_demo, bad_leads.poor_fit, bad_leads.customer, bad_leads.students,
    bad_leads.third_party_only,
)  # fmt: skip
_QUIET_PAGES: Final = (("blog", 70), ("docs", 50), ("home", 15), ("blog", 140), ("docs", 20), ("legal", 10))
_Step = Raw | Callable[[int], None]  # what is due: a record, or something that puts more into the queue


class SampleMarket:
    """One market, deterministic in `seed` and `start` (ms UTC).

    `history()` is what was received before the start, in order. `live(now)` is what has been received since
    the last call; call it a few times a second. `truths` names every account and what should become of it, and
    grows as newcomers appear.
    """

    def __init__(self, seed: int, start: int, tenant: str = "default") -> None:
        self.start = start
        self._tenant = tenant
        self._tag = f"m{seed}x{start // SECOND:x}"
        self._rng = random.Random(f"sample:{seed}")
        self._names = Names(seed)
        self._stories = [maker(self._names) for maker in (*stories.WITH_A_PAST * 2, *bad_leads.ALL)]
        self._crowd = [self._quiet() for _ in range(_CROWD)]
        self._tellers = {story.truth.account: self._teller(story) for story in (*self._stories, *self._crowd)}
        self.truths = [story.truth for story in (*self._stories, *self._crowd)]
        self._queue: list[tuple[int, int, _Step]] = []
        self._queued = 0
        self._schedule()

    def history(self) -> list[Raw]:
        """The 90 days before the start. Call it once, before `live`."""
        records: list[Raw] = []
        for story in self._stories:
            records += self._past(story, [scene for scene in story.scenes if scene.day < 0])
        for story in self._crowd:
            records += self._past(story, story.scenes)
        records.sort(key=lambda raw: raw.at)
        return records

    def live(self, now: int) -> list[Raw]:
        """What was received since the last call and up to `now`, in order."""
        records: list[Raw] = []
        while self._queue[0][0] <= now:
            at, _, step = heappop(self._queue)
            if isinstance(step, Raw):
                records.append(step)
            else:
                step(at)
        return records

    def _teller(self, story: Story) -> Teller:
        return Teller(story.company, story.people, self._tenant, self._tag)

    def _past(self, story: Story, scenes: list[Scene]) -> Iterator[Raw]:
        teller = self._tellers[story.truth.account]
        today = day_of(self.start)
        if story.company.known:
            entered = (today - _PAST_DAYS) * DAY + 6 * HOUR + self._rng.randrange(HOUR)
            yield teller.profile(entered)
            yield from teller.contacts(entered + HOUR)
        first_second = 8 * 3600 + self._rng.randrange(3 * 3600)
        yield from told(teller, scenes, today, first_second, gap=420 + self._rng.randrange(600))

    def _quiet(self) -> Story:
        """A company whose people read now and then and never anything that buyers read."""
        fit = "good" if self._rng.random() < 0.6 else "poor"
        company, people = self._names.company(fit), self._names.people(ENGINEER, ANALYST, BUYER)
        scenes = [
            Scene(-day, self._rng.randrange(3), page(*self._rng.choice(_QUIET_PAGES)))
            for day in range(88, 0, -1)
            if self._rng.random() < 0.2
        ]
        return held("quiet", company, people, scenes, "intent", "reads now and then", "silent")

    # the live part ------------------------------------------------------------

    def _schedule(self) -> None:
        rounds = len(stories.WITH_A_PAST)
        first, gap = _SECOND_ROUND
        offsets: list[float] = [*_FIRST_ROUND, *(first + gap * n for n in range(rounds))]
        first_bad, gap_bad = _BAD_LEADS
        offsets += [first_bad + gap_bad * n for n in range(len(bad_leads.ALL))]
        for story, seconds in zip(self._stories, offsets, strict=True):
            self._play(story, self.start + round(seconds * SECOND))
        self._put(self.start + SECOND, self._background)
        self._put(self.start + _NEWCOMERS[0] * SECOND, self._newcomer)

    def _put(self, at: int, step: _Step) -> None:
        self._queued += 1
        heappush(self._queue, (at, self._queued, step))

    def _play(self, story: Story, at: int) -> None:
        """Queue the last day of a story, in compressed time."""
        teller = self._tellers[story.truth.account]
        teller.live, teller.delay = True, 0
        for scene in story.scenes:
            if scene.day == 0:
                at += scene.pause * SECOND
                for raw in scene.act(teller, at, scene.who):
                    self._put(raw.at, raw)
                at += _GAP
        teller.live, teller.delay = False, 2 * SECOND

    def _background(self, at: int) -> None:
        story = self._rng.choice(self._crowd)
        teller = self._tellers[story.truth.account]
        teller.live, teller.delay = True, 0
        for raw in page(*self._rng.choice(_QUIET_PAGES))(teller, at, self._rng.randrange(3)):
            self._put(raw.at, raw)
        self._put(at + round(_BACKGROUND_SECONDS * SECOND * self._rng.uniform(0.3, 1.7)), self._background)

    def _newcomer(self, at: int) -> None:
        """A company that nobody has seen before: its profile, its people, and what they do today."""
        makers = stories.OF_ONE_DAY if self._rng.random() < 0.5 else _ENDLESS
        story = self._rng.choice(makers)(self._names)
        teller = self._tellers[story.truth.account] = self._teller(story)
        self.truths.append(story.truth)
        if story.company.known:
            teller.delay = 0
            for raw in (teller.profile(at), *teller.contacts(at + 50)):
                self._put(raw.at, raw)
        self._play(story, at + SECOND)
        self._put(at + round(_NEWCOMERS[1] * SECOND * self._rng.uniform(0.5, 1.5)), self._newcomer)
