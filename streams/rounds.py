"""The half of a partition that looks: who is pending or due, their assessment, what is said about it.

At each tick the pending accounts and those with a timer due are evaluated once, at the tick's time; scores follow,
coalesced. The other half, which takes records, is pipeline.py.
"""

from collections import Counter
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Final

from schemas.signal import Tick
from streams.account import Account
from streams.budget import AlertBudget, turn
from streams.evaluation import Evaluation
from streams.events import Composer
from streams.handraise import HandRaises
from streams.outcome import Emit
from streams.placement import is_account
from streams.policy import Policy
from streams.qualification import evaluate, is_due, next_due, qualifies
from streams.scoring import Assessment, Memory, assess
from streams.sides import side_of
from streams.sla import start_clock, starts_clock
from streams.states import SILENT, in_episode, shown_state
from streams.store import Store
from streams.timeline import MINUTE, day_of
from streams.upkeep import bound_contacts, forget_old

SCORES_TOPIC: Final = "intent.scores.v1"
_MEMORY_LIMIT: Final = 20_000  # homes


class Rounds:
    """Everything of one partition that happens at ticks."""

    def __init__(self, policy: Policy, store: Store | None = None, processor_version: str = "0") -> None:
        self.base_policy = policy  # in force until a change is recorded
        self.policy = policy
        self.store = store or Store()
        self.composer = Composer(processor_version)
        self.hand_raises = HandRaises(self)
        self.budget = AlertBudget(self.store)
        self.emitted: list[Emit] = []
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.publishes = True  # scores as they change; a replay asks for the last ones only
        self.memory: dict[str, Memory] = {}
        self._states: Counter[str] = Counter()
        self._shown: dict[str, str] = {}  # home -> its state, of the accounts that are in _states
        self._unanswered: dict[str, int] = {}  # home -> ms since when sales has not said a word
        self._pending: set[str] = set()
        self._timers: list[tuple[int, str]] = []
        self._score_due: set[str] = set()
        self._assessed: dict[str, Assessment] = {}  # at this tick, as long as it stands

    def wake(self) -> None:
        """Find what a restored store has pending and due."""
        for account in self.store.due_homes():
            if account.pending:
                self._pending.add(account.home)
            if account.score_due:
                self._score_due.add(account.home)
            if account.due >= 0:
                heappush(self._timers, (account.due, account.home))
            self._count_state(account)

    def settle(self) -> None:
        """What was snapshot is durable: homes that leave memory take what was computed of them along."""
        for home in self.store.settle():
            self.memory.pop(home, None)

    def next_due(self) -> int:
        """When the next timer is due, ms; -1 for none. Pending homes are due at the next tick whatever it says."""
        while self._timers:
            due, home = self._timers[0]
            account = self.store.account(home)
            if account is not None and account.due == due:
                return due
            heappop(self._timers)
        return -1

    @property
    def pending(self) -> bool:
        """Whether any home waits for the next tick."""
        return bool(self._pending)

    def assessment(self, home: str, at: int) -> Assessment | None:
        """The account as of a moment, recomputed for it; None where nothing is known of the home."""
        account = self.store.account(home)
        if account is None:
            return None
        return assess(account, self.store, day_of(at), self.policy)

    def assess(self, account: Account, at: int) -> Assessment:
        """The account as of a moment of the log, using what was computed before."""
        memory = self.memory.get(account.home)
        if memory is None:
            if len(self.memory) >= _MEMORY_LIMIT:
                self.memory.clear()
            memory = self.memory[account.home] = Memory()
        return assess(account, self.store, day_of(at), self.policy, memory)

    def states(self) -> Counter[str]:
        """How many accounts are in each state of their episode."""
        return self._states

    def unanswered(self) -> Iterable[int]:
        """Of each open episode that sales has not answered, when it opened, ms."""
        return self._unanswered.values()

    def take_emitted(self) -> list[Emit]:
        """Everything said since the last call."""
        taken, self.emitted = self.emitted, []
        return taken

    def mark(self, account: Account, fresh: bool = True) -> None:
        """Make an account pending for the next tick."""
        if account.pending and (account.fresh or not fresh):
            return
        account.pending = True
        account.fresh = account.fresh or fresh
        self._pending.add(account.home)
        self.store.touch(account.home)

    def tick(self, tick: Tick) -> None:
        meta, at = self.store.meta, tick.at
        if at <= meta.last_tick:
            return
        meta.last_tick, meta.partition, meta.partitions = at, tick.partition, tick.partitions
        self.store.touch_meta()
        for account in self._due(at):
            self._evaluate(account, at)
        self._publish_scores(at)
        self._assessed.clear()

    def _due(self, at: int) -> list[Account]:
        homes, self._pending = self._pending, set()
        while self._timers and self._timers[0][0] <= at:
            due, home = heappop(self._timers)
            account = self.store.account(home)
            if account is not None and account.due == due:
                account.fresh = True  # a timer, not only late records
                homes.add(home)
        accounts = [account for home in homes if (account := self.store.account(home)) is not None]
        if self.policy.budget.is_on:
            return sorted(accounts, key=lambda account: self._turn(account, at))
        return sorted(accounts, key=lambda account: account.home)

    def _turn(self, account: Account, at: int) -> tuple[int, int, int, str]:
        found = self.assess(account, at)
        return turn(account, qualifies(found, self.policy)[0], found.S, at)

    def _evaluate(self, account: Account, at: int) -> None:
        pending, fresh, account.pending, account.fresh = account.pending, account.fresh, False, False
        self.store.touch(account.home)
        forget_old(self.store, account, day_of(at), self.policy)
        if not account.profile and not self.store.ledgers(account.home):
            if self._awaits(account, at):
                return
            self._drop_unknown(account)
            if self.store.account(account.home) is None or (is_account(account.home) and _is_quiet(account)):
                account.due = -1
                return
        assessment = self.assess(account, at)
        evaluation = Evaluation(account, assessment, at, fresh, self.policy, [], self.budget)
        evaluation.decides = pending or is_due(evaluation)
        side = account.machine.side
        self.hand_raises.review(evaluation)
        evaluate(evaluation)
        self._count_state(account)
        if account.machine.side in SILENT and account.machine.side != side:
            self.counts["disqualified", side_of(account, self.policy)[1]] += 1
        dropped = bound_contacts(self.store, account.home, assessment, self.policy.limits.contacts)
        self.count("contacts_dropped", dropped)
        self.say(evaluation)
        self._schedule(account)
        if is_account(account.home):
            account.score_due = True
            self._score_due.add(account.home)
            if not dropped:
                self._assessed[account.home] = assessment

    def count(self, name: str, number: int) -> None:
        if number:
            self.counts[name,] += number

    def _count_state(self, account: Account) -> None:
        """Accounts by state, as far as this process evaluated them or they have something due."""
        if not is_account(account.home):
            return
        machine, before = account.machine, self._shown.get(account.home)
        if before is not None:
            self._states[before] -= 1
        state = self._shown[account.home] = shown_state(machine)
        self._states[state] += 1
        if machine.state == "open" and not machine.disposed:
            self._unanswered[account.home] = machine.opened_at
        else:
            self._unanswered.pop(account.home, None)

    def _awaits(self, account: Account, at: int) -> bool:
        """Whether third-party rows wait for their account a little longer: its profile may be on its way."""
        wait = self.policy.lateness.unknown_minutes * MINUTE
        if not wait or not (account.topics or account.review_acts) or not _is_quiet(account):
            return False
        if account.due < 0:
            account.due = at + wait
            self._schedule(account)
        return account.due > at

    def _drop_unknown(self, account: Account) -> None:
        """Third-party rows alone make no account (section 2); what registries and aliases know stays."""
        self.count("unknown_dropped", len(account.topics) + len(account.review_acts))
        account.topics, account.review_acts = {}, {}
        if self.is_empty(account):
            self.drop_home(account)

    def is_empty(self, account: Account) -> bool:
        """Whether nothing would be lost with this home."""
        knows = account.profile or account.aliases or account.registry or account.places or account.forward[2]
        return not (knows or account.topics or account.review_acts or self.store.ledgers(account.home)) and (
            account.machine.episode == 0
        )

    def drop_home(self, account: Account) -> None:
        if account.scored_at >= 0:
            self.emitted.append(Emit(SCORES_TOPIC, account.home, None))
        self._pending.discard(account.home)
        self._score_due.discard(account.home)
        self.memory.pop(account.home, None)
        self._unanswered.pop(account.home, None)
        if account.home in self._shown:
            self._states[self._shown.pop(account.home)] -= 1
        self.store.drop_home(account.home)

    def say(self, evaluation: Evaluation) -> None:
        """Turn the decisions of an evaluation into records."""
        account = evaluation.account
        for decision in evaluation.said:
            emit = self.composer.compose(evaluation, decision)
            self.emitted.append(emit)
            if (
                decision.topic == "sales_ready"
                and decision.tier
                and starts_clock(decision.kind, decision.reason)
            ):
                start_clock(account, emit.record.id, decision.tier, decision.time, self.policy)
                account.due = next_due(evaluation)
            self.counts["decision", decision.topic, decision.kind, decision.tier or ""] += 1
        evaluation.said = []

    def schedule(self, account: Account) -> None:
        """Put the account's next deadline on the timer list."""
        self._schedule(account)

    def _schedule(self, account: Account) -> None:
        if account.due >= 0:
            heappush(self._timers, (account.due, account.home))

    def _publish_scores(self, at: int) -> None:
        if not self.publishes:
            return
        interval = self.policy.scores.interval_seconds * 1000
        for home in sorted(self._score_due):
            account = self.store.account(home)
            if account is None or not account.score_due:
                self._score_due.discard(home)
            elif account.scored_at < 0 or at - account.scored_at >= interval:
                self._score_due.discard(home)
                account.scored_at, account.score_due = at, False
                self.store.touch(home)
                self.publish_score(account, at)

    def publish_score(self, account: Account, at: int) -> None:
        """Send the account's score record as of a tick."""
        assessment = self._assessed.get(account.home) or self.assess(account, at)
        self.emitted.append(self.composer.score(account, assessment, at, self.policy))


def _is_quiet(account: Account) -> bool:
    """Whether an account that nobody is at has nothing left to take back or to end."""
    machine = account.machine
    return not (in_episode(machine) or machine.near_miss or machine.side or machine.state != "idle")
