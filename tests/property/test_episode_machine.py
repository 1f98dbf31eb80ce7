"""Laws of the episode under any interleaving of acts, time, dispositions, lifecycle changes and restarts."""

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.market import ACTS, Turn, lines
from support.scenarios import Changelog, routed
from support.strategies import START, examples

from streams.outcome import Emit
from streams.policy import parse_policy
from streams.replay import Replay
from streams.states import SILENT, TRANSITIONS
from streams.timeline import DAY, HOUR, MINUTE

POLICY = parse_policy(
    b'required_roles = ["champion", "economic_buyer"]\n'
    b'[icp]\nemployees_min = 50\nindustries = ["software"]\ncountries = ["DE"]\n'
)
HOME = "default/acme.example"
READY = "intent.sales-ready.v1"
STATES = ("idle", "warming", "open", "cooling")
SIDES = ("", "held", *SILENT)
people, variants = st.integers(0, 3), st.integers(0, 59)
STRONG = (  # what a buying group does: several of these open an episode
    ("view", 0), ("view", 1), ("view", 2), ("paper", 2), ("webinar", 0), ("video", 0), ("reply", 0),
)  # fmt: skip


def _reachable() -> set[tuple[str, str]]:
    """Pairs of states that one evaluation may step through, by the table."""
    pairs = {(s, t.target) for t in TRANSITIONS for s in t.sources} | {(s, s) for s in (*STATES, *SIDES)}
    for _ in range(4):
        pairs |= {(a, d) for a, b in pairs for c, d in pairs if b == c}
    return pairs


REACHABLE = _reachable()


class Episodes(RuleBasedStateMachine):
    """One company; two more facts than its state: what was said, and when the machine was silent."""

    def __init__(self) -> None:
        super().__init__()
        self.replay = Replay(POLICY)
        self.changelog = Changelog()
        self.at, self.number, self.opened = START, 0, 0
        self.bodies: dict[str, Any] = {}
        self.last = ("idle", "")
        self.turns: list[Turn] = []
        for home, record in routed(lines([])[:2], POLICY):
            self.take(self.replay.feed(home, record))

    def take(self, said: Any) -> None:
        for emit in said:
            self.note(emit)

    def note(self, emit: Emit) -> None:
        value = msgspec.to_builtins(emit.value)
        machine = self.machine()
        if emit.topic == READY:
            assert value["id"] not in self.bodies
            self.bodies[value["id"]] = value
            kind = value["type"].split(".")[-2]
            if kind in ("opened", "updated"):
                assert machine.side not in SILENT, "said while suppressed or redirected"
            if kind == "opened":
                self.opened += 1
                assert machine.episode == self.opened, "an episode opens once"

    def machine(self) -> Any:
        account = self.replay.pipeline.store.account(HOME)
        assert account is not None
        return account.machine

    def happen(self, kind: str, who: int, variant: int, times: int = 1) -> None:
        day, minute = (self.at - START) // DAY, (self.at - START) % DAY // MINUTE
        event = lines([Turn(kind, who, day, minute, variant)])[3]
        self.number += 1
        event["value"]["event_id"] = f"n{self.number}"
        for home, record in routed([event] * times, POLICY):
            self.take(self.replay.feed(home, record))
        self.at += MINUTE

    @rule(kind=st.sampled_from(ACTS), who=people, variant=variants, times=st.integers(1, 2))
    def somebody_acts(self, kind: str, who: int, variant: int, times: int) -> None:
        self.happen(kind, who, variant, times)

    @rule(who=people)
    def somebody_is_serious(self, who: int) -> None:
        self.happen("contact", who, who)
        for kind, variant in STRONG:
            self.happen(kind, who, variant)

    @rule(who=people, times=st.integers(1, 3))
    def somebody_asks(self, who: int, times: int) -> None:
        self.happen("hand_raise", who, 0, times)

    @precondition(lambda self: self.opened)
    @rule(variant=variants)
    def sales_answers(self, variant: int) -> None:
        self.happen("disposition", 0, variant)

    @rule(variant=st.integers(0, 3))
    def the_company_becomes(self, variant: int) -> None:
        self.happen("lifecycle", 0, variant)

    @rule(hours=st.sampled_from((1, 12, 30, 24 * 8, 24 * 31)))
    def time_passes(self, hours: int) -> None:
        self.at += hours * HOUR
        self.take(self.replay.advance(self.at))

    @rule()
    def the_worker_restarts(self) -> None:
        self.changelog.commit(self.replay.pipeline.store)
        self.replay.pipeline = self.changelog.restored(POLICY)

    @invariant()
    def only_the_table_moves_it(self) -> None:
        machine = self.machine()
        before, self.last = self.last, (machine.state, machine.side)
        assert (before[0], machine.state) in REACHABLE
        assert (before[1], machine.side) in REACHABLE

    @invariant()
    def an_open_episode_was_said_and_can_end(self) -> None:
        machine, account = self.machine(), self.replay.pipeline.store.account(HOME)
        assert machine.episode == self.opened
        if machine.state == "open":
            assert machine.ids
            assert account is not None
            assert account.due >= 0, "nothing would ever end it"
        if machine.side in SILENT:
            assert not machine.near_miss
            assert machine.early_due < 0


Episodes.TestCase.settings = settings(examples(0.4), stateful_step_count=25)
TestEpisodes = pytest.mark.slow(Episodes.TestCase)
