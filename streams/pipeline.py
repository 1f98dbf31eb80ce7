"""The spine: one record of the log into one partition's state, and one tick into decisions.

apply: decode -> home -> forward? -> place the person -> ledger or profile -> pending (-> hand-raise at once)
tick:  pending and due homes -> settle -> assess -> evaluate -> records out

The state is a function of the log up to one offset; nothing here knows another clock than the records'.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from schemas.signal import (
    SIGNALS_TOPIC,
    AccountProfile,
    Act,
    Claim,
    ContactProfile,
    Disposition,
    Erase,
    Move,
    Place,
    PolicyChange,
    SignalRecord,
    Tick,
)  # fmt: skip
from streams.account import Account, Stamp
from streams.claims import note_rank
from streams.erasure import already_noted, erase, erased_at, is_erased, is_overtaken
from streams.feedback import apply_disposition, mark_person, named_people
from streams.ledger import ASKING, Ledger, add_act, add_bot, bound_ids, event_key, is_hand_raise, seen
from streams.outcome import Emit
from streams.placement import MAX_HOPS, destination, identity_of, knowledge
from streams.policy import Policy, PolicyErrors, parse_policy
from streams.profile import add_profile, take_profile
from streams.residence import Residence
from streams.rounds import Rounds
from streams.sla import take_touch
from streams.store import Store
from streams.tally import Tally
from streams.thirdparty import ThirdPartyRows, add_third_party, merge_third_party
from streams.timeline import DAY, HOUR, SECOND, day_of

_SETTLED_LIMIT: Final = 200_000
_NEVER: Final = 1 << 62

_POLICIES_KEPT: Final = 100
_THIRD_PARTY: Final = frozenset({"topic_surge", "review_site"})


class Pipeline(Rounds):
    """One partition of the signal log."""

    def __init__(self, policy: Policy, store: Store | None = None, processor_version: str = "0") -> None:
        super().__init__(policy, store, processor_version)
        self.residence = Residence(self.store, policy.people.reverse_ip_confidence)
        self._settled: dict[tuple[object, ...], tuple[int, Stamp]] = {}
        self._first_received = _NEVER  # ms; receipts from there on say nothing about the first observed day
        self._appliers: dict[type, Callable[[Account, Any], None]] = {
            Act: self._act, AccountProfile: self._account, ContactProfile: self._contact, Claim: self._claim,
            Place: self._place, Move: self._move, Disposition: self._disposition, Erase: self._erase,
        }  # fmt: skip

    def resume(self) -> None:
        """Rebuild what is derived from a restored store: policy in force, pending homes, timers."""
        document = self.store.meta.policy_document
        if document:
            self._use_policy(parse_policy(document))
        self.wake()

    def apply(self, home: str, record: SignalRecord) -> None:
        """Take one record; what it says to others is left in `emitted`."""
        if record.received < self._first_received:
            self._note_first_day(record)
        if isinstance(record, Tick):
            self.tick(record)
        elif isinstance(record, PolicyChange):
            self._change_policy(record)
        else:
            account = self.store.account(home)
            fresh = account is None
            account = account or self.store.ensure(home)
            if not (account.forward[2] and self.residence.forward(account, record)):
                self._appliers[type(record)](account, record)
            if fresh and self.is_empty(account):
                self.drop_home(account)  # the record left nothing to remember
            if self.residence.moved or self.residence.outbox:
                self._drain(late=self._is_late(record) if isinstance(record, Act) else record.late)

    # records -------------------------------------------------------------------------------------------------------

    def _act(self, account: Account, act: Act) -> None:
        if act.type in _THIRD_PARTY:
            self._third_party(account, act)
            return
        store, home = self.store, account.home
        if store.meta.erased and is_erased(store, act):
            self.counts["erased", act.type] += 1
            return
        identity = identity_of(act) or "anon:"
        news = identity != "anon:" and self._says_news(home, act)
        if (news or act.anonymous_id) and self._goes_on(account, identity, act, news):
            return
        tally = self._current_tally(home, identity)
        ledger = store.ledger(home, identity)
        if self._is_seen(ledger, act):
            return
        late, limits = self._is_late(act), self.policy.limits
        if not account.pending or (not account.fresh and not late):
            self.mark(account, fresh=not late)  # a bot too: it may make a burst of clicks that counted
        if act.is_bot:
            add_bot(ledger, act, limits.row)
            self.counts["bot", act.bot_reason or "marked"] += 1
            return
        self.counts["late" if late else "accepted", act.type] += 1
        asks = act.type in ASKING and is_hand_raise(act, self.policy.fast_track.form_kinds)
        changed = add_act(ledger, act, limits.row, limits.contributions, asks)
        if tally is not None and changed is not None:
            tally.follow(changed, store.versions(home)[identity])
        if news:
            self._learned(account, identity, ledger, act)
        if asks:
            self.hand_raises.take(account, identity, act)

    def _is_seen(self, ledger: Ledger, act: Act) -> bool:
        """Whether the record came before; it is remembered now."""
        if seen(ledger, act):
            self.counts["duplicate",] += 1
            return True
        limit = self.policy.limits.dedupe_ids
        if len(ledger.ids) > limit:
            self.count("ids_dropped", bound_ids(ledger.ids, limit))
        return False

    def _learned(self, account: Account, identity: str, ledger: Ledger, act: Act) -> None:
        """The record stays here and has said what it may say of its person."""
        note_rank(ledger, act, account, self.policy.people.reverse_ip_confidence)
        self._note_settled(account, identity, act)
        if identity.startswith("anon:") and knowledge(account, identity).links:
            self.store.restructure(account.home, relations=False)  # it may be somebody else's by now

    def _goes_on(self, account: Account, identity: str, act: Act, news: bool) -> bool:
        """Learn where the person of a record belongs; true when the record was written on to there.

        `news`: the record may say more than to whom its anonymous id belongs.
        """
        self.residence.learn_links(account, act, identity)
        if not news:
            return False
        self.residence.learn_claim(account, act, identity)
        self.residence.attend(account, identity, act.email_domain, act)
        target = destination(account, identity, act.at)
        if target == account.home or act.hops >= MAX_HOPS:
            return False
        self.residence.write_on(target, act)
        return True

    def _is_late(self, act: Act) -> bool:
        """Older at receipt than a phone is offline or a file is late."""
        delay = act.received - act.at
        if delay <= 0:
            return False
        rules = self.policy.lateness
        days = rules.third_party_days * DAY if act.type in _THIRD_PARTY else rules.first_party_hours * HOUR
        return delay > days

    def _current_tally(self, home: str, identity: str) -> Tally | None:
        """The rows of a ledger, if they are up to date with it."""
        memory = self.memory.get(home)
        tally = memory.tallies.get(identity) if memory is not None else None
        return (
            tally
            if tally is not None and tally.version == self.store.versions(home).get(identity, 0)
            else None
        )

    def _says_news(self, home: str, act: Act) -> bool:
        """Whether a record may say anything about where its person belongs that this home does not know yet."""
        known = self._settled.get(_relation(home, act))
        if known is None or known[0] != self.store.relations(home):
            return True
        first = known[1]  # an earlier statement may come first
        return act.at < first[0] or (act.at == first[0] and act.event_id < first[1])

    def _note_settled(self, account: Account, identity: str, act: Act) -> None:
        """Later records that say the same need no second look, unless a later link speaks against them."""
        if act.anonymous_id:
            links = knowledge(account, f"anon:{act.anonymous_id}")[1]
            if links and links[-1][2] != identity:
                return
        if identity.startswith("anon:") and (act.account_domain or act.account_id):
            notes = account.places.get(identity)
            if notes is not None and notes.spelled:
                return  # each of its claims may be another person's
        if len(self._settled) >= _SETTLED_LIMIT:
            self._settled.clear()
        stamp = (act.at, act.event_id)
        self._settled[_relation(account.home, act)] = (self.store.relations(account.home), stamp)

    def _third_party(self, account: Account, act: Act) -> None:
        if self._duplicate(account, act):
            return
        add_third_party(account, act, self.policy)
        late = self._is_late(act)
        self.counts["late" if late else "accepted", act.type] += 1
        self.mark(account, fresh=not late)

    def _account(self, account: Account, record: AccountProfile) -> None:
        if self._duplicate(account, record):
            return
        take_profile(account, record)
        self.residence.learn_aliases(account, record)
        self.mark(account)

    def _contact(self, account: Account, record: ContactProfile) -> None:
        if self.store.meta.erased and is_erased(self.store, record):
            self.counts["erased", "contact"] += 1
            return
        identity = identity_of(record)
        self.residence.learn_claim(account, record, identity)
        self.residence.learn_links(account, record, identity)
        self.residence.attend(account, identity, record.email_domain, record)
        target = destination(account, identity, record.at)
        if target != account.home and record.hops < MAX_HOPS:
            self.residence.write_on(target, record)
            return
        ledger = self.store.ledger(account.home, identity)
        if seen(ledger, record):
            self.counts["duplicate",] += 1
            return
        add_profile(ledger, record)
        note_rank(ledger, record, account, self.policy.people.reverse_ip_confidence)
        self.mark(account)

    def _claim(self, account: Account, record: Claim) -> None:
        if not is_overtaken(self.store, record):
            self.residence.take_claim(account, record)

    def _place(self, account: Account, record: Place) -> None:
        if not is_overtaken(self.store, record):
            self.residence.take_place(account, record)
            self.mark(account, fresh=not record.late)

    def _move(self, account: Account, record: Move) -> None:
        if record.identity:
            self.residence.take_move(account, record, erased_at(self.store, record.tenant, record.identity))
        else:
            rows = msgspec.convert(record.ledger, ThirdPartyRows)
            merge_third_party(account, rows, self.policy)
            self.residence.take_names(account, record.ledger.get("aliases", ()))
        self.mark(account, fresh=not record.late)

    def _disposition(self, account: Account, record: Disposition) -> None:
        if self._duplicate(account, record):
            return
        for alert in take_touch(account, record):
            seconds = max(alert.touched_at - alert.handed_off_at, 0) // SECOND
            kept = "in_time" if alert.touched_at <= alert.first_touch_due else "late"
            self.counts["first_touch", alert.tier, kept, str(seconds)] += 1
        outcome = apply_disposition(account, record, self.policy)
        self._count_answer(record, outcome)
        if outcome != "no_episode":
            for identity in named_people(record):
                if identity in self.store.ledgers(account.home):
                    mark_person(self.store.ledger(account.home, identity), record, self.policy)
        self.mark(account)

    def _count_answer(self, record: Disposition, outcome: str) -> None:
        self.counts["disposition", record.status, outcome] += 1
        if record.reason:
            rule = self.policy.reasons.get(record.reason)
            self.counts["reason", record.reason, rule.dimension if rule else "other"] += 1
        if record.amount_milli is not None and record.amount_milli > 0:
            self.counts["amount", record.status, record.currency or "other"] += record.amount_milli

    def _erase(self, account: Account, record: Erase) -> None:
        if already_noted(self.store, account, record):
            return
        self.counts["erase",] += 1
        before = self._engaged(account, record)
        erase(self.store, self.residence, account, record, self.policy.privacy.retention_days)
        if self.is_empty(account):
            self.drop_home(account)  # its very name may be the person's
            return
        if before > self._engaged(account, record):
            account.machine.hold["erased"] = True
        self.mark(account)

    def _engaged(self, account: Account, record: Erase) -> int:
        """How many people an open account has; of others nobody asks."""
        if account.machine.state != "open":
            return 0
        return self.assess(account, max(record.received, self.store.meta.last_tick)).engaged

    def _duplicate(self, account: Account, record: SignalRecord) -> bool:
        key = event_key(record.source, record.event_id)
        if key in account.ids:
            self.counts["duplicate",] += 1
            return True
        account.ids[key] = day_of(record.received)
        self.count("ids_dropped", bound_ids(account.ids, self.policy.limits.dedupe_ids))
        self.store.touch(account.home)
        return False

    def _drain(self, late: bool) -> None:
        for home in self.residence.moved:
            account = self.store.account(home)
            if account is not None:
                self.mark(account, fresh=not late)
        self.residence.moved.clear()
        for home, record in self.residence.outbox:
            record.late = late
            self.emitted.append(Emit(SIGNALS_TOPIC, home, record))
        self.residence.outbox.clear()

    def _note_first_day(self, record: SignalRecord) -> None:
        """The first observed day is the earliest receipt, so that the order of a backfill does not matter."""
        meta = self.store.meta
        if meta.first_day < 0 or record.received < meta.first_day * DAY:
            meta.first_day = day_of(record.received)
            self.store.touch_meta()
        self._first_received = meta.first_day * DAY

    def _change_policy(self, record: PolicyChange) -> None:
        meta, key = self.store.meta, event_key(record.source, record.event_id)
        if key in meta.policies:
            self.counts["duplicate",] += 1  # a policy sent twice must not bring an older one back
            return
        meta.policies = [*meta.policies, key][-_POLICIES_KEPT:]
        self.store.touch_meta()
        try:
            policy = parse_policy(record.document)
        except PolicyErrors:
            self.counts["policy", "refused"] += (
                1  # intake refuses it with its reasons; an old log may still hold one
            )
            return
        meta.policy_document = record.document
        self._use_policy(policy)
        self.counts["policy", "changed"] += 1

    def _use_policy(self, policy: Policy) -> None:
        self.policy = policy
        self.residence.least = policy.people.reverse_ip_confidence
        self._settled.clear()


def _relation(home: str, act: Act) -> tuple[object, ...]:
    """Everything in a record that can place its person."""
    return (
        home, act.contact_id, act.email, act.anonymous_id, act.email_domain, act.account_domain, act.account_id,
        act.match, act.confidence,
    )  # fmt: skip
