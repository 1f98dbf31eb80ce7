"""A simulated market played through intake and scoring, with a tick every five seconds as live."""

import json
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

from schemas.signal import SIGNALS_TOPIC, Tick
from streams.domains import shipped_lists
from streams.intake import Intake, Refused
from streams.market import Raw, SampleMarket, Truth
from streams.outcome import Emit
from streams.pipeline import Pipeline
from streams.policy import Policy, parse_policy

TICK = 5_000  # ms
SCORES = "intent.scores.v1"


def sample_policy() -> Policy:
    """The policy that the sample is made for."""
    return parse_policy(files("agents").joinpath("sample_policy.toml").read_bytes())


class Stage:
    """One partition that everything is told to; `heard` is what came out, in order."""

    def __init__(self) -> None:
        self.pipeline = Pipeline(sample_policy())
        self.heard: list[Emit] = []
        self._intake = Intake(shipped_lists())
        self._count = 0

    def tell(self, records: Iterable[Raw]) -> None:
        """Raw records, in order; one that intake refuses is an error."""
        for raw in records:
            self._count += 1
            value = json.dumps(raw.value).encode()
            taken = self._intake.take(raw.topic, raw.key.encode(), value, 0, self._count, None, {})
            assert not isinstance(taken, Refused), (taken.letter.reason, taken.letter.detail, raw)
            self.pipeline.apply(taken.home, taken.record)
            self._listen()

    def tick(self, at: int) -> None:
        """A tick at a moment."""
        self.pipeline.apply("", Tick(event_id=f"tick:{at}", at=at, received=at))
        self._listen()

    def _listen(self) -> None:
        queue = self.pipeline.take_emitted()
        while queue:
            for emit in queue:
                if emit.topic == SIGNALS_TOPIC:
                    self.pipeline.apply(emit.key, emit.value)
                else:
                    self.heard.append(emit)
            queue = self.pipeline.take_emitted()

    def events(self, topic: str, truth: Truth) -> list[dict[str, Any]]:
        """What was said of an account on a topic."""
        subjects = (truth.account, truth.domain)
        return [
            emit.value for emit in self.heard if emit.topic == topic and emit.value.get("subject") in subjects
        ]

    def tiers(self, truth: Truth) -> list[str]:
        """The tiers of an account's sales-ready events, each once in a row."""
        found: list[str] = []
        for event in self.events("intent.sales-ready.v1", truth):
            tier = event["data"]["decision"]["tier"]
            if event["type"].split(".")[-2] in ("opened", "updated") and found[-1:] != [tier]:
                found.append(tier)
        return found

    def score(self, truth: Truth) -> dict[str, Any] | None:
        """The account's last score record."""
        found = [
            e.value for e in self.heard if e.topic == SCORES and e.value.get("account_id") == truth.account
        ]
        return found[-1] if found else None


def play(start: int, seconds: int, seed: int = 7) -> tuple[SampleMarket, Stage]:
    """The sample's history, then so many seconds of its live part."""
    market, stage = SampleMarket(seed, start), Stage()
    stage.tell(market.history())
    for at in range(start, start + seconds * 1000 + 1, TICK):
        stage.tell(market.live(at))
        stage.tick(at)
    return market, stage


def by_archetype(truths: Sequence[Truth]) -> dict[str, list[Truth]]:
    """Truths grouped by their archetype."""
    grouped: dict[str, list[Truth]] = {}
    for truth in truths:
        grouped.setdefault(truth.archetype, []).append(truth)
    return grouped
